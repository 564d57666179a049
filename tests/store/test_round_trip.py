"""Export, import, export: byte for byte the same, whatever a store holds."""

import shutil

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from autometa.history import PriorStudy, PriorTrial, TrialStatus
from autometa.metafeatures.base import MetaFeatures
from autometa.search_space import Choice, Condition, FloatRange, IntRange, SearchSpace
from autometa_store.import_progress import ImportProgress
from autometa_store.trial_store import TrialStore
from tests.store.samples import dataset

pytestmark = pytest.mark.slow

FINITE = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SPACES = st.sampled_from(
    [
        SearchSpace(
            "svm/classification",
            version,
            (
                FloatRange("C", 1e-3, 1e3, log=True, alternatives=("auto",)),
                Choice("kernel", ("rbf", "poly", None, True, 1, 1.5, "é")),
                IntRange("degree", 2, 5, condition=Condition("kernel", ("poly",))),
            ),
        )
        for version in (1, 2)
    ]
)
CONFIGURATIONS = st.fixed_dictionaries(
    {"C": st.floats() | st.just("auto") | st.integers(0, 2**60)},
    optional={"kernel": st.none() | st.booleans() | FINITE | TEXTS, "degree": st.integers(-5, 5)},
)


@st.composite
def trials(draw):
    status = draw(st.sampled_from(TrialStatus))
    return PriorTrial(
        draw(CONFIGURATIONS),
        draw(FINITE) if status is TrialStatus.COMPLETE else None,
        status,
        draw(st.none() | st.integers(-(2**62), 2**62)),
        tuple(draw(st.lists(st.floats(), max_size=3))),
        draw(st.none() | st.floats()),
        draw(st.dictionaries(st.sampled_from(["log_loss", "roc_auc", "é"]), FINITE, max_size=2)),
    )


@st.composite
def studies(draw):
    return PriorStudy(
        draw(st.sampled_from(["iris", "wine"])),
        draw(SPACES),
        draw(st.sampled_from(["accuracy", "r2"])),
        "maximize",
        tuple(draw(st.lists(trials(), max_size=5))),
        draw(TEXTS),
        draw(st.dictionaries(TEXTS, TEXTS, max_size=2)),
        draw(st.none() | st.integers(0, 2**62)),
    )


@pytest.fixture(scope="module")
def empty(tmp_path_factory):
    path = tmp_path_factory.mktemp("empty") / "empty.db"
    TrialStore.open(path).close()
    return path


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    found=st.lists(studies(), max_size=5),
    vectors=st.lists(st.lists(st.floats(allow_infinity=False), min_size=2, max_size=2), max_size=2),
    cursor=st.dictionaries(TEXTS, st.none() | st.integers() | FINITE | TEXTS, max_size=2),
    array=st.lists(st.floats(), max_size=3),
)
def test_an_export_of_an_import_is_the_export(empty, tmp_path, found, vectors, cursor, array):
    paths = [tmp_path / "first.db", tmp_path / "second.db"]
    for path in paths:
        shutil.copy(empty, path)
    with TrialStore.open(paths[0]) as first, TrialStore.open(paths[1]) as second:
        for name in ("iris", "wine"):
            first.add_dataset(dataset(name))
        for study in found:
            first.add_study(study)
        for name, values in zip(("wine", "iris"), vectors, strict=False):
            first.add_meta_features(name, MetaFeatures("core", 1, ("a", "b"), np.array(values)))
        first.add_progress(ImportProgress("openml", cursor))
        first.add_artifact("model", {"weights": np.array(array)})
        first.export(tmp_path / "first.jsonl")
        n_new = second.take_over(tmp_path / "first.jsonl")
        second.export(tmp_path / "second.jsonl")
        assert n_new == first.counts()["trials"]
        assert second.counts() == first.counts()
        assert first.find_damage() == second.find_damage() == []
    assert (tmp_path / "second.jsonl").read_bytes() == (tmp_path / "first.jsonl").read_bytes()
    for path in paths:
        path.unlink()
