"""What do probes add to suggestions for a data set never seen? Folds over families of the starter knowledge.

`python -m benchmarks.bench_probe [--tables DIR] [--out FILE]` compares the suggestions with and without
probes: mean normalised regret of the best among the first 1, 3, 5 and 10, with the paired difference to
`suggest` without probes and its 95 % bootstrap interval over families. Once with the scores on record
("stored": as if every probe were a full evaluation), and, where the tables are there, with scores on at most
500 rows ("real": what `suggest --probe` measures; kept in `.runs`, so that a second run is quick). Beside it
the error, coverage and width of the forecasts of the first five, and the time that probes take.

Real probes are measured with two seeds, over which the regrets are averaged. Everything was chosen on one
half of the families; "reported" is the other half.
"""

import argparse
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from autometa.dataset import FloatArray, TaskType
from autometa.metafeatures import MetaFeatureTable
from autometa.metrics import DEFAULT_METRIC, METRICS, RANGES
from autometa.similarity.disagreement import transfer_regret
from autometa.warmstart.portfolio import normalised_regret
from autometa.warmstart.probed_forecast import forecast_with_probes
from autometa.warmstart.probing import UNIT_FREE, Probe, choose_probes, observe
from autometa.warmstart.similarity_learning import experience_of
from autometa.warmstart.sources import DatasetInfo, PerformanceTable
from autometa_store.knowledge import StarterKnowledge, load_starter
from benchmarks.bench_suggest import AT, best_so_far, bootstrap_interval, family_folds, learned_weights
from benchmarks.environment import environment
from benchmarks.probe_methods import METHODS, N_SUGGESTIONS, ProbedCase, without_probe
from benchmarks.probe_scores import SETTING, ProbeScores

HERE = Path(__file__).parent
TABLES = HERE.parents[1] / "shared" / "data" / "tabular"
CACHE = HERE / ".runs" / "probe_scores.jsonl"
SEEDS, REFEREE, N_FORECAST = (0, 1), "without probe", 5
HALVES = ("chosen on", "reported")


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """A held-out data set.

    Attributes:
        row: of the table.
        sources: (k,) rows it may learn from.
        case: as the methods see it.
        probes: what was measured; stored scores as probes of all rows.
    """

    row: int
    sources: Any
    case: ProbedCase
    probes: tuple[Probe, ...]


def main() -> None:
    """Run on both tasks, print, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=Path, default=TABLES)
    parser.add_argument("--out", type=Path, default=HERE / "results" / "bench_probe.json")
    options = parser.parse_args()
    scores = [ProbeScores(options.tables, CACHE, seed=seed) for seed in SEEDS if options.tables.exists()]
    knowledge = load_starter()
    tasks = {str(task): evaluate(knowledge, task, scores) for task in TaskType}
    for task, result in tasks.items():
        print_result(task, result)
    setting = {"probes": SETTING, "seeds": SEEDS, "referee": REFEREE, "real": bool(scores)}
    text = json.dumps({"environment": environment(), "setting": setting, "tasks": tasks}, indent=1)
    options.out.write_text(text + "\n", encoding="utf-8")


def evaluate(knowledge: StarterKnowledge, task: TaskType, scores: list[ProbeScores]) -> dict[str, Any]:
    """Regrets and forecasts of both halves, with stored and with real probes."""
    table, infos = knowledge.performance(task, DEFAULT_METRIC[task]), knowledge.datasets(task)
    families = np.array([info.family for info in infos])
    halves = np.array([zlib.crc32(f"half{family}".encode()) % 2 for family in families])
    weights = learned_weights(experience_of(knowledge, task).examples, families)
    result: dict[str, Any] = {"metric": table.metric, "n_datasets": len(infos)}
    for kind, measured in (("stored", [None]), ("real", scores)):
        runs = [list(targets(table, infos, families, weights, one)) for one in measured]
        found = [target for run in runs for target in run]
        rows = set.intersection(*({target.row for target in run} for run in runs)) if runs else set()
        result[kind] = {"seconds": seconds_of(found)}
        for half, name in enumerate(HALVES) if rows else ():
            kept = sorted(row for row in rows if halves[row] == half)
            of_half = [target for target in found if target.row in kept]
            result[kind][name] = {
                "n_datasets": len(kept),
                "n_families": len(set(families[kept])),
                "methods": regrets_of(of_half, kept, table, infos, families),
                "forecasts": forecasts_of(of_half, knowledge, task, infos) if kind == "real" else {},
            }
    return result


def targets(
    table: PerformanceTable,
    infos: list[DatasetInfo],
    families: Any,
    weights: dict[int, FloatArray],
    scores: ProbeScores | None,
) -> Iterator[Target]:
    """Every data set once, held out with its whole fold; those with fewer than two probes are left out."""
    regrets = _regrets(table, infos)
    disagreement = transfer_regret(regrets)
    names = [candidate.learner for candidate in table.candidates]
    learners = np.unique(names, return_inverse=True)[1].astype(float)
    rng = np.random.default_rng(0)
    for train, test in family_folds(families):
        for row in map(int, test):
            chosen = choose_probes(
                regrets[train], weights[row], names, seconds=np.zeros(len(names)), time_budget=np.inf
            )
            probes = _probes(table, infos[row], row, chosen, scores)
            seen = observe(table, probes)
            columns = [int(column) for column in seen.columns]
            if len(columns) > 1:
                case = ProbedCase(
                    regrets=regrets[train],
                    gains=table.gains[train],
                    weights=weights[row],
                    learners=learners,
                    probes=columns,
                    observed=seen.gains,
                    shuffled=table.gains[rng.choice(train), columns],
                    true_disagreement=disagreement[row, train],
                )
                yield Target(row, train, case, tuple(probes))


def _probes(
    table: PerformanceTable, info: DatasetInfo, row: int, chosen: list[int], scores: ProbeScores | None
) -> list[Probe]:
    candidates = [table.candidates[index] for index in chosen]
    if scores is not None:
        return scores.probes(info, candidates)
    stored = [{table.metric: float(table.scores[row, index])} for index in chosen]
    return [Probe(one, score, 0.0, info.n_rows) for one, score in zip(candidates, stored, strict=True)]


def regrets_of(
    found: list[Target], rows: list[int], table: PerformanceTable, infos: list[DatasetInfo], families: Any
) -> dict[str, Any]:
    """By method, the regret at 1, 3, 5, 10 and their mean, and the differences to the referee.

    A data set that was probed with several seeds counts once, with the mean of its regrets.
    """
    regrets, place = _regrets(table, infos), {row: index for index, row in enumerate(rows)}
    times = np.bincount([place[target.row] for target in found])
    curves = {name: np.zeros((len(rows), N_SUGGESTIONS)) for name in METHODS}
    for target in found:
        for name, method in METHODS.items():
            curves[name][place[target.row]] += best_so_far(regrets[target.row], method(target.case))
    curves = {name: curve / times[:, None] for name, curve in curves.items()}
    return {name: _summary(curve, curves[REFEREE], families[rows]) for name, curve in curves.items()}


def _summary(curve: FloatArray, referee: FloatArray, families: Any) -> dict[str, Any]:
    columns = [at - 1 for at in AT]
    parts = {str(at): (curve[:, at - 1], referee[:, at - 1]) for at in AT}
    parts["mean"] = curve[:, columns].mean(axis=1), referee[:, columns].mean(axis=1)
    return {
        name: {
            "regret": float(own.mean()),
            "difference": float((own - other).mean()),
            "interval": list(bootstrap_interval(own - other, families)),
            "share_worse": float((own > other + 1e-9).mean()),
        }
        for name, (own, other) in parts.items()
    }


def forecasts_of(
    found: list[Target], knowledge: StarterKnowledge, task: TaskType, infos: list[DatasetInfo]
) -> dict[str, Any]:
    """By metric, how far the forecasts of the first five suggestions are off, with and without probes."""
    meta = knowledge.meta_features(task)
    metrics = [metric for metric in METRICS[task] if metric not in UNIT_FREE]
    return {
        metric: {
            name: _forecast_errors(found, knowledge.performance(task, metric), meta, infos, is_probed)
            for name, is_probed in (("without probe", False), ("probe", True))
        }
        for metric in metrics
    }


def _forecast_errors(
    found: list[Target],
    table: PerformanceTable,
    meta: MetaFeatureTable,
    infos: list[DatasetInfo],
    is_probed: bool,
) -> dict[str, float]:
    errors, covered, widths = [], [], []
    for target in found:
        chosen = without_probe(target.case)[:N_FORECAST]
        forecast = forecast_with_probes(
            meta.values[target.sources],
            meta.values[target.row],
            table.scores[target.sources],
            chosen=chosen,
            observed=observe(table, target.probes if is_probed else ()),
            n_rows=infos[target.row].n_rows,
        ).clipped(*RANGES[table.metric])
        truth = table.scores[target.row, chosen]
        errors.append(np.abs(truth - forecast.expected).mean())
        covered.append(((truth >= forecast.low) & (truth <= forecast.high)).mean())
        widths.append((forecast.high - forecast.low).mean())
    return {
        "error_mean": float(np.mean(errors)),
        "error_median": float(np.median(errors)),
        "coverage": float(np.mean(covered)),
        "width_median": float(np.median(widths)),
    }


def seconds_of(found: list[Target]) -> dict[str, float]:
    """Wall seconds of the probes of a table together, without the start of a process."""
    totals = [sum(probe.seconds for probe in target.probes) for target in found] or [float("nan")]
    return {"median": float(np.median(totals)), "q90": float(np.quantile(totals, 0.9)), "max": max(totals)}


def print_result(task: str, result: dict[str, Any]) -> None:
    """The tables as people read them."""
    for kind in ("stored", "real"):
        for half in HALVES if HALVES[0] in result[kind] else ():
            part = result[kind][half]
            size = f"{part['n_datasets']} data sets, {part['n_families']} families"
            print(f"\n{task}, {kind} probes, {half}: {size}")
            for name, summary in part["methods"].items():
                mean = summary["mean"]
                low, high = mean["interval"]
                cells = "".join(f"{summary[str(at)]['regret']:>9.4f}" for at in AT)
                print(f"{name:<20}{cells}   mean {mean['difference']:+.4f} [{low:+.4f}, {high:+.4f}]")
            for metric, pair in part["forecasts"].items():
                for name, errors in pair.items():
                    values = ", ".join(f"{key} {value:.3f}" for key, value in errors.items())
                    print(f"  forecast of {metric}, {name}: {values}")
    if HALVES[0] in result["real"]:
        print(f"seconds of the probes of a table: {result['real']['seconds']}")


def _regrets(table: PerformanceTable, infos: list[DatasetInfo]) -> FloatArray:
    return normalised_regret(table, np.array([info.n_classes for info in infos], dtype=float))


if __name__ == "__main__":
    main()
