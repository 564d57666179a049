"""How fast episodes are drawn and learned from, beside the libraries there are; one thread, CPU time.

`python -m benchmarks.bench_episodes [--rounds 5] [--no-compile] [--data omniglot.npz] [--out FILE]`

All methods of a contest run in this process, turn by turn, each long enough for the clock; a ratio is the
median over the turns, with a 95 % bootstrap interval. Peers (`pip install torchopt higher easyfsl
learn2learn`) are no dependencies: what cannot be imported is named and left out. Conv-4 has 64 filters and
max-pooling everywhere. Prototypical networks come first, as in a training's own process: what other
contests leave of the memory allocator's state changes their ratios. GFLOP/s count the operations of the
plain loop, and stand beside what a matrix product reaches here.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from autometa.devices import make_generator
from autometa.fewshot import Episodes
from autometa.fewshot.data.sinusoids import SinusoidSampler
from autometa.fewshot.episodes import RegressionEpisodes
from benchmarks.environment import environment
from benchmarks.episode_loaders import N_EPISODES, loader_methods
from benchmarks.episode_methods import (
    Method,
    is_here,
    maml_methods,
    our_maml,
    prototypical_methods,
    same_answers,
)

PEERS = ("torchopt", "higher", "easyfsl.methods", "learn2learn")
DATA = Path("../shared/data/omniglot/omniglot.npz")
RESULT = Path(__file__).parent / "results" / "bench_episodes.json"
N_MEMORY = 5  # processes
LEAST = 0.12  # CPU seconds of one method's turn
CONV_SHAPES = ((1, 1, 4), (1, 1, 16), (1, 1, 32), (1, 5, 4), (15, 1, 4))  # queries, steps, meta-batch


def main() -> None:
    """Run all contests, print, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-compile", action="store_true")
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--out", type=Path, default=RESULT)
    parser.add_argument("--memory", type=int, help="only say how much memory so many inner steps take")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.memory:
        print(memory_of(options.memory))
        return
    torch.manual_seed(0)
    missing = [name for name in PEERS if not is_here(name)]
    print(f"left out, cannot be imported: {', '.join(missing) or 'none'}")
    start = time.process_time()
    versions = {name: version(name) for name in ("torchopt", "higher", "easyfsl") if is_here(name)}
    result: dict[str, Any] = {"missing": missing, "peers": versions, "matmul_gflops": matmul_peak()}
    result["contests"] = contests(options, result["matmul_gflops"])
    result["memory"] = memory()
    result["same_answers"] = same_answers(images(5, 4))
    result["cpu_seconds"] = time.process_time() - start
    print(json.dumps({name: result[name] for name in ("memory", "same_answers", "cpu_seconds")}, indent=1))
    setting = {"rounds": options.rounds, "seconds_a_turn": LEAST, "threads": 1, "seed": 0}
    text = json.dumps({"environment": environment(), "setting": setting, **result}, indent=1)
    options.out.write_text(text + "\n", encoding="utf-8")


def contests(options: argparse.Namespace, peak: float) -> dict[str, Any]:
    """Name → what `contest` found."""
    found = {}
    for n_query, size in ((15, 1), (15, 2), (1, 4)):
        name = f"Prototypical 5-way 1-shot, {n_query} query, {size} at once"
        methods = prototypical_methods(images(n_query, size))
        found[name] = contest(name, methods, size, options.rounds, peak, referee="easyfsl")
    for n_steps in (1, 5):
        tasks = sinusoids(25)
        methods = maml_methods(tasks, n_steps=n_steps, rate=0.01)
        if not options.no_compile:
            methods["autometa compiled"] = our_maml(tasks, n_steps=n_steps, rate=0.01, is_compiled=True)
        name = f"sinusoid MAML, {n_steps} steps, 25 tasks"
        found[name] = contest(name, methods, 25, options.rounds, peak)
    for n_query, n_steps, size in CONV_SHAPES:
        methods = maml_methods(images(n_query, size), n_steps=n_steps, rate=0.4)
        name = f"Conv-4 MAML, {n_query} query, {n_steps} steps, {size} tasks"
        found[name] = contest(name, methods, size, options.rounds, peak)
    if options.data.exists():
        with loader_methods(options.data) as methods:
            name = "sampling 5-way 1-shot 15-query"
            found[name] = contest(
                name, methods, N_EPISODES, options.rounds, None, referee="images from files"
            )
    else:
        print(f"no {options.data}: sampling left out")
    return found


def contest(
    name: str,
    methods: dict[str, Method],
    n_units: int,
    n_rounds: int,
    peak: float | None,
    *,
    referee: str = "plain loop",
) -> dict[str, Any]:
    """Rates of all methods, and ratios of ours to all others."""
    for method in methods.values():
        method()
    rates = np.array([[turn(method, n_units) for method in methods.values()] for _ in range(n_rounds)])
    by_name = dict(zip(methods, rates.T, strict=True))
    found: dict[str, Any] = {"per_cpu_second": {one: float(np.median(r)) for one, r in by_name.items()}}
    ours = [one for one in methods if one.startswith("autometa")]
    found["ratios"] = {
        f"{one} / {other}": ratio(by_name[one] / by_name[other])
        for one in ours
        for other in methods
        if not other.startswith("autometa")
    }
    if peak is not None:
        reference = referee if referee in methods else "autometa"
        work = flops(methods[reference]) / n_units
        found["mflop_a_unit"] = work / 1e6
        found["gflops"] = {one: work * rate / 1e9 for one, rate in found["per_cpu_second"].items()}
    report(name, found)
    return found


def turn(method: Method, n_units: int) -> float:
    """Units a CPU second."""
    n_calls, before = 0, time.process_time()
    while (spent := time.process_time() - before) < LEAST:
        method()
        n_calls += 1
    return n_calls * n_units / spent


def ratio(values: np.ndarray) -> dict[str, Any]:
    """Median over the turns and its 95 % bootstrap interval."""
    draws = np.random.default_rng(0).choice(values, (2000, len(values)))
    low, high = np.quantile(np.median(draws, axis=1), [0.025, 0.975])
    return {"median": float(np.median(values)), "interval": [float(low), float(high)]}


def report(name: str, found: dict[str, Any]) -> None:
    """A contest as people read it."""
    print(f"\n{name}")
    for method, rate in found["per_cpu_second"].items():
        speed = f"{found['gflops'][method]:8.1f} GFLOP/s" if "gflops" in found else ""
        print(f"  {method:<20}{rate:>12.1f} a CPU second{speed}")
    for pair, value in found["ratios"].items():
        low, high = value["interval"]
        print(f"    {pair:<40}{value['median']:8.2f} [{low:.2f}, {high:.2f}]", flush=True)


def flops(method: Method) -> float:
    """Multiplications and additions of matrix products and convolutions of one call."""
    with FlopCounterMode(display=False) as counter:
        method()
    return float(counter.get_total_flops())


def matmul_peak() -> float:
    """GFLOP/s of a float32 matrix product of size 1024, the best of several."""
    left, best = torch.rand(1024, 1024), 0.0
    for _ in range(8):
        before = time.process_time()
        for _ in range(3):
            left @ left
        best = max(best, 3 * 2 * 1024**3 / (time.process_time() - before) / 1e9)
    print(f"matrix product: {best:.0f} GFLOP/s")
    return best


def images(n_query: int, n_episodes: int) -> Episodes:
    """5-way 1-shot episodes of noise in the size of Omniglot."""
    support = torch.rand((n_episodes, 5, 1, 1, 28, 28))
    return Episodes(support, torch.rand((n_episodes, 5, n_query, 1, 28, 28)))


def sinusoids(n_tasks: int) -> RegressionEpisodes:
    """Ten points to learn from, ten to answer."""
    return SinusoidSampler(shot=10, query=10, generator=make_generator(0)).sample(n_tasks)


def memory() -> dict[str, dict[str, float]]:
    """Growth of the peak at 1, 5 and 10 inner steps, in MB: medians of processes of their own.

    As processes are, and with an allocator that gives every larger block back at once (glibc's
    MALLOC_MMAP_THRESHOLD_), where the peak is what was really held, without holes between freed blocks.
    """
    return {
        "as it is": memory_growth({}),
        "without holes": memory_growth({"MALLOC_MMAP_THRESHOLD_": "16384"}),
    }


def memory_growth(variables: dict[str, str]) -> dict[str, float]:
    """MB by number of inner steps, with these variables in the environment."""
    found = {}
    for n_steps in (1, 5, 10):
        command = [sys.executable, "-m", "benchmarks.bench_episodes", "--memory", str(n_steps)]
        outputs = [
            subprocess.check_output(command, text=True, env=os.environ | variables) for _ in range(N_MEMORY)
        ]
        found[str(n_steps)] = float(np.median([float(one) for one in outputs]))
    return {**found, "ratio_10_to_1": found["10"] / found["1"]}


def memory_of(n_steps: int) -> float:
    """MB by which one step of Conv-4 MAML (8 tasks, 1 query, all at once) raises the peak of this process."""
    from autometa.fewshot import build
    from autometa.fewshot.episodes import EpisodeShape

    settings = {"n_inner_steps": n_steps, "n_at_once": 8, "backbone.downsampling": "max_pool"}
    learner = build("maml", EpisodeShape((1, 28, 28), 5, 1, 1), seed=0, settings=settings).train()
    episodes, before = images(1, 8), peak_memory()
    learner.training_step(episodes)
    return peak_memory() - before


def peak_memory() -> float:
    """MB that this process had at most; its ru_maxrss would begin with that of its parent."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    main()
