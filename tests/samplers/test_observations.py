"""Observations: what each kind of trial counts for."""

import math
from typing import Any

import numpy as np
import pytest
from optuna.distributions import FloatDistribution
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState, create_trial

from autometa.samplers.observations import MAX_OBSERVED, observe

COMPLETE, PRUNED, FAIL = TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL


def trial(
    number: int, state: TrialState = COMPLETE, value: float | None = None, **attributes: Any
) -> FrozenTrial:
    broken = attributes.pop("broken", None)
    if broken is not None:
        attributes["system_attrs"] = {"constraints": [broken]}
    made = create_trial(
        state=state,
        value=value,
        params={"x": number / 100},
        distributions={"x": FloatDistribution(0, 10)},
        **attributes,
    )
    made.number = number
    return made


@pytest.mark.parametrize(
    ("trials", "gains"),
    [
        pytest.param([trial(0, value=1.0), trial(1, value=3.0)], [-1, -3], id="complete"),
        pytest.param([trial(0, value=1.0), trial(1, value=4.0), trial(2, FAIL)], [-1, -4, -4], id="failed"),
        pytest.param(
            [trial(0, value=1.0), trial(1, value=math.inf), trial(2, value=2.0)], [-1, -2, -2], id="infinite"
        ),
        pytest.param(
            [
                trial(0, value=2.0),
                trial(1, PRUNED, intermediate_values={0: 9.0, 3: 5.0}),
                trial(2, PRUNED, intermediate_values={0: 0.5}),
            ],
            [-2, -5, -2],
            id="pruned counts by its last value, but not as better than complete ones",
        ),
        pytest.param(
            [trial(0, value=2.0), trial(1, PRUNED), trial(2, PRUNED, intermediate_values={0: math.nan})],
            [-2, -2, -2],
            id="pruned without a value",
        ),
        pytest.param(
            [trial(0, value=2.0), trial(1, value=0.1, broken=1.0), trial(2, value=3.0, broken=-1.0)],
            [-2, -3, -3],
            id="infeasible",
        ),
        pytest.param(
            [trial(0, value=2.0, broken=4.0), trial(1, value=9.0, broken=1.0), trial(2, FAIL)],
            [-4, -1, -4],
            id="nothing feasible yet",
        ),
        pytest.param([trial(0, FAIL), trial(1, FAIL)], [], id="nothing but failures"),
        pytest.param([], [], id="nothing"),
    ],
)
def test_gains(trials: list[FrozenTrial], gains: list[float]) -> None:
    np.testing.assert_allclose(observe(trials, StudyDirection.MINIMIZE, apart_from=99).gains, gains)


def test_direction_turns_the_gains() -> None:
    trials = [trial(0, value=1.0), trial(1, value=3.0)]
    np.testing.assert_allclose(observe(trials, StudyDirection.MAXIMIZE, apart_from=99).gains, [1, 3])


def test_trial_that_asks_is_neither_observed_nor_pending() -> None:
    trials = [trial(0, value=1.0), trial(1, TrialState.RUNNING), trial(2, TrialState.RUNNING)]
    observed = observe(trials, StudyDirection.MINIMIZE, apart_from=2)
    assert observed.pending == {1: {"x": 0.01}}
    assert observed.n_finished == 1


def test_of_many_the_best_and_the_latest_are_kept() -> None:
    trials = [trial(number, value=float(number)) for number in range(3 * MAX_OBSERVED)]
    numbers = observe(trials, StudyDirection.MINIMIZE, apart_from=-1).numbers
    assert len(numbers) == MAX_OBSERVED
    assert set(range(50)) | set(range(250, 300)) == set(numbers)
