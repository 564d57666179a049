"""tune_optimizer: trainings that are recorded, begin with what is known, and go on where they stopped."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from autometa.dataset import TaskType
from autometa.errors import TrainingError, TuningError
from autometa.learned_optimizers import LearnedOptimizer, LSTMOptimizer, MetaStep
from autometa.learned_optimizers.search_space import METRIC, USUAL, OptimizerBudget
from autometa.learned_optimizers.tasks import MLPFamily, Quadratics
from autometa.tuning.optimizer_shelf import choose_start, keep_optimizer, neighbors_of, read_optimizers
from autometa.tuning.optimizer_task import FEATURES, PACK, optimizer_task
from autometa.tuning.optimizers import DISTANCE, OPTIMIZER, START, TunedOptimizer, tune_optimizer
from autometa.warmstart.fitted_source import ArrayShelf
from autometa_store.trial_store import TrialStore
from tests.learned_optimizers.families import small_data

BUDGET = OptimizerBudget(
    n_steps=4, n_tasks=2, horizon=20, n_validation=2, validate_every=2, checkpoint_every=1
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TrialStore]:
    with TrialStore.open(tmp_path / "history.db") as opened:
        yield opened


def weights(tuned: TunedOptimizer) -> list[np.ndarray]:
    return [value.detach().numpy() for value in tuned.optimizer.parameters()]


def test_a_training_is_recorded_with_its_family_and_its_weights(store: TrialStore, tmp_path: Path) -> None:
    tuned = tune_optimizer(Quadratics(3), archive=store, budget=BUDGET, out=tmp_path / "run")
    (study,) = store.studies("optimizer/lstm")
    assert (study.dataset_id, study.metric, study.direction) == (
        tuned.task.info.dataset_id,
        METRIC,
        "minimize",
    )
    assert [dict(trial.params) for trial in study.trials] == [dict(USUAL)]
    assert store.meta_features(TaskType.REGRESSION, PACK).names == tuple(one.name for one in FEATURES)
    (kept,) = read_optimizers(store)
    assert (kept.task_name, kept.score, kept.start) == ("quadratics 3, 20 steps", tuned.score, None)
    assert kept.curve[-1][0] == kept.n_steps == 4
    for ours, theirs, saved in zip(
        weights(tuned),
        kept.build().parameters(),
        LearnedOptimizer.load(tmp_path / "run" / OPTIMIZER).parameters(),
        strict=True,
    ):
        np.testing.assert_array_equal(ours, theirs.detach().numpy())
        np.testing.assert_array_equal(ours, saved.detach().numpy())


@pytest.mark.slow
def test_the_next_family_begins_with_what_served_the_first(store: TrialStore) -> None:
    first = tune_optimizer(Quadratics(3), archive=store, budget=BUDGET, n_trials=3)
    warm = tune_optimizer(
        Quadratics(4), source=store, stored=read_optimizers(store), archive=store, budget=BUDGET
    )
    assert dict(warm.params) == dict(first.params)
    (trial,) = warm.study.trials
    assert trial.user_attrs[START] == first.stored.name == warm.stored.start
    assert 0 <= trial.user_attrs[DISTANCE] <= 1
    assert warm.stored.curve[0][1] < tune_optimizer(Quadratics(4), budget=BUDGET).stored.curve[0][1]


def test_two_configurations_teach_too_little_for_a_search_to_begin_with(store: TrialStore) -> None:
    tune_optimizer(Quadratics(3), archive=store, budget=BUDGET, n_trials=2)
    warm = tune_optimizer(Quadratics(4), source=store, budget=BUDGET)
    assert dict(warm.params) == dict(USUAL)


def test_an_optimizer_that_ruins_the_tasks_is_not_begun_with(store: TrialStore) -> None:
    tuned = tune_optimizer(Quadratics(3), archive=store, budget=BUDGET)
    ruinous = replace(
        tuned.stored, weights={name: 1e3 * np.ones_like(one) for name, one in tuned.stored.weights.items()}
    )
    start = choose_start(
        optimizer_task(Quadratics(4), horizon=20), Quadratics(4), plan=BUDGET.plan(USUAL), stored=[ruinous]
    )
    assert start.stored is None
    fresh = LSTMOptimizer.build(BUDGET.plan(USUAL).network, seed=0)
    assert torch.equal(next(start.optimizer.parameters()), next(fresh.parameters()))


def test_a_worse_optimizer_does_not_take_the_place_of_a_better_one(store: TrialStore) -> None:
    tuned = tune_optimizer(Quadratics(3), archive=store, budget=BUDGET).stored
    assert not keep_optimizer(store, replace(tuned, score=tuned.score + 1))
    assert [one.score for one in read_optimizers(store)] == [tuned.score]
    assert keep_optimizer(store, replace(tuned, score=tuned.score - 1))
    assert [one.score for one in read_optimizers(store)] == [tuned.score - 1]


class DictShelf(dict[str, Mapping[str, NDArray[Any]]]):
    """Arrays in memory; it refuses to be written to twice."""

    def artifact_names(self) -> list[str]:
        return list(self)

    def artifact(self, name: str) -> Mapping[str, NDArray[Any]]:
        return self[name]

    def add_artifact(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> str:
        assert not self
        self[name] = MappingProxyType(dict(arrays))
        return ""


def test_optimizers_stand_on_whatever_keeps_fitted_surfaces(store: TrialStore) -> None:
    found = tune_optimizer(Quadratics(3), budget=BUDGET).stored
    shelf = DictShelf()
    assert isinstance(shelf, ArrayShelf)
    assert isinstance(store, ArrayShelf)
    assert keep_optimizer(shelf, found)
    assert not keep_optimizer(shelf, found)
    (back,) = read_optimizers(shelf)
    assert (back.name, back.score, back.curve) == (found.name, found.score, found.curve)


def test_a_family_is_nearest_to_itself_and_knows_its_data(store: TrialStore) -> None:
    networks = MLPFamily(small_data(), (3,), "tanh", 8)
    for family in (networks, Quadratics(3)):
        tune_optimizer(family, archive=store, budget=BUDGET)
    task = optimizer_task(networks, horizon=20)
    own, other = neighbors_of(task, read_optimizers(store))
    assert (own.dataset_id, own.distance) == (task.info.dataset_id, 0)
    assert other.distance > 0
    numbers = task.meta_features.as_dict()
    assert numbers["data.n_rows"] == 40
    assert (task.info.family, task.info.n_rows, task.info.n_columns) == ("small", 40, 4)


def test_ctrl_c_keeps_the_run_and_the_same_folder_ends_with_the_same_bits(tmp_path: Path) -> None:
    budget = replace(BUDGET, checkpoint_every=2)
    straight = tune_optimizer(Quadratics(3), budget=budget, out=tmp_path / "straight")

    def stop(step: MetaStep) -> None:
        if step.step == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune_optimizer(Quadratics(3), budget=budget, out=tmp_path / "run", progress=stop)
    assert not (tmp_path / "run" / OPTIMIZER).exists()
    seen: list[int] = []
    again = tune_optimizer(
        Quadratics(3), budget=budget, out=tmp_path / "run", progress=lambda step: seen.append(step.step)
    )
    assert seen == [3, 4]  # the third update was not in a checkpoint yet
    assert again.stored.curve == straight.stored.curve
    for ours, theirs in zip(weights(again), weights(straight), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_ctrl_c_after_a_trial_gives_the_best_and_finished_ones_are_not_trained_again(tmp_path: Path) -> None:
    n_updates = 0

    def stop(step: MetaStep) -> None:
        nonlocal n_updates
        n_updates += step.step > 0
        if n_updates == 5:
            raise KeyboardInterrupt

    tuned = tune_optimizer(Quadratics(3), budget=BUDGET, n_trials=3, out=tmp_path, progress=stop)
    assert tuned.was_interrupted
    assert dict(tuned.params) == dict(USUAL)
    n_trained = n_updates
    again = tune_optimizer(Quadratics(3), budget=BUDGET, n_trials=2, out=tmp_path, progress=stop)
    first, second = again.study.trials
    assert dict(first.params) == dict(USUAL)
    assert first.value == tuned.score
    n_left = BUDGET.plan(second.params).n_steps - 1
    assert n_updates - n_trained == n_left  # the first is not trained again, the second is not begun again


def test_a_folder_is_of_one_search(tmp_path: Path) -> None:
    tune_optimizer(Quadratics(3), budget=BUDGET, out=tmp_path)
    with pytest.raises(TrainingError, match="has task quadratics 3, 20 steps, and quadratics 4"):
        tune_optimizer(Quadratics(4), budget=BUDGET, out=tmp_path)
    (tmp_path / "search.json").write_text("[]")
    with pytest.raises(TrainingError, match="is no journal of a search"):
        tune_optimizer(Quadratics(3), budget=BUDGET, out=tmp_path)


def test_a_search_without_a_score_says_why() -> None:
    rates = OptimizerBudget(n_steps=40, n_tasks=1, horizon=20, n_validation=1, validate_every=40)
    with pytest.raises(TuningError, match=r"none of 1 trials has a score \(the last one: .*diverged"):
        tune_optimizer(_Cliffs(3), budget=rates)


class _Cliffs(Quadratics):
    """Losses that are no numbers."""

    def sample(self, n_tasks: int, *, generator: torch.Generator):  # type: ignore[no-untyped-def]
        drawn = super().sample(n_tasks, generator=generator)
        return replace(drawn, goals=drawn.goals * float("inf"))
