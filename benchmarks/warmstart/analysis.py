"""From cells to figures: mean and median regret, ranks, trials to reach a level, paired intervals.

Seeds are averaged first; data sets are what is drawn in intervals, whole families at a time.

Shapes: n data sets, T trials, r methods.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import rankdata

from autometa.dataset import FloatArray

N_BOOTSTRAP, SEED = 10_000, 0


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """One method on the data sets of one group.

    Attributes:
        datasets: n names, sorted.
        families: (n,) of the data sets.
        regrets: (n, T + 1) after each trial, mean over seeds; the first entry is before the first proposal.
        n_seeds: the fewest that a data set has.
        ask_seconds: CPU of one ask, median over cells; NaN if unknown.
        first_ask_seconds: of the first ask with all preparations; likewise.
    """

    datasets: tuple[str, ...]
    families: tuple[str, ...]
    regrets: FloatArray
    n_seeds: int
    ask_seconds: float
    first_ask_seconds: float

    def on(self, datasets: Iterable[str]) -> "Curves":
        """Some of the data sets only."""
        wanted = set(datasets)
        rows = [row for row, name in enumerate(self.datasets) if name in wanted]
        return Curves(
            tuple(self.datasets[row] for row in rows),
            tuple(self.families[row] for row in rows),
            self.regrets[rows],
            self.n_seeds,
            self.ask_seconds,
            self.first_ask_seconds,
        )


def collect(cells: Iterable[Mapping[str, Any]]) -> dict[str, Curves]:
    """The curves of every method; where a cell was run for several lengths, the longest counts.

    Args:
        cells: of one group of tables. Data sets of different tables are different data sets, families are
            shared, so that a data set that stands in several tables is drawn with all of them.
    """
    longest: dict[tuple[str, str, int], Mapping[str, Any]] = {}
    for cell in cells:
        key = (cell["method"], f"{cell['table']}/{cell['dataset']}", cell["seed"])
        if key not in longest or cell["trials"] > longest[key]["trials"]:
            longest[key] = cell
    grouped: dict[str, dict[str, list[Mapping[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for (method, dataset, _), cell in longest.items():
        grouped[method][dataset].append(cell)
    return {method: _curves(by_dataset) for method, by_dataset in grouped.items()}


def common_datasets(curves: Iterable[Curves]) -> list[str]:
    """The data sets on which all of them were run."""
    sets = [set(one.datasets) for one in curves]
    return sorted(set.intersection(*sets)) if sets else []


def average_ranks(curves: Sequence[Curves], at: int) -> FloatArray:
    """(r,) mean rank by regret after `at` trials, 1 is the best, ties share their mean.

    Raises:
        ValueError: they are not of the same data sets.
    """
    if len({one.datasets for one in curves}) > 1:
        raise ValueError("ranks need every method on the same data sets; restrict them with `Curves.on`")
    regrets = np.array([one.regrets[:, at] for one in curves])
    ranks: FloatArray = rankdata(regrets, axis=0).mean(axis=1)
    return ranks


def trials_to_reach(regrets: FloatArray, levels: FloatArray) -> FloatArray:
    """(n,) the first trial after which a curve is at its level or below; infinite if there is none.

    Args:
        regrets: (n, T + 1) never rising.
        levels: (n,).
    """
    reached = regrets <= levels[:, None] + 1e-9
    return np.where(reached.any(axis=1), reached.argmax(axis=1).astype(float), np.inf)


def bootstrap_interval(differences: FloatArray, families: Sequence[str]) -> tuple[float, float]:
    """95 % percentile interval of a mean over data sets, families drawn with replacement.

    Args:
        differences: (n,) of paired methods.
        families: (n,).
    """
    names, codes = np.unique(np.array(families), return_inverse=True)
    sums, counts = np.bincount(codes, differences), np.bincount(codes)
    draws = np.random.default_rng(SEED).integers(len(names), size=(N_BOOTSTRAP, len(names)))
    means = sums[draws].sum(axis=1) / counts[draws].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def paired_difference(method: Curves, referee: Curves, at: int) -> dict[str, Any]:
    """Mean regret less the referee's after `at` trials, on common data sets, with its interval."""
    common = common_datasets([method, referee])
    mine, other = method.on(common), referee.on(common)
    differences = mine.regrets[:, at] - other.regrets[:, at]
    return {
        "difference": float(differences.mean()),
        "interval": list(bootstrap_interval(differences, mine.families)),
        "n_datasets": len(common),
    }


def reach(method: Curves, referee: Curves, at: int) -> dict[str, Any]:
    """How many trials the method needs for what the referee has after `at`.

    Returns:
        median: over data sets, each with its own level; None if most never reach it.
        share: of the data sets on which it is reached.
        mean_curve: the first trial at which the mean regret is the referee's mean or less; None if never.
    """
    common = common_datasets([method, referee])
    mine, levels = method.on(common).regrets, referee.on(common).regrets[:, at]
    needed = trials_to_reach(mine, levels)
    of_mean = trials_to_reach(mine.mean(axis=0, keepdims=True), np.array([levels.mean()]))[0]
    return {
        "median": _finite(float(np.median(needed))),
        "share": float(np.isfinite(needed).mean()),
        "mean_curve": _finite(float(of_mean)),
    }


def _curves(by_dataset: Mapping[str, Sequence[Mapping[str, Any]]]) -> Curves:
    datasets = sorted(by_dataset)
    n_trials = min(cell["trials"] for cells in by_dataset.values() for cell in cells)
    regrets = [
        np.mean([cell["regrets"][: n_trials + 1] for cell in by_dataset[name]], axis=0) for name in datasets
    ]
    flat = [cell for cells in by_dataset.values() for cell in cells]
    return Curves(
        tuple(datasets),
        tuple(by_dataset[name][0]["family"] for name in datasets),
        np.array(regrets),
        min(len(cells) for cells in by_dataset.values()),
        _median_of(flat, "ask_seconds"),
        _median_of(flat, "first_ask_seconds"),
    )


def _median_of(cells: Iterable[Mapping[str, Any]], name: str) -> float:
    known = [cell[name] for cell in cells if cell[name] is not None]
    return float(np.median(known)) if known else float("nan")


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
