"""Whose turn a trial is: probes tell whether past studies are of use; if not, others take turns."""

import numpy as np
import optuna
import pytest

from autometa.optuna_spaces import from_distributions
from autometa.samplers import Origin, WarmStartSampler
from autometa.samplers.asked_space import AskedSpace
from autometa.samplers.candidates import far_configuration
from autometa.samplers.turns import N_STARTUP, PROBES, has_stalled
from autometa.search_space import SearchSpace
from tests.samplers.past import DISTRIBUTIONS, bowl, bowls

ASKED = AskedSpace(SearchSpace("asked", 1, tuple(from_distributions(DISTRIBUTIONS))), DISTRIBUTIONS)


def origins(sign: float, n_trials: int = 24, seed: int = 0) -> list[Origin]:
    study = optuna.create_study(sampler=WarmStartSampler(bowls(sign=sign), seed=seed))
    study.optimize(bowl(), n_trials=n_trials)
    return [one.origin for one in study.sampler.explain(study)]


def test_past_studies_of_use_keep_most_early_trials_but_the_probes() -> None:
    found = [origins(1.0, N_STARTUP, seed) for seed in range(4)]
    assert {one[number] for one in found for number in PROBES} == {Origin.PROBE}
    n_theirs = sum(one.count(Origin.TRANSFER) + one.count(Origin.PORTFOLIO) for one in found)
    assert n_theirs >= 0.9 * 4 * (N_STARTUP - len(PROBES))


def test_past_studies_turned_over_lose_every_other_trial_after_the_first_probe() -> None:
    found = origins(-1.0)
    optional = range(PROBES[0] + 2, len(found), 2)
    assert {found[number] for number in optional if number < N_STARTUP} == {Origin.PROBE}
    assert {found[number] for number in optional if number > N_STARTUP} == {Origin.BASE}


def test_probe_tries_the_choice_that_nobody_tried() -> None:
    tried = [{"rate": 0.01, "depth": depth, "kind": kind} for depth in range(1, 13) for kind in "ac"]
    for seed in range(5):
        far = far_configuration(tried, ASKED, np.random.default_rng(seed), fixed={})
        assert far is not None
        assert far["kind"] == "b"


def test_probe_keeps_what_is_settled() -> None:
    far = far_configuration(
        [{"rate": 0.01, "depth": 3, "kind": "a"}], ASKED, np.random.default_rng(0), fixed={"depth": 3}
    )
    assert far is not None
    assert far["depth"] == 3


def test_there_is_no_probe_where_everything_was_tried() -> None:
    kinds = {"kind": DISTRIBUTIONS["kind"]}
    asked = AskedSpace(SearchSpace("asked", 1, tuple(from_distributions(kinds))), kinds)
    tried = [{"kind": kind} for kind in "abc"]
    assert far_configuration(tried, asked, np.random.default_rng(0), fixed={}) is None


@pytest.mark.parametrize(
    ("gains", "expected"),
    [([0, 1, 2, 3], False), ([0, 1, 2, 3, 4, 5], False), ([0, 5, 1, 2, 3, 4], True), ([1, 1, 1, 1, 1], True)],
    ids=["too few", "rising", "no better", "all the same"],
)
def test_four_trials_without_progress_are_a_stall(gains: list[float], expected: bool) -> None:
    assert has_stalled(np.array(gains, dtype=float)) is expected
