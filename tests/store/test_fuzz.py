"""Whatever names, values and files come in: they come back as they were, or an AutometaError says why not."""

import json
import math
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autometa.errors import AutometaError, StoreError
from autometa.history import PriorStudy, PriorTrial
from autometa.metafeatures.base import MetaFeatures
from autometa.search_space import Choice, FloatRange, SearchSpace
from autometa_store.import_progress import ImportProgress
from autometa_store.trial_store import TrialStore
from tests.store.samples import BEST, FAILED, SECOND, dataset, study

pytestmark = pytest.mark.slow

FUZZ = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
EVIL = st.sampled_from(
    [
        "'; DROP TABLE trial; --",
        '"; DELETE FROM dataset; --',
        "%s ? :name %(name)s {0} $1",
        "../../etc/passwd",
        "/etc/passwd",
        "C:\\windows",
        "a\x00b",
        "\ud800",
        "",
        " ",
        "nan",
        "\u202e",
    ]
)
NAMES = EVIL | st.text(max_size=20)
NUMBERS = st.integers() | st.floats() | st.sampled_from([2**63, -(2**63), 2**64, 10**400])
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=5,
)


@pytest.fixture
def calm(store):
    """A store that what comes after must leave sound."""
    store.add_dataset(dataset("calm"))
    store.add_study(study("calm"))
    yield store
    assert store.find_damage() == []
    assert store.studies("svm/classification", ["calm"]) == [study("calm")]


@FUZZ
@given(data=st.data())
def test_names_come_back_as_they_were_or_are_refused(calm, data):
    dataset_id, name, family, source, metric, version = (data.draw(NAMES) for _ in range(6))
    info = replace(dataset(dataset_id), name=name, family=family, source=source)
    sizes = data.draw(st.integers() | st.sampled_from([2**63, 10**30]))
    parameter, choice = data.draw(NAMES), data.draw(NAMES)
    with suppress(AutometaError):
        space = SearchSpace(data.draw(NAMES), 1, (Choice(parameter, (choice, None)),))
        trials = (PriorTrial({parameter: choice}, 0.5),)
        new = PriorStudy(dataset_id, space, metric, "maximize", trials, source, {version: version})
        with calm.transaction():
            calm.add_dataset(replace(info, n_rows=sizes))
            calm.add_study(new)
            calm.add_progress(ImportProgress(source, {name: sizes}))
            calm.add_meta_features(dataset_id, MetaFeatures(name, 1, (metric,), np.array([1.0])))
            calm.add_artifact(name, {"weights": np.eye(1)})
        assert new in calm.studies(space.name, [dataset_id])
        assert calm.progress(source).cursor == {name: sizes}
        assert name in calm.artifact_names()


@FUZZ
@given(
    value=st.floats(allow_nan=False, allow_infinity=False),
    low=st.floats(),
    folds=st.lists(st.floats(), max_size=4),
    seconds=NUMBERS,
    seed=st.none() | st.integers(),
    other=st.dictionaries(NAMES, st.floats(), max_size=2),
)
def test_values_come_back_as_they_were_or_are_refused(calm, value, low, folds, seconds, seed, other):
    name = f"{low}{value}{folds}{seed}{sorted(other)}"
    space = SearchSpace(name, 1, (FloatRange("C", 0.0, 1.0),))
    with suppress(AutometaError):
        trial = PriorTrial(
            {"C": low}, value, seed=seed, fold_scores=tuple(folds), fit_seconds=seconds, other_values=other
        )
        calm.add_study(PriorStudy("calm", space, "accuracy", "maximize", (trial,), "fuzz"))
        stored = calm.studies(name)[0].trials[0]
        assert (stored.value, stored.seed) == (value, seed)
        np.testing.assert_array_equal(stored.fold_scores, folds)
        assert stored.other_values == {name: score for name, score in other.items() if math.isfinite(score)}


@FUZZ
@given(data=st.data())
def test_a_mutated_export_is_taken_over_or_refused(calm, tmp_path, data):
    lines = export_lines(tmp_path)
    for _ in range(data.draw(st.integers(1, 3))):
        number = data.draw(st.integers(0, len(lines) - 1))
        record = json.loads(lines[number])
        mutate(record, data)
        lines[number] = json.dumps(record)
    path = tmp_path / "mutated.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", errors="surrogatepass")
    take_over_or_refuse(calm, path)


@FUZZ
@given(data=st.data())
def test_a_file_with_noise_is_taken_over_or_refused(calm, tmp_path, data):
    content = bytearray("\n".join(export_lines(tmp_path)).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(content)))
        stop = data.draw(st.integers(start, min(len(content), start + 30)))
        content[start:stop] = data.draw(st.binary(max_size=10))
    path = tmp_path / data.draw(st.sampled_from(["noise.jsonl", "noise.jsonl.gz"]))
    path.write_bytes(bytes(content))
    take_over_or_refuse(calm, path)


def take_over_or_refuse(store, path):
    before = store.counts()
    try:
        store.take_over(path)
    except StoreError:
        assert store.counts() == before  # all or nothing
    else:
        store.export(path.with_name("again.jsonl"))


def export_lines(folder):
    """The lines of an export with a record of every kind; written once."""
    path = folder / "export.jsonl"
    if not path.exists():
        with TrialStore.open(folder / "source.db") as source:
            source.add_dataset(dataset("iris"))
            source.add_study(study("iris", (BEST, SECOND, FAILED)))
            source.add_meta_features("iris", MetaFeatures("core", 1, ("a", "b"), np.array([1.0, np.nan])))
            source.add_progress(ImportProgress("openml", {"offset": 3}))
            source.add_artifact("model", {"weights": np.eye(2)})
            source.export(path)
    return path.read_text().splitlines()


def mutate(record, data):
    """Put something else in the place of one value, anywhere inside; or drop it, or rename its key."""
    while True:
        keys = sorted(record) if isinstance(record, dict) else range(len(record))
        if not keys:
            return
        key = data.draw(st.sampled_from(list(keys)))
        if isinstance(record[key], dict | list) and data.draw(st.booleans()):
            record = record[key]
            continue
        match data.draw(st.sampled_from(["replace", "drop", "rename"])):
            case "drop":
                del record[key]
            case "rename" if isinstance(record, dict):
                record[data.draw(NAMES)] = record.pop(key)
            case _:
                record[key] = data.draw(JSON)
        return
