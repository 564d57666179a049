"""Learned optimizers: how low they bring the loss beside tuned hand-made ones, and how fast they are trained.

`python -m benchmarks.bench_learned_optimizers train|quality|speed [--folder DIR] [--rounds 7] [--out FILE]`

`train` meta-trains (CPU minutes, interruptible, goes on where it stopped), `quality` tests on fresh tasks,
`speed` unrolls beside two referees in the same process, turn by turn; one thread, CPU time. Each part writes
its own section of the result with the environment that it was measured in.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks import optimizer_unrolls
from benchmarks.environment import environment
from benchmarks.optimizer_quality import HORIZON, SEEDS, Contest, contests, measure, train

RESULT = Path(__file__).parent / "results" / "learned_optimizers.json"
FOLDER = Path("build/learned_optimizers")


def main() -> None:
    """Run one part, print, and write its section of the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=["train", "quality", "speed"])
    parser.add_argument("--only", choices=list(contests()))
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--out", type=Path, default=RESULT)
    options = parser.parse_args()
    torch.set_num_threads(1)
    chosen = {name: one for name, one in contests().items() if options.only in (None, name)}
    if options.part == "train":
        for name, contest in chosen.items():
            for seed in SEEDS:
                train_one(f"{name}-{seed}", contest, options.folder, seed=seed)
    elif options.part == "quality":
        for name, contest in chosen.items():
            write(options.out, name, quality(name, contest, options.folder))
    else:
        write(options.out, "speed", speed(options.rounds))


def train_one(name: str, contest: Contest, folder: Path, *, seed: int) -> None:
    before = time.process_time()
    train(contest, folder / name, seed=seed)
    print(f"{name}: {time.process_time() - before:.0f} CPU seconds since it was started", flush=True)


def quality(name: str, contest: Contest, folder: Path) -> dict[str, Any]:
    """Measured and printed."""
    found = measure(contest, [folder / f"{name}-{seed}" for seed in SEEDS])
    for family in ("training family", *contest.elsewhere):
        print(f"\n{name}, {family}: mean loss")
        for method, losses in found[family]["losses"].items():
            cells = "".join(f"{value['mean']:>12.4g}" for value in losses.values())
            print(f"  {method:<10}{cells}")
        for step, differences in found[family]["loss_below"].items():
            for pair, value in differences.items():
                low, high = value["interval"]
                print(f"    {pair:<24} at {step}: {value['mean']:.3f} [{low:.3f}, {high:.3f}]")
    print(f"trained for {HORIZON} steps", flush=True)
    return found


def speed(n_rounds: int) -> dict[str, Any]:
    """Steps a CPU second of all ways to unroll, their ratios, and GFLOP/s beside a matrix product's."""
    methods, flops = optimizer_unrolls.methods(), optimizer_unrolls.flops_a_step()
    for method in methods.values():
        method()
    peaks, rates = [], {name: [] for name in methods}
    for _ in range(n_rounds):
        peaks.append(matmul_gflops())
        for name, method in methods.items():
            rates[name].append(optimizer_unrolls.N_STEPS / cpu_seconds(method))
    ours = np.array(rates["autometa"])
    found = {
        "steps_a_cpu_second": {name: float(np.median(values)) for name, values in rates.items()},
        "ratios": {name: ratio(ours / np.array(rates[name])) for name in methods if name != "autometa"},
        "mflop_a_step": flops / 1e6,
        "gflops": {name: float(np.median(values)) * flops / 1e9 for name, values in rates.items()},
        "matmul_gflops": float(np.median(peaks)),
        "disagreement_of_meta_gradients": optimizer_unrolls.disagreement(),
    }
    print(json.dumps(found, indent=1))
    return found


def cpu_seconds(method: Callable[[], object]) -> float:
    before = time.process_time()
    method()
    return time.process_time() - before


def matmul_gflops() -> float:
    """Of a float32 matrix product of size 1024."""
    left = torch.rand(1024, 1024)
    return 4 * 2 * 1024**3 / cpu_seconds(lambda: [left @ left for _ in range(4)]) / 1e9


def ratio(values: np.ndarray) -> dict[str, Any]:
    """Median over the turns and its 95 % bootstrap interval."""
    draws = np.random.default_rng(0).choice(values, (2000, len(values)))
    low, high = np.quantile(np.median(draws, axis=1), [0.025, 0.975])
    return {"median": float(np.median(values)), "interval": [float(low), float(high)]}


def write(path: Path, section: str, found: dict[str, Any]) -> None:
    """Replace one section of the result."""
    whole = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    whole[section] = {"environment": environment(), **found}
    path.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
