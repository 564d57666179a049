"""CPU seconds and memory of the 107 core meta-features, next to pymfe's default, in turns in the same run.

    python benchmarks/bench_metafeatures.py --pymfe-python PATH    (an interpreter that has pymfe 0.4.4)

Every measurement is a fresh process: it makes the table, measures a small one to have everything imported,
and then takes `time.process_time` (all threads) of one call. Peak memory is what was
held at most during the process, beyond what was held just before the call.

Shapes: n rows, p numeric columns.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np

_ROOT = Path(__file__).parents[1]
_RESULT = _ROOT / "benchmarks" / "results" / "metafeatures.json"
PROBLEMS = {
    "iris": (150, 4),
    "10k x 20": (10_000, 20),
    "10k x 50": (10_000, 50),
    "100k x 100": (100_000, 100),
    "1M x 100": (1_000_000, 100),
}
AGAINST_PYMFE = ("iris", "10k x 20", "10k x 50")
_T_95 = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78, 6: 2.57, 7: 2.45, 8: 2.36, 9: 2.31, 10: 2.26}


def make_problem(name: str, seed: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Inputs (n, p), a third of the columns lognormal and the others normal, and three noisy classes (n,)."""
    if name == "iris":
        from sklearn.datasets import load_iris

        features, target = load_iris(return_X_y=True)
        return np.asfortranarray(features), target
    n, p = PROBLEMS[name]
    rng = np.random.default_rng(seed)
    x = np.empty((n, p), order="F")
    for j in range(p):
        x[:, j] = rng.normal(size=n)
        if j % 3 == 2:
            np.exp(x[:, j], out=x[:, j])
    signal = x[:, 0] + x[:, 1] - x[:, 2] + rng.normal(size=n)
    return x, np.digitize(signal, np.quantile(signal, (0.3, 0.7)))


def measure_autometa(name: str, seed: int) -> dict[str, float]:
    """One call of `extract` in this process."""
    sys.path.insert(0, str(_ROOT))
    from autometa.dataset import Column, ColumnKind, Dataset, TaskType
    from autometa.metafeatures import extract

    def dataset(x: Any, y: Any) -> Dataset:
        columns = tuple(Column(f"x{j}", ColumnKind.NUMERIC, is_float=True) for j in range(x.shape[1]))
        codes = np.empty((len(x), 0), dtype=np.int64)
        names = ("a", "b", "c")
        return Dataset(
            "bench", x, codes, y.astype(np.int64), TaskType.CLASSIFICATION, columns, class_names=names
        )

    extract(dataset(*make_problem("iris", seed)))
    table = dataset(*make_problem(name, seed))
    memory_before, start, wall = _held_mib(), time.process_time(), time.perf_counter()
    found = extract(table)
    seconds = {"cpu_s": time.process_time() - start, "wall_s": time.perf_counter() - wall}
    return {**seconds, "peak_mib": _peak_mib() - memory_before, "n_features": len(found.names)}


def measure_pymfe(name: str, seed: int) -> dict[str, float]:
    """One extraction of pymfe's default groups in this process."""
    import warnings

    from pymfe.mfe import MFE

    warnings.simplefilter("ignore")

    def extract(x: Any, y: Any) -> int:
        return len(MFE(random_state=seed).fit(x, y).extract()[0])

    extract(*make_problem("iris", seed))
    x, y = make_problem(name, seed)
    x = np.ascontiguousarray(x)
    memory_before, start, wall = _held_mib(), time.process_time(), time.perf_counter()
    n_features = extract(x, y)
    seconds = {"cpu_s": time.process_time() - start, "wall_s": time.perf_counter() - wall}
    return {**seconds, "peak_mib": _peak_mib() - memory_before, "n_features": n_features}


MEASURES = {"autometa": measure_autometa, "pymfe": measure_pymfe}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pymfe-python", default=sys.executable, help="interpreter that has pymfe")
    parser.add_argument("--repeats", type=int, default=5, help="seeds 0, 1, ...; from 2 to 10")
    parser.add_argument("--one", nargs=3, metavar=("METHOD", "PROBLEM", "SEED"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        method, problem, seed = arguments.one
        print(json.dumps(MEASURES[method](problem, int(seed))))
        return
    sys.path.insert(0, str(_ROOT))
    from benchmarks.environment import environment

    before = environment()
    rows = _all_rows(arguments.pymfe_python, arguments.repeats)
    summary = _summary(rows)
    report = {
        "what": "core meta-features against pymfe's default groups; CPU seconds of all threads",
        "pymfe": _pymfe_versions(arguments.pymfe_python),
        "environment": before,
        "summary": summary,
        "rows": rows,
    }
    _RESULT.write_text(json.dumps(report, indent=1) + "\n")
    for line in summary:
        print(line)


def _all_rows(pymfe_python: str, repeats: int) -> list[dict[str, Any]]:
    """One row per seed, problem and method; the methods take turns."""
    pythons = {"autometa": sys.executable, "pymfe": pymfe_python}
    rows = []
    for seed in range(repeats):
        for problem in PROBLEMS:
            for method in MEASURES:
                if method == "pymfe" and problem not in AGAINST_PYMFE:
                    continue
                command = [pythons[method], __file__, "--one", method, problem, str(seed)]
                answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
                measured = json.loads(answer.splitlines()[-1])
                rows.append({"method": method, "problem": problem, "seed": seed, **measured})
                print(rows[-1], file=sys.stderr, flush=True)
    return rows


def _summary(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Mean and 95 % interval of the CPU seconds, largest peak, and pymfe's time over ours, seed by seed."""
    summary = []
    for problem in PROBLEMS:
        cpu = {
            method: [row["cpu_s"] for row in rows if (row["method"], row["problem"]) == (method, problem)]
            for method in MEASURES
        }
        peak = max(
            row["peak_mib"] for row in rows if (row["method"], row["problem"]) == ("autometa", problem)
        )
        line = {"problem": problem, "autometa_cpu_s": _interval(cpu["autometa"]), "autometa_peak_mib": peak}
        if cpu["pymfe"]:
            ratios = [theirs / ours for theirs, ours in zip(cpu["pymfe"], cpu["autometa"], strict=True)]
            line |= {"pymfe_cpu_s": _interval(cpu["pymfe"]), "times_faster": _interval(ratios)}
        summary.append(line)
    return summary


def _interval(values: list[float]) -> dict[str, float]:
    """Mean and 95 % interval by Student's t."""
    half = _T_95[len(values)] * stdev(values) / len(values) ** 0.5
    center = mean(values)
    return {"mean": round(center, 4), "low": round(center - half, 4), "high": round(center + half, 4)}


def _pymfe_versions(python: str) -> dict[str, str]:
    code = (
        "import json; from importlib.metadata import version; "
        "print(json.dumps({p: version(p) for p in ('pymfe', 'numpy', 'scipy', 'scikit-learn')}))"
    )
    found: dict[str, str] = json.loads(subprocess.check_output([python, "-c", code], text=True))
    return found


def _held_mib() -> float:
    """Memory this process holds now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def _peak_mib() -> float:
    """Largest memory this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
