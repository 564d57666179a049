import json

import numpy as np
import pytest
from typer.testing import CliRunner

from autometa.errors import StoreError, UnknownNameError
from autometa_cli.store_command import store_app
from autometa_store.trial_store import TrialStore
from tests.store.samples import dataset, study


@pytest.fixture
def filled(tmp_path):
    path = tmp_path / "filled.db"
    with TrialStore.open(path) as store:
        store.add_dataset(dataset("iris"))
        store.add_study(study())
    return path


def _run(*arguments):
    return CliRunner().invoke(store_app, [str(argument) for argument in arguments])


def _json(*arguments):
    result = _run(*arguments, "--json")
    assert result.exit_code == 0, result.exception
    return json.loads(result.stdout)


def test_info_counts(filled):
    answer = _json("info", "--store", filled)
    assert (answer["store"], answer["store_schema"]) == (str(filled), 1)
    assert answer["counts"]["trials"] == 3


def test_info_for_people(filled):
    assert "3  trials" in _run("info", "--store", filled).stdout


def test_info_reads_the_environment(filled, monkeypatch):
    monkeypatch.setenv("AUTOMETA_STORE", str(filled))
    assert _json("info")["store"] == str(filled)


def test_info_never_makes_a_store(tmp_path):
    result = _run("info", "--store", tmp_path / "none.db")
    assert isinstance(result.exception, StoreError)
    assert list(tmp_path.iterdir()) == []


def test_export_and_import_carry_a_store(filled, tmp_path):
    file, copy = tmp_path / "export.jsonl.gz", tmp_path / "copy.db"
    assert _json("export", file, "--store", filled)["n_records"] == 2
    assert _json("import", file, "--store", copy)["n_new_trials"] == 3
    assert _json("import", file, "--store", copy)["n_new_trials"] == 0
    assert _json("info", "--store", copy)["counts"] == _json("info", "--store", filled)["counts"]


def test_export_and_import_for_people(filled, tmp_path):
    assert "2 records of" in _run("export", tmp_path / "e.jsonl", "--store", filled).stdout
    assert "3 new trials" in _run("import", tmp_path / "e.jsonl", "--store", tmp_path / "b.db").stdout


def test_check_says_that_all_is_well(filled):
    assert _json("check", "--store", filled) == {
        "schema_version": 1,
        "store": str(filled),
        "is_sound": True,
        "findings": [],
    }
    assert _run("check", "--store", filled).stdout == f"{filled} is sound\n"


def test_check_reports_damage_and_fails(filled, monkeypatch):
    from autometa_store.integrity import Finding

    monkeypatch.setattr(TrialStore, "find_damage", lambda _: [Finding("trial", "is gone")])
    result = _run("check", "--store", filled, "--json")
    assert json.loads(result.stdout)["findings"] == [{"where": "trial", "what": "is gone"}]
    assert isinstance(result.exception, StoreError)
    assert _run("check", "--store", filled).stdout == "trial: is gone\n"


def test_upgrade_of_the_newest_schema_changes_nothing(filled):
    assert _json("upgrade", "--store", filled)["schema_after"] == 1
    assert "has schema 1, the newest" in _run("upgrade", "--store", filled).stdout


@pytest.fixture
def other(tmp_path):
    path = tmp_path / "other.db"
    with TrialStore.open(path) as store:
        for name in ("iris", "wine"):
            store.add_dataset(dataset(name))
            store.add_study(study(name))
    return path


def test_merge_counts_what_is_new_and_what_was_known(filled, other):
    answer = _json("merge", other, "--store", filled)
    assert (answer["store"], answer["other"]) == (str(filled), str(other))
    assert answer["counts"]["datasets"] == {"seen": 2, "new": 1, "known": 1}
    assert answer["counts"]["trials"] == {"seen": 6, "new": 3, "known": 3}
    assert _json("merge", other, "--store", filled)["counts"]["trials"]["new"] == 0


def test_merge_for_people(filled, other):
    text = _run("merge", other, "--store", filled).stdout
    assert text.startswith(f"{other} is now in {filled}\n")
    assert "3 new, 3 known  trials" in text


def test_merge_with_no_store_makes_none(filled, tmp_path):
    files = sorted(tmp_path.iterdir())
    result = _run("merge", tmp_path / "none.db", "--store", tmp_path / "new.db")
    assert isinstance(result.exception, StoreError)
    assert sorted(tmp_path.iterdir()) == files


def test_forget_says_what_it_removed(other):
    tried = _json("forget", "wine", "--store", other, "--dry-run")
    answer = _json("forget", "wine", "--store", other)
    assert (tried["dry_run"], answer["dry_run"]) == (True, False)
    assert {**tried, "dry_run": False} == answer
    assert (answer["kind"], answer["name"], answer["removed"]["trials"]) == ("dataset", "wine", 3)
    assert answer["removed_artifacts"] == []
    assert _json("info", "--store", other)["counts"]["datasets"] == 1


def test_forget_for_people(other):
    with TrialStore.open(other) as store:
        store.add_artifact("similarity", {"weights": np.eye(2)})
    text = _run("forget", "test", "--kind", "source", "--store", other, "--dry-run").stdout
    assert text.startswith(f"source test: would be removed from {other}\n")
    assert "6  trials" in text
    assert "artifact similarity" in text


def test_forget_of_an_unknown_name_is_bad_input(other):
    result = _run("forget", "whine", "--store", other)
    assert isinstance(result.exception, UnknownNameError)


def test_what_is_forgotten_cannot_be_read_from_the_file(tmp_path):
    path = tmp_path / "secret.db"
    with TrialStore.open(path) as store:
        for name in ("iris", "a very secret table"):
            store.add_dataset(dataset(name))
            store.add_study(study(name))
    assert b"a very secret table" in path.read_bytes()
    _json("forget", "a very secret table", "--store", path)
    assert b"a very secret table" not in path.read_bytes()
