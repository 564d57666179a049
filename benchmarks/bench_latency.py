"""How long `autometa suggest` takes on a 10,000 x 50 CSV, next to only importing pandas and reading the file.

`python -m benchmarks.bench_latency` runs both in fresh processes, turn by turn, and prints wall and CPU
seconds and their ratios. The baseline is `python -c "import pandas, sklearn.tree; pandas.read_csv(FILE)"`.
"""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from benchmarks.environment import environment

N_ROWS, N_COLUMNS, REPEATS, SEED = 10_000, 50, 9, 0
RESULT = Path(__file__).parent / "results" / "latency.json"


def main() -> None:
    """Measure, print, and write the result."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "table.csv"
        write_table(file)
        read = f"import pandas, sklearn.tree; pandas.read_csv({str(file)!r})"
        commands = {
            "baseline": [sys.executable, "-c", read],
            "suggest": [sys.executable, "-m", "autometa_cli", "suggest", str(file)],
        }
        os.environ["XDG_DATA_HOME"] = folder  # no store of the user's: the first run on a machine
        times = {name: np.zeros((REPEATS, 2)) for name in commands}
        for repeat in range(-1, REPEATS):  # the first turn warms the disk cache and is not counted
            for name, command in commands.items():
                measured = run(command)
                if repeat >= 0:
                    times[name][repeat] = measured
    result = {"rows": N_ROWS, "columns": N_COLUMNS, "repeats": REPEATS, "seed": SEED}
    for index, clock in enumerate(("wall", "cpu")):
        ratio = times["suggest"][:, index] / times["baseline"][:, index]
        result[clock] = {
            "suggest_seconds": float(np.median(times["suggest"][:, index])),
            "baseline_seconds": float(np.median(times["baseline"][:, index])),
            "ratio": float(np.median(ratio)),
            "ratio_range": [float(ratio.min()), float(ratio.max())],
        }
        print(clock, result[clock])
    RESULT.write_text(json.dumps({"environment": environment(), **result}, indent=1) + "\n", encoding="utf-8")


def write_table(file: Path) -> None:
    """A two-class table of numbers, some missing."""
    rng = np.random.default_rng(SEED)
    values = rng.normal(size=(N_ROWS, N_COLUMNS))
    frame = pd.DataFrame(values, columns=[f"x{i}" for i in range(N_COLUMNS)])
    frame = frame.mask(rng.uniform(size=frame.shape) < 0.01)
    frame["label"] = np.where(values[:, 0] + values[:, 1] ** 2 > 1, "yes", "no")
    frame.to_csv(file, index=False)


def run(command: list[str]) -> tuple[float, float]:
    """Wall and CPU seconds of one process."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
