"""The methods that `bench_probe` compares: each orders the candidates for a held-out data set, given probes.

Shapes: k source data sets, c candidates, p probes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from autometa.dataset import FloatArray
from autometa.similarity.base import similarity_weights
from autometa.similarity.calibration import Calibration
from autometa.warmstart.portfolio import greedy_portfolio
from autometa.warmstart.probing import probe_disagreement
from autometa.warmstart.transfer import standardised, transfer_posterior

N_SUGGESTIONS = 10
FLOOR = 0.05  # weight that every source keeps beside the posterior's shares, times the mean share


@dataclass(frozen=True, slots=True, eq=False)
class ProbedCase:
    """One held-out data set with its sources and what probes scored on it.

    Attributes:
        regrets: (k, c) of the sources.
        gains: (k, c) of the sources, larger is better.
        weights: (k,) of the sources, by the shipped kind of similarity, trained on them alone.
        learners: (c,) numbers of the candidates' learners.
        probes: (p,) candidates.
        observed: (p,) their gains on the held-out data set.
        shuffled: (p,) their gains on a data set drawn by chance.
        true_disagreement: (k,) with the held-out data set; only the oracle may look.
    """

    regrets: FloatArray
    gains: FloatArray
    weights: FloatArray
    learners: FloatArray
    probes: list[int]
    observed: FloatArray
    shuffled: FloatArray
    true_disagreement: FloatArray


Method = Callable[[ProbedCase], list[int]]


def plain_portfolio(case: ProbedCase) -> list[int]:
    """Every source the same, no probe."""
    return greedy_portfolio(case.regrets, N_SUGGESTIONS)


def without_probe(case: ProbedCase) -> list[int]:
    """The referee: what `suggest` does without --probe."""
    return greedy_portfolio(case.regrets, N_SUGGESTIONS, weights=case.weights)


def with_probe(case: ProbedCase) -> list[int]:
    """What ships: sources weigh by meta-features and by how their scores differ among the probes."""
    return greedy_portfolio(case.regrets, N_SUGGESTIONS, weights=_sharpened(case, case.observed))


def with_shuffled_probe(case: ProbedCase) -> list[int]:
    """Control: the same with the scores of another data set."""
    return greedy_portfolio(case.regrets, N_SUGGESTIONS, weights=_sharpened(case, case.shuffled))


def probe_alone(case: ProbedCase) -> list[int]:
    """Without the prior by meta-features."""
    weights = _sharpened(case, case.observed) / case.weights
    return greedy_portfolio(case.regrets, N_SUGGESTIONS, weights=weights)


def best_probe_first(case: ProbedCase) -> list[int]:
    """Control: nothing learned but which probe scored best; the list goes on as without probes."""
    best = case.probes[int(np.argmax(case.observed))]
    return [best, *(index for index in without_probe(case) if index != best)][:N_SUGGESTIONS]


def probes_tried_first(case: ProbedCase) -> list[int]:
    """The probes count as trials: on the full table, in front of what they lead to."""
    order = greedy_portfolio(
        case.regrets, N_SUGGESTIONS + len(case.probes), weights=_sharpened(case, case.observed)
    )
    return [*case.probes, *(index for index in order if index not in case.probes)][:N_SUGGESTIONS]


def posterior_weights(case: ProbedCase) -> list[int]:
    """Sources weigh by their shares in `transfer_posterior`, candidates being alike within a learner."""
    surfaces = np.array([standardised(row) for row in case.gains])
    points = np.eye(int(case.learners.max()) + 1)[case.learners.astype(int)]
    posterior = transfer_posterior(
        surfaces,
        surfaces[:, case.probes],
        points,
        points[case.probes],
        case.observed,
        prior_weights=case.weights / case.weights.sum(),
    )
    floor = FLOOR / len(case.weights)
    return greedy_portfolio(case.regrets, N_SUGGESTIONS, weights=posterior.source_weights + floor)


def corrected_regrets(case: ProbedCase) -> list[int]:
    """Empirical Gaussian: the regrets of every source as they would be if its probes had scored as here.

    Matheron's rule, samples of the prior turned into samples of the posterior (Wilson et al. 2020,
    "Efficiently sampling functions from Gaussian process posteriors", equation 9), the sources as samples.
    """
    shares = case.weights / case.weights.sum()
    known = case.gains[:, case.probes]
    known = known - known.mean(axis=1, keepdims=True)
    asked = case.observed - case.observed.mean()
    spread = (known - shares @ known) * np.sqrt(shares)[:, None]
    deviations = (case.regrets - shares @ case.regrets) * np.sqrt(shares)[:, None]
    covariance = spread.T @ spread
    noise = np.trace(covariance) / max(len(asked) - 1, 1)
    gain = np.linalg.solve(covariance + noise * np.eye(len(asked)), spread.T @ deviations)
    corrected = np.clip(case.regrets + (asked - known) @ gain, 0.0, 1.0)
    return greedy_portfolio(corrected, N_SUGGESTIONS, weights=case.weights)


def oracle(case: ProbedCase) -> list[int]:
    """Ceiling: weights from the true disagreement with the held-out data set."""
    weights = Calibration(slope=1.0).weights(case.true_disagreement)
    return greedy_portfolio(case.regrets, N_SUGGESTIONS, weights=weights)


METHODS: Mapping[str, Method] = {
    "portfolio": plain_portfolio,
    "without probe": without_probe,
    "probe": with_probe,
    "probe, shuffled": with_shuffled_probe,
    "probe alone": probe_alone,
    "best probe first": best_probe_first,
    "posterior weights": posterior_weights,
    "corrected regrets": corrected_regrets,
    "probes tried first": probes_tried_first,
    "oracle": oracle,
}


def _sharpened(case: ProbedCase, observed: FloatArray) -> FloatArray:
    sharpened: FloatArray = case.weights * similarity_weights(
        probe_disagreement(case.gains[:, case.probes], observed)
    )
    return sharpened
