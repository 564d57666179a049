"""Tasks that are no tables: described, recorded by `tune`, and compared with others of their kind."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import optuna
import pytest

from autometa.dataset import Column, ColumnKind, Dataset, TaskType
from autometa.errors import IncompatibleMetaFeaturesError, StoreError, UnknownNameError
from autometa.metafeatures import MetaFeatures, extract
from autometa.metafeatures.base import Feature
from autometa.samplers.explanation import Notes
from autometa.search_space import FloatRange, SearchSpace
from autometa.tuning import TuningTask, tune
from autometa_store.trial_store import TrialStore

SPACE = SearchSpace("bowl", 1, (FloatRange("x", 0.0, 1.0), FloatRange("y", 0.0, 1.0)))
FEATURES = [Feature("place", "place", "Where the bowl's bottom is.", "ours")]


def bowl_task(place: float) -> TuningTask:
    return TuningTask.of(f"bowl at {place}", f"bowl:{place}", {"place": place}, FEATURES, pack="bowls")


class Bowl:
    """An objective whose bottom is at (place, place)."""

    def __init__(self, place: float):
        self._place = place

    def __call__(self, trial: optuna.Trial) -> float:
        x, y = trial.suggest_float("x", 0, 1), trial.suggest_float("y", 0, 1)
        return (x - self._place) ** 2 + (y - self._place) ** 2


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TrialStore]:
    with TrialStore.open(tmp_path / "history.db") as opened:
        yield opened


def search(store: TrialStore, place: float, **options: object) -> optuna.Study:
    given = {"n_trials": 12, "archive": store, "seed": 0, **options}
    return tune(  # type: ignore[arg-type]
        Bowl(place), bowl_task(place), direction="minimize", search_space=SPACE, metric="depth", **given
    )


def test_every_trial_is_recorded_with_the_task_and_its_numbers(store: TrialStore) -> None:
    study = search(store, 0.3)
    (kept,) = store.studies("bowl")
    assert [dict(trial.params) for trial in kept.trials] == [trial.params for trial in study.trials]
    assert kept.dataset_id == "bowl:0.3"
    table = store.meta_features(TaskType.CLASSIFICATION, "bowls")
    assert (table.names, table.values.tolist()) == (("place",), [[0.3]])


def test_the_nearest_task_leads_and_every_search_makes_the_next_one_shorter(store: TrialStore) -> None:
    for place in (0.1, 0.9):
        search(store, place, n_trials=25)
    warm = search(store, 0.92, source=store)
    (first,) = (one for one in Notes().explanations(warm) if one.number == 0)
    assert max(first.sources, key=first.sources.__getitem__) == "bowl:0.9"
    cold = search(store, 0.92)
    assert warm.trials[0].value < 0.1
    assert warm.best_value < cold.best_value


def test_a_scikit_learn_objective_on_a_table_is_recorded_under_the_table(store: TrialStore) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 3))
    columns = tuple(Column(name, ColumnKind.NUMERIC, is_float=True) for name in "abc")
    codes = np.empty((60, 0), dtype=np.int64)
    table = Dataset("line", x, codes, x @ [1.0, 2.0, 0.0], TaskType.REGRESSION, columns)

    def error(trial: optuna.Trial) -> float:
        from sklearn.linear_model import Ridge
        from sklearn.model_selection import cross_val_score

        model = Ridge(alpha=trial.suggest_float("alpha", 0.01, 100, log=True))
        return -float(cross_val_score(model, x, table.target, scoring="neg_root_mean_squared_error").mean())

    tune(
        error, table, direction="minimize", archive=store, search_space="my_ridge", metric="rmse", n_trials=4
    )
    (kept,) = store.studies("my_ridge")
    assert (kept.dataset_id, len(kept.trials)) == (table.fingerprint(), 4)
    known = store.meta_features(TaskType.REGRESSION)
    np.testing.assert_array_equal(known.values[0], extract(table).values)


@pytest.mark.parametrize("missing", ["about", "search_space", "metric"])
def test_what_trials_are_of_must_be_said_to_record_them(store: TrialStore, missing: str) -> None:
    options = {"about": bowl_task(0.1), "search_space": SPACE, "metric": "depth"}
    with pytest.raises(UnknownNameError, match="to record trials, say what they are of"):
        tune(Bowl(0.1), direction="minimize", archive=store, **{**options, missing: None})  # type: ignore[arg-type]


def test_a_store_that_cannot_be_written_is_noticed_before_the_first_trial(store: TrialStore) -> None:
    with TrialStore.open(store.label, mode="read") as reading, pytest.raises(StoreError, match="for reading"):
        search(reading, 0.1)


def test_numbers_need_an_explanation_each() -> None:
    task = bowl_task(0.5)
    with pytest.raises(IncompatibleMetaFeaturesError, match="give a Feature for each"):
        TuningTask(task.info, MetaFeatures("bowls", 1, ("depth",), np.ones(1)), tuple(FEATURES))
    assert TuningTask.of("odd", "odd", {}, FEATURES, pack="bowls").meta_features.as_dict() == {"place": None}
    assert (task.info.family, task.info.n_classes) == ("bowl at 0.5", 0)
