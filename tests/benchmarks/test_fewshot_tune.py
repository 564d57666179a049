"""The replay of few-shot searches: the cell that is looked up, trials counted, and what is left out."""

import json
from pathlib import Path

import numpy as np
import pytest

from autometa.dataset import TaskType
from autometa.history import PriorStudy, PriorTrial
from autometa.metafeatures.base import Feature
from autometa.tuning import TuningTask
from autometa_store.trial_store import TrialStore
from benchmarks.bench_fewshot_tune import LeftOut, cell_of, interval, script, trials_until
from benchmarks.fewshot_grid import GRID, SPACE, configurations


def test_every_cell_is_its_own_nearest_and_others_are_rounded_on_a_logarithmic_scale() -> None:
    assert len(configurations()) == 48
    assert [json.loads(cell_of(one)) for one in configurations()] == configurations()
    asked = {"plan.learning_rate": 0.005, "backbone.n_filters": 12, "backbone.n_layers": 3, "train_way": 9}
    rate, filters, _, way = json.loads(cell_of(asked)).values()
    assert (rate, filters, way) == (0.012, 16, 5)  # 0.0049, 11.3 and 10 are the geometric middles
    assert all(SPACE.names == tuple(one) and SPACE.check(one) is None for one in configurations())
    assert set(GRID) == set(SPACE.names)


def test_trials_are_counted_until_a_goal_is_reached() -> None:
    curves = np.array([[[0.1, 0.5, 0.5, 0.9], [0.2, 0.2, 0.2, 0.2]]])  # one alphabet, two seeds, four trials
    assert trials_until(curves, np.array([[0.5, 0.5]])).tolist() == [[2.0, np.inf]]
    assert trials_until(curves, np.array([[0.95, 0.2]])).tolist() == [[np.inf, 1.0]]


def test_an_interval_is_that_of_the_normal_law_where_there_are_many_alphabets() -> None:
    values = np.random.default_rng(0).normal(size=400)
    found = interval(lambda rows: float(values[rows].mean()), values)
    half = 1.96 * values.std() / 20
    assert found == pytest.approx([values.mean(), values.mean() - half, values.mean() + half], abs=0.01)


def test_a_search_knows_nothing_of_its_own_alphabet_and_script(tmp_path: Path) -> None:
    assert script("Syriac_(Serto)") == script("Syriac_(Estrangelo)") != script("Greek")
    feature = Feature("size", "size", "Its size.", "ours")
    with TrialStore.open(tmp_path / "past.db") as store:
        for name in ("own", "copy", "other"):
            task = TuningTask.of(name, name, {"size": 1.0}, [feature], pack="fewshot")
            store.add_dataset(task.info)
            store.add_meta_features(name, task.meta_features)
            trials = (PriorTrial(configurations()[0], 0.5),)
            store.add_study(PriorStudy(name, SPACE, "episode_accuracy", "maximize", trials))
        left = LeftOut(store, frozenset({"own", "copy"}))
        assert [study.dataset_id for study in left.studies(SPACE.name)] == ["other"]
        assert left.meta_features(TaskType.CLASSIFICATION, "fewshot").dataset_ids == ("other",)
