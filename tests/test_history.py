"""Prior trials and studies: checked at birth, unchangeable afterwards."""

from dataclasses import FrozenInstanceError
from typing import Any

import pytest

from autometa.history import Neighbor, PriorStudy, PriorTrial, TrialStatus
from autometa.search_space import IntRange, SearchSpace

SPACE = SearchSpace("toy", 1, (IntRange("depth", 1, 9),))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_value_must_be_finite(value: float) -> None:
    with pytest.raises(ValueError, match=f"a trial's value is {value}; give a finite number, or None"):
        PriorTrial({}, value)


def test_complete_trial_has_a_value() -> None:
    with pytest.raises(
        ValueError, match="status complete with value None: a trial has a value if, and only if"
    ):
        PriorTrial({}, None)


@pytest.mark.parametrize("status", [status for status in TrialStatus if status is not TrialStatus.COMPLETE])
def test_other_trials_have_none(status: TrialStatus) -> None:
    assert PriorTrial({}, None, status).value is None
    with pytest.raises(ValueError, match=f"status {status} with value 0.5"):
        PriorTrial({}, 0.5, status)


def test_trial_has_nothing_that_was_not_said() -> None:
    trial = PriorTrial({"depth": 3}, 0.5)
    assert (trial.seed, trial.fold_scores, trial.fit_seconds, dict(trial.other_values)) == (
        None,
        (),
        None,
        {},
    )


def test_defaults_are_shared_and_cannot_be_changed() -> None:
    trial: Any = PriorTrial({}, 0.5)
    study: Any = PriorStudy("iris", SPACE, "r2", "maximize", ())
    with pytest.raises(TypeError, match="does not support item assignment"):
        trial.other_values["rmse"] = 1.0
    with pytest.raises(TypeError, match="does not support item assignment"):
        study.versions["numpy"] = "2"


@pytest.mark.parametrize(
    "noun",
    [PriorTrial({}, 0.5), PriorStudy("iris", SPACE, "r2", "maximize", ()), Neighbor("iris", 0.0)],
    ids=lambda noun: type(noun).__name__,
)
def test_nouns_are_frozen(noun: Any) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(noun, next(iter(type(noun).__slots__)), None)


def test_equal_content_is_equal() -> None:
    trials = (PriorTrial({"depth": 3}, 0.5, fold_scores=(0.4, 0.6)),)
    assert PriorStudy("iris", SPACE, "r2", "maximize", trials) == PriorStudy(
        "iris", SPACE, "r2", "maximize", trials
    )


def test_status_reads_as_stored() -> None:
    assert [str(status) for status in TrialStatus] == [
        "complete",
        "failed",
        "timeout",
        "out_of_memory",
        "pruned",
    ]
