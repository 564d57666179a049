"""Exports that are not right leave the store as it was."""

import base64
import gzip
import io
import zipfile

import numpy as np
import pytest

from autometa.errors import SchemaVersionError, StoreError
from autometa_store.artifacts import decode_arrays
from autometa_store.trial_store import TrialStore
from tests.store.samples import SPACE, dataset, study

HEAD = '{"kind":"autometa_export","format":1}\n'


@pytest.fixture
def exported(store, tmp_path):
    store.add_dataset(dataset("iris"))
    store.add_study(study())
    path = tmp_path / "export.jsonl.gz"
    store.export(path)
    return path


def test_an_export_can_be_compressed(exported):
    with gzip.open(exported, "rt") as file:
        assert file.readline() == HEAD


def test_an_export_that_fails_leaves_no_file(store, tmp_path):
    with pytest.raises(StoreError, match="cannot be written"):
        store.export(tmp_path / "missing" / "export.jsonl")
    assert not (tmp_path / "missing").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "an empty file"),
        ("dataset,score\n", "line 1: not from an export"),
        ('{"kind":"dataset"}\n', "line 1: not from an export .the first record is of kind 'dataset'"),
        (HEAD + '{"kind":"dataset"}\n', "line 2: not from an export"),
        (HEAD + '{"kind":"picture"}\n', "line 2: not from an export .a record of unknown kind 'picture'"),
        (HEAD + "[1]\n", "line 2: not from an export"),
        (
            HEAD + '{"kind":"artifact","name":"a","npz":"AAAA"}\n',
            "line 2: not from an export .an artifact is no .npz",
        ),
    ],
    ids=["empty", "csv", "no head", "fields missing", "unknown kind", "no object", "no arrays"],
)
def test_a_file_that_is_no_export_is_refused(store, tmp_path, text, message):
    path = tmp_path / "export.jsonl"
    path.write_text(text)
    with pytest.raises(StoreError, match=message):
        store.take_over(path)


def test_a_file_cut_short_changes_nothing(exported, tmp_path):
    exported.write_bytes(exported.read_bytes()[:-60])
    with TrialStore.open(tmp_path / "other.db") as other:
        with pytest.raises(StoreError, match="export it again"):
            other.take_over(exported)
        assert set(other.counts().values()) == {0}


def test_a_newer_format_asks_for_an_update(store, tmp_path):
    path = tmp_path / "export.jsonl"
    path.write_text('{"kind":"autometa_export","format":2}\n')
    with pytest.raises(SchemaVersionError, match="format 2, this autometa reads up to 1; update autometa"):
        store.take_over(path)


def test_a_pickle_in_an_artifact_is_refused(store, tmp_path):
    buffer = io.BytesIO()
    np.savez(buffer, evil=np.array([{"a": 1}], dtype=object))
    path = tmp_path / "export.jsonl"
    npz = base64.b64encode(buffer.getvalue()).decode()
    path.write_text(HEAD + '{"kind":"artifact","name":"a","npz":"' + npz + '"}\n')
    with pytest.raises(StoreError, match=r"an artifact is no .npz of plain arrays"):
        store.take_over(path)
    with pytest.raises(StoreError, match="holds Python objects"):
        store.add_artifact("evil", {"evil": np.array([{}], dtype=object)})
    assert store.studies(SPACE.name) == []


@pytest.mark.parametrize("payload", [b"", b"AAAA", b"PK\x03\x04", b"\x93NUMPY\x01\x00"], ids=repr)
def test_bytes_that_are_no_arrays_are_refused(payload):
    with pytest.raises(StoreError, match=r"no .npz of plain arrays"):
        decode_arrays(payload)


def test_a_single_array_is_no_bundle():
    buffer = io.BytesIO()
    np.save(buffer, np.eye(2))
    with pytest.raises(StoreError, match=r"no .npz of plain arrays"):
        decode_arrays(buffer.getvalue())


def test_an_array_that_claims_to_be_huge_is_refused():
    header, payload = io.BytesIO(), io.BytesIO()
    claim = {"descr": "<f8", "fortran_order": False, "shape": (10**14,)}
    np.lib.format.write_array_header_1_0(header, claim)
    with zipfile.ZipFile(payload, "w") as archive:
        archive.writestr("weights.npy", header.getvalue())
    with pytest.raises(StoreError, match=r"no .npz of plain arrays"):
        decode_arrays(payload.getvalue())
