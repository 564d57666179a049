"""How much past experience saves: warm starts against searching from scratch, on real past trials.

`python -m benchmarks.bench_warmstart run [--tables …] [--methods …] [--seeds N] [--trials N] [--tasks N]
[--jobs N]` plays problems × methods × seeds and appends one JSON line a cell to
`benchmarks/.runs/warmstart.jsonl`; what is there is not run again, so that it can be stopped at any time.
`python -m benchmarks.bench_warmstart analyse` prints the tables and writes
`benchmarks/results/bench_warmstart.json`; `plot` draws the curves. docs/benchmark-warmstart.md says what the
problems, the methods and the figures are.
"""

import argparse
import os
from pathlib import Path
from typing import Any

from benchmarks.environment import environment

RUNS = Path(__file__).parent / ".runs" / "warmstart.jsonl"
RESULT = Path(__file__).parent / "results" / "bench_warmstart.json"
IMAGE = Path(__file__).parents[1] / "docs" / "images" / "warmstart.png"


def main() -> None:
    """Run, analyse or plot."""
    options = parse()
    {"run": run, "analyse": analyse, "plot": plot}[options.command](options)


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--file", type=Path, default=RUNS, help="where the cells are")
    commands = parser.add_subparsers(dest="command", required=True)
    play = commands.add_parser("run", help="play what is not in the file yet")
    play.add_argument("--tables", nargs="+", help="names or their beginnings (hpob); all if left out")
    play.add_argument("--methods", nargs="+", help="names; all if left out")
    play.add_argument("--seeds", type=int, help="at most so many")
    play.add_argument("--trials", type=int, help="at most so many")
    play.add_argument("--tasks", type=int, help="at most so many data sets of each table, drawn at random")
    play.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes")
    play.add_argument("--plan", action="store_true", help="only say how much is left to do")
    judge = commands.add_parser("analyse", help="print the tables and write the results")
    judge.add_argument("--out", type=Path, default=RESULT)
    drawn = commands.add_parser("plot", help="draw regret curves")
    drawn.add_argument("--out", type=Path, default=IMAGE)
    return parser.parse_args(arguments)


def run(options: argparse.Namespace) -> None:
    """Play the cells that are missing."""
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(variable, "1")  # before NumPy is loaded: a process is one thread
    from benchmarks.warmstart import runner
    from benchmarks.warmstart.methods import METHODS
    from benchmarks.warmstart.tables import TABLES

    tables = [name for name in TABLES if not options.tables or name.startswith(tuple(options.tables))]
    unknown = set(options.methods or ()) - set(METHODS)
    if unknown or not tables:
        raise SystemExit(f"methods are {', '.join(METHODS)}; tables are {', '.join(TABLES)}")
    work = list(
        runner.plan(
            tables,
            options.methods or METHODS,
            n_seeds=options.seeds,
            n_trials=options.trials,
            n_tasks=options.tasks,
        )
    )
    if options.plan:
        left = runner.undone(work, options.file)
        print(f"{sum(len(one.seeds) for one in left)} of {sum(len(one.seeds) for one in work)} cells to play")
        return
    runner.run(work, options.file, jobs=options.jobs, commit=str(environment()["commit"]))


def analyse(options: argparse.Namespace) -> None:
    """Print every group, and write the figures."""
    from benchmarks.warmstart import report

    cells = all_cells(options.file)
    summaries = {
        name: report.summarise(curves, is_space=name.startswith("hpob_"))
        for name, curves in report.groups(cells).items()
    }
    for name, summary in summaries.items():
        if not name.startswith("hpob_"):
            print(report.markdown(name, summary))
    commits = sorted({cell["commit"] for cell in cells} - {"published"})
    report.write(
        {
            "environment": environment(),
            "commits_of_cells": commits,
            "n_cells": len(cells),
            "groups": summaries,
        },
        options.out,
    )


def plot(options: argparse.Namespace) -> None:
    """Draw every group but the single spaces."""
    from benchmarks.warmstart.plots import draw
    from benchmarks.warmstart.report import groups

    shown = groups(all_cells(options.file))
    draw({name: curves for name, curves in shown.items() if not name.startswith("hpob_")}, options.out)


def all_cells(file: Path) -> list[dict[str, Any]]:
    """The cells that were run, and the published ones if there are any of HPO-B."""
    from benchmarks.warmstart.published import published_cells
    from benchmarks.warmstart.runner import current, read_cells

    cells = current(read_cells(file))
    return cells + (published_cells() if any(cell["table"].startswith("hpob_") for cell in cells) else [])


if __name__ == "__main__":
    main()
