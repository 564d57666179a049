"""How good are suggestions for a data set never seen? K folds over families of the starter knowledge.

`python -m benchmarks.bench_suggest [--knowledge FILE] [--out FILE]` prints, per task, the mean normalised
regret (0 is the best of all configurations tried, 1 the worst or what a constant prediction scores) of the
best among the first 1, 3, 5 and 10 suggestions, with the paired difference to the plain portfolio and its
95 % bootstrap interval over families; and how far the forecasts of score and time are off on data sets held
out.

Shapes: k data sets, c candidates.
"""

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from autometa.dataset import FloatArray, TaskType
from autometa.metafeatures import MetaFeatures, MetaFeatureTable
from autometa.metrics import DEFAULT_METRIC
from autometa.similarity.examples import Examples, table_row
from autometa.similarity.trained import DEFAULT_MODEL
from autometa.similarity.trainers import trainers
from autometa.warmstart.cost import forecast_seconds
from autometa.warmstart.forecast import ScoreForecast
from autometa.warmstart.portfolio import normalised_regret
from autometa.warmstart.similarity_learning import experience_of
from autometa.warmstart.sources import PerformanceTable
from autometa_store.knowledge import StarterKnowledge, load_starter
from autometa_store.knowledge.starter import STARTER_FILE
from benchmarks.environment import environment
from benchmarks.suggest_methods import METHODS, N_SUGGESTIONS, Case

AT = (1, 3, 5, 10)
N_FOLDS, N_SHUFFLES, N_BOOTSTRAP, SEED = 10, 5, 10_000, 0
REFEREE, SHIPPED = "portfolio", "learned portfolio"


def main() -> None:
    """Run on both tasks, print, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--knowledge", type=Path, default=STARTER_FILE)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "suggest.json")
    options = parser.parse_args()
    knowledge = load_starter(options.knowledge)
    tasks = {str(task): evaluate(knowledge, task) for task in TaskType}
    for task, result in tasks.items():
        print_result(task, result)
    setting = {
        "shipped": SHIPPED,
        "similarity": DEFAULT_MODEL,
        "folds": N_FOLDS,
        "shuffles": N_SHUFFLES,
        "bootstrap": N_BOOTSTRAP,
        "seed": SEED,
    }
    text = json.dumps({"environment": environment(), "setting": setting, "tasks": tasks}, indent=1)
    options.out.write_text(text + "\n", encoding="utf-8")


def evaluate(knowledge: StarterKnowledge, task: TaskType) -> dict[str, Any]:
    """Regrets of all methods, compared in pairs, and the errors of the forecasts."""
    table = knowledge.performance(task, DEFAULT_METRIC[task])
    infos = knowledge.datasets(task)
    meta = knowledge.meta_features(task)
    regrets = normalised_regret(table, np.array([info.n_classes for info in infos], dtype=float))
    families = np.array([info.family for info in infos])
    learned = learned_weights(experience_of(knowledge, task).examples, families)
    curves = {name: np.zeros((len(infos), N_SUGGESTIONS)) for name in METHODS}
    for shuffle in range(N_SHUFFLES):
        for row, case in cases(table, regrets, meta, learned, families, shuffle):
            for name, method in METHODS.items():
                if shuffle == 0 or "shuffled" in name:
                    repeats = N_SHUFFLES if "shuffled" in name else 1
                    curves[name][row] += best_so_far(case.target_regrets, method(case)) / repeats
    curves["random"] = np.array([random_curve(row) for row in regrets])
    return {
        "metric": table.metric,
        "n_datasets": len(infos),
        "n_families": len(set(families)),
        "n_configurations": len(table.candidates),
        "methods": {name: summarise(curve, curves[REFEREE], families) for name, curve in curves.items()},
        "forecasts": forecast_errors(table, infos, meta, families),
    }


def learned_weights(examples: Examples, families: Any) -> dict[int, FloatArray]:
    """For each data set the weights of its sources, by a similarity trained on these alone."""
    fit = trainers([DEFAULT_MODEL])[DEFAULT_MODEL]
    weights = {}
    for train, test in family_folds(families):
        sources = examples.rows(train)
        model = fit(sources)
        for row in test:
            distances = model.distances(table_row(examples.table, int(row)), sources.table)
            weights[int(row)] = model.weights(distances)
    return weights


def cases(
    table: PerformanceTable,
    regrets: FloatArray,
    meta: MetaFeatureTable,
    learned: Mapping[int, FloatArray],
    families: Any,
    shuffle: int,
) -> Iterator[tuple[int, Case]]:
    """Every data set once, held out with its whole fold; folds are over families."""
    shuffled = np.random.default_rng([SEED, shuffle]).permutation(len(regrets))
    defaults = tuple(i for i, candidate in enumerate(table.candidates) if candidate.is_default)
    for train, test in family_folds(families):
        for row in test:
            yield (
                int(row),
                Case(
                    regrets=regrets[train],
                    target_regrets=regrets[row],
                    known=_rows(meta, train),
                    query=_row(meta, row),
                    shuffled_known=_rows(meta, shuffled[train]),
                    shuffled_query=_row(meta, shuffled[row]),
                    learned_weights=learned[int(row)],
                    defaults=defaults,
                ),
            )


def family_folds(families: Any) -> Iterator[tuple[Any, Any]]:
    """Train and test rows of each fold; a family is never on both sides."""
    names = np.unique(families)
    fold_of = dict(zip(names, np.random.default_rng(SEED).permutation(len(names)) % N_FOLDS, strict=True))
    folds = np.array([fold_of[name] for name in families])
    for fold in range(N_FOLDS):
        yield np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)


def best_so_far(regrets: FloatArray, order: list[int]) -> FloatArray:
    """(10,) least regret after each suggestion; a list that ends early stays where it is."""
    curve = np.minimum.accumulate(np.nan_to_num(regrets, nan=1.0)[order])
    return np.concatenate([curve, np.full(N_SUGGESTIONS - len(curve), curve[-1])])


def random_curve(regrets: FloatArray) -> FloatArray:
    """(10,) expected least regret of n random distinct candidates, exactly."""
    ordered = np.sort(np.nan_to_num(regrets, nan=1.0))
    n_candidates = len(ordered)
    expected = []
    for n in range(1, N_SUGGESTIONS + 1):
        above = np.cumprod(
            [1.0] + [(n_candidates - n - i) / (n_candidates - i) for i in range(n_candidates - n)]
        )
        probability = (
            above * n / (n_candidates - np.arange(n_candidates - n + 1))
        )  # the i-th best is the best drawn
        expected.append(float(ordered[: len(probability)] @ probability))
    return np.array(expected)


def summarise(curve: FloatArray, referee: FloatArray, families: Any) -> dict[str, Any]:
    """Mean regret at 1, 3, 5, 10 and the paired difference to the referee with its interval."""
    result = {}
    for at in AT:
        difference = curve[:, at - 1] - referee[:, at - 1]
        low, high = bootstrap_interval(difference, families)
        result[str(at)] = {
            "regret": float(curve[:, at - 1].mean()),
            "median": float(np.median(curve[:, at - 1])),
            "difference": float(difference.mean()),
            "interval": [low, high],
        }
    return result


def bootstrap_interval(differences: FloatArray, families: Any) -> tuple[float, float]:
    """95 % interval of the mean, families drawn with replacement."""
    names, codes = np.unique(families, return_inverse=True)
    sums, counts = np.bincount(codes, differences), np.bincount(codes)
    draws = np.random.default_rng(SEED).integers(len(names), size=(N_BOOTSTRAP, len(names)))
    means = sums[draws].sum(axis=1) / counts[draws].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def forecast_errors(
    table: PerformanceTable, infos: Any, meta: MetaFeatureTable, families: Any
) -> Mapping[str, float]:
    """Coverage of the 80 % intervals, error of the expected score, and of the time, on held-out data sets."""
    rows = np.array(table.fit_rows, dtype=float)
    sizes = np.column_stack([rows, [i.n_columns for i in infos], [max(i.n_classes, 1) for i in infos]])
    learners = [candidate.learner for candidate in table.candidates]
    covered, errors, baseline, ratios = [], [], [], []
    for train, test in family_folds(families):
        centre = np.nanmean(table.scores[train], axis=0)
        for row in test:
            forecast = ScoreForecast.of(meta.values[train], meta.values[row], table.scores[train])
            truth = table.scores[row]
            known = ~np.isnan(truth)
            covered.append(((truth >= forecast.low) & (truth <= forecast.high))[known].mean())
            errors.append(np.abs(truth - forecast.expected)[known].mean())
            baseline.append(np.abs(truth - centre)[known].mean())
            seconds = forecast_seconds(sizes[train], sizes[row], table.fit_seconds[train], learners)
            timed = table.fit_seconds[row] > 0.02  # below, the clock's grain
            ratios.extend(np.abs(np.log(seconds[timed] / table.fit_seconds[row][timed])))
    return {
        "interval_coverage": float(np.mean(covered)),
        "score_error": float(np.median(errors)),
        "score_error_of_mean": float(np.median(baseline)),
        "time_factor_median": float(np.exp(np.median(ratios))),
    }


def print_result(task: str, result: dict[str, Any]) -> None:
    """The table as people read it."""
    print(
        f"\n{task}: {result['n_datasets']} data sets of {result['n_families']} families, "
        f"{result['n_configurations']} configurations, {result['metric']}"
    )
    print(f"{'method':<28}" + "".join(f"{f'at {at}':>9}{'difference to portfolio':>30}" for at in AT))
    for name, summary in sorted(result["methods"].items(), key=lambda item: -item[1]["1"]["regret"]):
        cells = [summary[str(at)] for at in AT]
        print(
            f"{name:<28}"
            + "".join(
                f"{cell['regret']:>9.4f}"
                + f"{cell['difference']:+.4f} [{cell['interval'][0]:+.4f}, {cell['interval'][1]:+.4f}]".rjust(
                    30
                )
                for cell in cells
            )
        )
    print("forecasts:", ", ".join(f"{name} {value:.3f}" for name, value in result["forecasts"].items()))


def _rows(meta: MetaFeatureTable, rows: Any) -> MetaFeatureTable:
    ids = tuple(meta.dataset_ids[row] for row in rows)
    return MetaFeatureTable(meta.pack, meta.version, ids, meta.names, meta.values[rows])


def _row(meta: MetaFeatureTable, row: int) -> MetaFeatures:
    return MetaFeatures(meta.pack, meta.version, meta.names, meta.values[row])


if __name__ == "__main__":
    main()
