"""Optuna's own contract suites for samplers, with past studies that know the parameters, and with others."""

import warnings
from collections.abc import Callable

import numpy as np
import optuna
import pytest
from optuna.testing.pytest_samplers import (
    BasicSamplerTestCase,
    MultiObjectiveSamplerTestCase,
    RelativeSamplerTestCase,
)

from autometa.history import PriorStudy, PriorTrial
from autometa.samplers import InMemoryTrialSource, WarmStartSampler
from autometa.search_space import Choice, FloatRange, IntRange, SearchSpace


def _past(*parameters: FloatRange | IntRange | Choice) -> InMemoryTrialSource:
    space, rng = SearchSpace("past", 1, parameters), np.random.default_rng(0)
    studies = [
        PriorStudy(
            f"past-{number}",
            space,
            "value",
            "minimize",
            tuple(PriorTrial(space.draw(rng), float(rng.normal())) for _ in range(12)),
        )
        for number in range(3)
    ]
    return InMemoryTrialSource(studies)


KNOWN = _past(
    FloatRange("x", -5.0, 8.0),
    IntRange("y", 1, 9),
    Choice("category", ("x", "y")),
    FloatRange("z", -1.0, 0.5),
)
CHOICES = _past(Choice("x", (1, "2", 0.0, True, "a")), FloatRange("y", 1e-3, 1e3, log=True))
UNKNOWN = _past(FloatRange("momentum", 0.0, 1.0))


def _base() -> optuna.samplers.BaseSampler:
    with warnings.catch_warnings():  # multivariate TPE is experimental in Optuna 4
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.samplers.TPESampler(n_startup_trials=0, multivariate=True)


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
class _Suites(BasicSamplerTestCase, RelativeSamplerTestCase, MultiObjectiveSamplerTestCase):
    pass


class TestPastStudiesKnowTheParameters(_Suites):
    @pytest.fixture
    def sampler(self) -> Callable[[], WarmStartSampler]:
        return lambda: WarmStartSampler(KNOWN, base_sampler=_base())


class TestPastStudiesHaveChoicesWhereNumbersAreAsked(_Suites):
    @pytest.fixture
    def sampler(self) -> Callable[[], WarmStartSampler]:
        return lambda: WarmStartSampler(CHOICES, base_sampler=_base())


class TestPastStudiesDoNotKnowTheParameters(_Suites):
    @pytest.fixture
    def sampler(self) -> Callable[[], WarmStartSampler]:
        return lambda: WarmStartSampler(UNKNOWN, base_sampler=_base())
