"""How many episodes a second a GPU learns from: whole training steps, launched, recorded, and task by task.

`python -m benchmarks.bench_gpu_episodes [--device cuda] [--seconds 3] [--data omniglot.npz]`

5-way 1-shot, Conv-4 of 64 filters, 28 × 28, data on the device: Prototypical networks with 15 queries a class
in bfloat16, and second-order MAML with one step and one query (strides, as in Finn et al. 2017). A step is
draws, gradient and Adam, timed by the wall after a few that warm up. *Recorded* is `cuda_graph`, *task by
task* has the learner adapt one episode after the other. On a processor it runs, too, on the smallest sizes,
and records nothing; the result is written on a GPU only, under the device's name.
"""

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import torch

from autometa.devices import make_generator, resolve_device
from autometa.fewshot import ClassData, EpisodeSampler, TrainingPlan, build, train
from autometa.fewshot.data.recognise import open_data
from autometa.fewshot.progress import StepReport
from benchmarks.environment import environment

HERE = Path(__file__).parent
OMNIGLOT = HERE.parent / "../shared/data/omniglot/omniglot.npz"
SIZES = {
    "cuda": {"prototypical": (16, 64, 256), "maml": (32, 256, 1024)},
    "cpu": {"prototypical": (1,), "maml": (4,)},
}
QUERIES = {"prototypical": 15, "maml": 1}
N_WARM = 10  # steps, the recording among them


class _TimeIsUpError(Exception):
    """The seconds are over."""


def main() -> None:
    """Time everything, print it, and keep it if there is a GPU."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--device", default="auto")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each contestant")
    parser.add_argument("--data", type=Path, default=OMNIGLOT)
    options = parser.parse_args()
    device = resolve_device(options.device)
    classes = characters(options.data).to(device)
    found = [
        {**contestant, "episodes_a_second": rate(classes, **contestant, seconds=options.seconds)}
        for contestant in contestants(device)
    ]
    for one in found:
        print(json.dumps(one))
    if device.type == "cuda":
        name = torch.cuda.get_device_name(device)
        file = HERE / "results" / f"gpu_episodes_{re.sub('[^a-z0-9]+', '_', name.lower())}.json"
        result = {"environment": environment(), "device": name, "found": found}
        file.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def characters(file: Path) -> ClassData:
    """Omniglot's training characters, or as many of noise: the time is the same."""
    if file.exists():
        found = open_data(file, split="random").train
        assert isinstance(found, ClassData)  # noqa: S101
        return found
    drawn = torch.randint(256, (4_600 * 20, 1, 28, 28), generator=make_generator(0), dtype=torch.uint8)
    return ClassData.of(drawn, [f"{number // 20:04d}" for number in range(len(drawn))])


def contestants(device: torch.device) -> Iterator[dict[str, Any]]:
    """Learner, episodes a step, and how its steps are run."""
    for learner, sizes in SIZES[device.type].items():
        for size in sizes:
            yield {"learner": learner, "size": size, "how": "launched"}
            if device.type == "cuda":
                yield {"learner": learner, "size": size, "how": "recorded"}
    yield {"learner": "maml", "size": SIZES[device.type]["maml"][0], "how": "task by task"}


def rate(classes: ClassData, *, learner: str, size: int, how: str, seconds: float) -> float:
    """Episodes a second of wall time."""
    device = classes.examples.device
    sampler = EpisodeSampler(
        classes, way=5, shot=1, query=QUERIES[learner], generator=make_generator(0, device)
    )
    settings = {"n_at_once": 1 if how == "task by task" else size} if learner == "maml" else {}
    made = build(learner, sampler.shape, seed=0, settings=settings).to(device)
    precision = "bfloat16" if learner == "prototypical" else "float32"
    plan = TrainingPlan(
        n_steps=10**9,
        n_episodes=size,
        precision=precision,
        cuda_graph=how == "recorded",
        validate_every=0,
        checkpoint_every=10**9,
        log_every=10**9,  # nothing is read from the device
    )
    began, n_done = 0.0, 0

    def watch(report: StepReport) -> None:
        nonlocal began, n_done
        if report.step == N_WARM:
            wait(device)
            began = perf_counter()
        if report.step > N_WARM and perf_counter() - began > seconds:
            n_done = report.step - N_WARM
            raise _TimeIsUpError

    try:
        train(made, sampler, plan=plan, callback=watch)
    except _TimeIsUpError:
        wait(device)
    return n_done * size / (perf_counter() - began)


def wait(device: torch.device) -> None:
    """Until the device has done what was launched."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


if __name__ == "__main__":
    main()
