"""Meta-training: it learns, it is deterministic, and it goes on where it stopped, bit by bit."""

from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
import torch

from autometa.errors import TrainingError
from autometa.learned_optimizers import (
    HandMade,
    HandMadeSettings,
    LearnedOptimizer,
    LearnedRates,
    LearnedRatesSettings,
    LSTMOptimizer,
    MetaLSTMOptimizer,
    MetaLSTMSettings,
    MetaStep,
    MetaTrainingPlan,
    meta_train,
    read_notes,
)
from autometa.learned_optimizers.tasks import MLPFamily, Quadratics
from tests.learned_optimizers.families import small_data

FAMILY = Quadratics(3)
PLAN = MetaTrainingPlan(
    n_steps=7,
    unroll=10,
    truncation=5,
    n_tasks=4,
    n_hidden=6,
    validate_every=3,
    n_validation=4,
    outer_rate=1e-2,
)


def weights(optimizer: LearnedOptimizer) -> torch.Tensor:
    return torch.cat([value.detach().flatten() for value in optimizer.parameters()])


def test_a_short_training_already_halves_the_final_loss_of_quadratics() -> None:
    plan = MetaTrainingPlan(n_steps=30, n_tasks=16, unroll=20, truncation=10, n_hidden=8, outer_rate=2e-2)
    result = meta_train(FAMILY, plan=plan)
    assert result.is_complete
    assert result.best_validation < result.curve[0][1] / 2
    assert min(value for _, value in result.curve) == result.best_validation


@pytest.mark.parametrize(
    "optimizer",
    [
        MetaLSTMOptimizer.build(MetaLSTMSettings(n_hidden=6)),
        LearnedRates.build(LearnedRatesSettings(3)),
    ],
    ids=lambda optimizer: optimizer.kind,
)
def test_the_other_rules_learn_by_the_same_training(optimizer: LearnedOptimizer) -> None:
    plan = replace(PLAN, n_steps=30, objective="log_loss", outer_rate=3e-2)
    result = meta_train(FAMILY, plan=plan, optimizer=optimizer)
    assert result.optimizer is optimizer
    assert result.best_validation < 0.9 * result.curve[0][1]


@pytest.mark.parametrize(
    "plan", [PLAN, replace(PLAN, random_scaling=1.0, curriculum=(5, 10), schedule="constant")]
)
def test_a_run_that_was_interrupted_ends_with_the_same_bits(plan: MetaTrainingPlan, tmp_path: Path) -> None:
    whole = meta_train(FAMILY, plan=plan)
    asked = count(1)
    part = meta_train(FAMILY, plan=plan, out=tmp_path, should_stop=lambda: next(asked) == 3)
    assert not part.is_complete
    assert part.n_steps == 3
    rest = meta_train(FAMILY, plan=plan, out=tmp_path, resume=True)
    assert rest.curve == whole.curve
    assert torch.equal(weights(rest.optimizer), weights(whole.optimizer))
    assert torch.equal(weights(LearnedOptimizer.load(tmp_path / "optimizer.npz")), weights(whole.optimizer))


def test_the_seed_decides_everything() -> None:
    first, again, other = (meta_train(FAMILY, plan=replace(PLAN, seed=seed)) for seed in (0, 0, 1))
    assert torch.equal(weights(first.optimizer), weights(again.optimizer))
    assert first.curve == again.curve
    assert first.curve != other.curve


def test_a_run_without_schedule_can_be_made_longer(tmp_path: Path) -> None:
    plan = replace(PLAN, schedule="constant", n_steps=6)
    longer = replace(plan, n_steps=9)
    meta_train(FAMILY, plan=plan, out=tmp_path)
    grown, whole = meta_train(FAMILY, plan=longer, out=tmp_path, resume=True), meta_train(FAMILY, plan=longer)
    assert grown.curve == whole.curve
    assert torch.equal(weights(grown.optimizer), weights(whole.optimizer))
    with pytest.raises(TrainingError, match="has n_steps 9, and 12 was asked for"):
        meta_train(FAMILY, plan=replace(longer, n_steps=12, curriculum=(5,)), out=tmp_path, resume=True)


def test_another_run_in_the_folder_is_refused(tmp_path: Path) -> None:
    meta_train(FAMILY, plan=PLAN, out=tmp_path)
    with pytest.raises(TrainingError, match="has a run already"):
        meta_train(FAMILY, plan=PLAN, out=tmp_path)
    with pytest.raises(TrainingError, match="has truncation 5, and 10 was asked for"):
        meta_train(FAMILY, plan=replace(PLAN, truncation=10), out=tmp_path, resume=True)
    with pytest.raises(TrainingError, match="has family"):
        meta_train(Quadratics(2), plan=PLAN, out=tmp_path, resume=True)


def test_a_warm_start_begins_where_the_other_ended() -> None:
    first = meta_train(FAMILY, plan=PLAN)
    seen: list[MetaStep] = []
    meta_train(FAMILY, plan=PLAN, optimizer=first.optimizer, callback=seen.append)
    assert [step.step for step in seen] == list(range(8))
    assert seen[0].loss is None
    assert seen[0].validation == first.best_validation


def test_the_file_says_how_the_optimizer_was_trained(tmp_path: Path) -> None:
    result = meta_train(MLPFamily(small_data(), hidden=(2,)), plan=PLAN, out=tmp_path)
    notes = read_notes(tmp_path / "optimizer.npz")
    assert notes["family"]["data"] == "small"
    assert notes["plan"]["outer_rate"] == 1e-2
    assert notes["curve"] == [list(point) for point in result.curve]


def test_tasks_that_leave_the_numbers_are_left_out_and_then_refused() -> None:
    wild = LSTMOptimizer.build(replace(PLAN, output_scale=1e25).network)
    with pytest.raises(TrainingError, match="diverged in 20 updates in a row"):
        meta_train(FAMILY, plan=replace(PLAN, n_steps=40), optimizer=wild)


def test_what_has_no_weights_is_not_trained() -> None:
    with pytest.raises(TrainingError, match="no weights to train"):
        meta_train(FAMILY, plan=PLAN, optimizer=HandMade(HandMadeSettings("sgd", 0.1)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"truncation": 3}, "choose truncation"),
        ({"curriculum": (5, 7)}, "choose truncation"),
        ({"n_steps": 0}, "n_steps is 0"),
        ({"outer_rate": 0.0}, "outer_rate must be positive"),
        ({"objective": "other"}, "objective is 'other'"),
        ({"schedule": "other"}, "schedule is 'other'"),
    ],
)
def test_plans_that_cannot_be_carried_out_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(TrainingError, match=message):
        replace(PLAN, **change)  # type: ignore[arg-type]


def test_a_curriculum_gives_every_length_its_share() -> None:
    plan = replace(PLAN, n_steps=8, curriculum=(5, 10))
    assert [plan.unroll_at(step) for step in range(8)] == [5] * 4 + [10] * 4
