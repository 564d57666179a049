"""How much similarity models help: every data set once as if it were new, held out with its family.

Shapes: k data sets.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from autometa.dataset import FloatArray
from autometa.metafeatures.base import MetaFeatureTable
from autometa.similarity.base import effective_sources, nearest_elsewhere
from autometa.similarity.calibration import Calibration, Fit
from autometa.similarity.disagreement import rank_correlation
from autometa.similarity.examples import Examples, Rows, family_folds, table_row, table_rows
from autometa.similarity.no_similarity import NoSimilarity
from autometa.warmstart.portfolio import greedy_portfolio

AT = (1, 3, 5, 10)
REFEREE, ORACLE, SHUFFLED = "none", "oracle", ", shuffled"
N_FOLDS, N_BOOTSTRAP = 10, 2000
DISSIMILAR = 0.8  # quantile of the nearest source's true disagreement above which nothing is similar

Report = Mapping[str, object]


@dataclass(frozen=True, slots=True, eq=False)
class Experience:
    """What the models are judged on.

    Attributes:
        examples: what they learn from.
        rank_disagreement: (k, k) one minus the rank correlation of response surfaces.
    """

    examples: Examples
    rank_disagreement: FloatArray


@dataclass(slots=True)
class Outcome:
    """What one model did for every data set; filled row by row.

    Attributes:
        curves: (k, 4) least regret within the first 1, 3, 5, 10 suggestions.
        effective: (k,) share of the sources that count, 1 where all weigh the same.
        transfer: (k,) rank correlation of distance and true transfer regret over the sources.
        surface: (k,) the same with the disagreement of whole response surfaces.
        expected: per data set, (sources,) expected extra regret less its mean; true extra likewise.
        seconds: CPU time spent on training.
    """

    curves: FloatArray
    effective: FloatArray
    transfer: FloatArray
    surface: FloatArray
    expected: list[tuple[FloatArray, FloatArray]] = field(default_factory=list)
    seconds: float = 0.0

    @classmethod
    def empty(cls, n_datasets: int) -> "Outcome":
        """Nothing known yet of so many data sets."""
        effective, transfer, surface = np.full((3, n_datasets), np.nan)
        return cls(np.full((n_datasets, len(AT)), np.nan), effective, transfer, surface)


def assess(
    experience: Experience,
    trainers: Mapping[str, Fit],
    *,
    seed: int = 0,
    on_fold: Callable[[], None] = lambda: None,
) -> dict[str, Report]:
    """Judge models by K folds over families; each also with meta-features dealt to wrong data sets.

    All training happens inside a fold, on its sources alone. Beside the models stand "none" (the plain
    portfolio) and "oracle" (weights from the true disagreement with the target, the ceiling).

    Args:
        experience: at least as many families as folds.
        trainers: models by name.
        seed: of the folds and the shuffling.
        on_fold: called after each fold.

    Returns:
        For each model a report of plain numbers; see `docs/similarity.md`.
    """
    examples = experience.examples
    outcomes = {name: Outcome.empty(len(examples.families)) for name in _names(trainers)}
    rng = np.random.default_rng([seed, 1])
    dealt = replace(examples, table=_shuffled(examples, rng))
    for train, test in family_folds(examples.families, N_FOLDS, seed):
        for name, fit in [(REFEREE, lambda _: NoSimilarity()), *trainers.items()]:
            _judge(outcomes[name], experience, examples, fit, train, test)
            if name != REFEREE:
                _judge(outcomes[name + SHUFFLED], experience, dealt, fit, train, test)
        _judge_oracle(outcomes[ORACLE], experience, train, test)
        on_fold()
    return _reports(outcomes, experience)


def _names(trainers: Mapping[str, Fit]) -> list[str]:
    return [REFEREE, *trainers, *(name + SHUFFLED for name in trainers), ORACLE]


def _shuffled(examples: Examples, rng: np.random.Generator) -> MetaFeatureTable:
    table = examples.table
    return replace(table_rows(table, rng.permutation(len(table.dataset_ids))), dataset_ids=table.dataset_ids)


def _judge(
    outcome: Outcome, experience: Experience, examples: Examples, fit: Fit, train: Rows, test: Rows
) -> None:
    start = time.process_time()
    sources = examples.rows(train)
    model = fit(sources)
    outcome.seconds += time.process_time() - start
    calibration = getattr(model, "calibration", None)
    for row in test:
        distances = model.distances(table_row(examples.table, int(row)), sources.table)
        weights = model.weights(distances)
        _record(outcome, experience, int(row), train, weights)
        truth, surface = examples.disagreement[row, train], experience.rank_disagreement[row, train]
        outcome.transfer[row] = _correlation(distances, truth)
        outcome.surface[row] = _correlation(distances, surface)
        if isinstance(calibration, Calibration):
            outcome.expected.append(_centred(calibration.expected_extra(distances), truth))


def _judge_oracle(outcome: Outcome, experience: Experience, train: Rows, test: Rows) -> None:
    for row in test:
        truth = experience.examples.disagreement[row, train]
        _record(outcome, experience, int(row), train, Calibration(slope=1.0).weights(truth))
        outcome.transfer[row] = 1.0
        outcome.surface[row] = _correlation(truth, experience.rank_disagreement[row, train])


def _record(outcome: Outcome, experience: Experience, row: int, train: Rows, weights: FloatArray) -> None:
    order = greedy_portfolio(experience.examples.regrets[train], max(AT), weights=weights)
    curve = np.minimum.accumulate(np.nan_to_num(experience.examples.regrets[row], nan=1.0)[order])
    outcome.curves[row] = [curve[min(at, len(curve)) - 1] for at in AT]
    outcome.effective[row] = effective_sources(weights) / len(weights)


def _reports(outcomes: Mapping[str, Outcome], experience: Experience) -> dict[str, Report]:
    families = np.unique(np.array(experience.examples.families), return_inverse=True)[1]
    closest = nearest_elsewhere(experience.examples.disagreement, experience.examples.families)
    far = closest >= np.nanquantile(closest, DISSIMILAR)
    plain, oracle = outcomes[REFEREE].curves, outcomes[ORACLE].curves
    return {name: _report(outcome, plain, oracle, families, far) for name, outcome in outcomes.items()}


def _report(
    outcome: Outcome, plain: FloatArray, oracle: FloatArray, families: Rows, far: NDArray[np.bool_]
) -> Report:
    interval = partial(_interval, families=families)
    differences, gaps = outcome.curves - plain, plain - oracle
    at = {str(n): (outcome.curves[:, i], differences[:, i], gaps[:, i]) for i, n in enumerate(AT)}
    at["mean"] = (outcome.curves.mean(axis=1), differences.mean(axis=1), gaps.mean(axis=1))
    return {
        "regret": {
            key: {
                "regret": float(curve.mean()),
                "difference": float(difference.mean()),
                "interval": interval(difference),
                "share_of_oracle_gap": _share(difference, gap),
            }
            for key, (curve, difference, gap) in at.items()
        },
        "rank_correlation": {
            "transfer_regret": _mean(outcome.transfer),
            "response_surface": _mean(outcome.surface),
        },
        "effective_share": {
            "all": _mean(outcome.effective),
            "nothing_similar": _mean(outcome.effective[far]),
        },
        "difference_where_nothing_similar": float(differences[far].mean()),
        "calibration_slope": _slope(outcome.expected),
        "training_seconds": outcome.seconds / N_FOLDS,
    }


def _interval(differences: FloatArray, *, families: Rows) -> list[float]:
    """95 % interval of the mean, families drawn with replacement."""
    sums, counts = np.bincount(families, differences), np.bincount(families)
    draws = np.random.default_rng(0).integers(len(sums), size=(N_BOOTSTRAP, len(sums)))
    low, high = np.quantile(sums[draws].sum(axis=1) / counts[draws].sum(axis=1), [0.025, 0.975])
    return [float(low), float(high)]


def _share(difference: FloatArray, gap: FloatArray) -> float:
    """How much of what the oracle gains is gained; NaN where the oracle gains nothing."""
    possible = float(gap.mean())
    return float(-difference.mean() / possible) if possible > 1e-6 else float("nan")


def _slope(expected: list[tuple[FloatArray, FloatArray]]) -> float:
    """True extra regret per expected extra regret on held-out pairs: 1 is calibrated, below is too sure."""
    if not expected:
        return float("nan")
    forecast, truth = (np.concatenate(side) for side in zip(*expected, strict=True))
    square = float(forecast @ forecast)
    return float(forecast @ truth) / square if square > 1e-12 else float("nan")


def _centred(expected: FloatArray, truth: FloatArray) -> tuple[FloatArray, FloatArray]:
    known = ~np.isnan(expected) & ~np.isnan(truth)
    if not known.any():
        return np.zeros(0), np.zeros(0)
    return expected[known] - expected[known].mean(), truth[known] - truth[known].mean()


def _correlation(distances: FloatArray, truth: FloatArray) -> float:
    known = ~np.isnan(distances) & ~np.isnan(truth)
    return rank_correlation(distances[known], truth[known]) if known.any() else float("nan")


def _mean(values: FloatArray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
