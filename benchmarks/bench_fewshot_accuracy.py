"""How well every few-shot learner does on Omniglot, beside its paper's figures.

    python -m benchmarks.bench_fewshot_accuracy run --seconds 120    # resumes; one line a training in .runs
    python -m benchmarks.bench_fewshot_accuracy measure              # what was trained once more
    python -m benchmarks.bench_fewshot_accuracy table                # the tables, and
    results/fewshot_accuracy.json

Protocol: 28 × 28, ink 1, rotations as classes, and two splits: Vinyals' lists (4,112 classes to train,
    688 to validate, 1,692 to test), which the metric papers share, and 1,150 + 50 random characters
    against 423, as in the others. Nothing is chosen on the test classes: the last weights are measured,
    over 600 episodes. Learners by gradients have as many queries a class as shots, as Finn et al. 2017
    have, all others five; and because batch statistics of queries tell of the other queries, learners by
    gradients are measured with five queries and with the support set's statistics, too. A learner whose
    way is free is trained once, with 20 ways and 1 shot, and measured on all four rows; the others are
    trained once for each way, with 1 shot (10 for Reptile), and measured on 1 and 5 shots; with 20 ways
    they begin with the weights that 5 ways left, but for those of another shape, and take one inner step.
    Siamese and matching networks with context, and learners with a memory, begin with the embedding that
    the Prototypical networks of the table have left, iMAML and Reptile with that of another one with strides;
    MANN has the embedding of Conv-4 where its paper has pixels.
    The papers train one model a row, for hours; here every training gets CPU seconds, said in the table,
    and the schedule is cut to fit.
"""

import argparse
import json
import re
from copy import deepcopy
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import torch

from autometa.devices import make_generator, resolve_device
from autometa.fewshot import EpisodeSampler, train
from autometa.fewshot.catalogue import build, entry
from autometa.fewshot.data.class_data import ClassData
from autometa.fewshot.data.recognise import open_data
from autometa.fewshot.evaluation import evaluate
from autometa.fewshot.learner import FewShotLearner
from autometa.fewshot.plan import TrainingPlan
from benchmarks.environment import environment
from benchmarks.fewshot_accuracy_table import SUPPORT, written_table
from benchmarks.fewshot_recipes import SPLITS, Recipe, recipes

HERE = Path(__file__).parent
OMNIGLOT = HERE.parent / "../shared/data/omniglot/omniglot.npz"
WEIGHTS = HERE / ".runs/fewshot_weights"
CELLS, RESULT = HERE / ".runs/fewshot_accuracy.jsonl", HERE / "results/fewshot_accuracy.json"
N_TEST, N_QUERY = 600, 5
N_TIMED = 3  # steps, after one that warms up
EMBEDDING = re.compile(r"^(network\.backbone|embedding\.network\.0|backbone|body)\.")


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("run", "measure", "table"))
    parser.add_argument("--data", type=Path, default=OMNIGLOT)
    parser.add_argument("--learners", nargs="+", help="all if left out")
    parser.add_argument("--splits", nargs="+", default=SPLITS, choices=SPLITS)
    parser.add_argument("--ways", nargs="+", type=int, default=(5, 20), help="of the learners of a fixed way")
    parser.add_argument(
        "--seconds", type=float, default=120.0, help="CPU (or GPU wall) seconds of a training"
    )
    parser.add_argument("--whole", action="store_true", help="the learner's own schedule, however long")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.what == "table":
        print(written_table(cells(), RESULT))
        return
    if not arguments.data.exists():
        raise SystemExit(f"no Omniglot at {arguments.data}; give it with --data")
    {"run": run, "measure": measure_again}[arguments.what](arguments)


def run(arguments: argparse.Namespace) -> None:
    """Train and measure whatever is not in the file yet."""
    device = resolve_device(arguments.device)
    opened = {split: open_data(arguments.data, split=split) for split in arguments.splits}
    seconds = None if arguments.whole else arguments.seconds
    done = {(cell["name"], cell["seconds"], cell["seed"]) for cell in cells()}
    for recipe in recipes():
        key = (recipe.name, seconds, arguments.seed)
        if key in done or not is_asked(recipe, arguments):
            continue
        parts = opened[recipe.split]
        cell = measure(
            recipe, parts.train.to(device), parts.test.to(device), seconds=seconds, seed=arguments.seed
        )
        keep(cell)


def is_asked(recipe: Recipe, arguments: argparse.Namespace) -> bool:
    """True unless the command line leaves it out."""
    is_free = recipe.tests[0][0] != recipe.tests[-1][0]
    return (
        (not arguments.learners or recipe.learner in arguments.learners)
        and recipe.split in arguments.splits
        and (is_free or recipe.way in arguments.ways)
    )


def cells() -> list[dict[str, Any]]:
    """What was measured so far."""
    return [json.loads(line) for line in CELLS.read_text().splitlines()] if CELLS.exists() else []


def measure(
    recipe: Recipe, classes: ClassData, test_classes: ClassData, *, seconds: float | None, seed: int
) -> dict[str, Any]:
    """Train one learner, and measure it on its rows."""
    device = classes.examples.device
    sampler, learner = begun(recipe, classes, seed=seed)
    if recipe.start is not None:
        begin_with(learner, WEIGHTS / f"{recipe.start} {seed}.pt")
    plan = replace(learner.default_plan(sampler.shape), **recipe.plan, validate_every=0)
    if seconds is not None:
        plan = fitted(plan, learner, sampler, seconds)
    before = clock(device)
    train(learner, sampler, plan=plan, seed=seed)
    spent = clock(device) - before
    WEIGHTS.mkdir(parents=True, exist_ok=True)
    torch.save(learner.state_dict(), WEIGHTS / f"{recipe.name} {seed}.pt")
    return {
        "name": recipe.name,
        "learner": recipe.learner,
        "recipe": asdict(recipe),
        "plan": asdict(plan),
        "seconds": seconds,
        "seed": seed,
        "spent_seconds": spent,
        **measured(learner, recipe, test_classes, seed=seed),
    }


def begun(recipe: Recipe, classes: ClassData, *, seed: int) -> tuple[EpisodeSampler, FewShotLearner]:
    """The training's episodes, and a fresh learner for them."""
    generator = make_generator(seed, classes.examples.device)
    sampler = EpisodeSampler(
        classes, way=recipe.way, shot=recipe.shot, query=recipe.query, generator=generator
    )
    learner = build(recipe.learner, sampler.shape, seed=seed, settings=recipe.settings)
    return sampler, learner.to(classes.examples.device)


def measured(
    learner: FewShotLearner, recipe: Recipe, test_classes: ClassData, *, seed: int
) -> dict[str, Any]:
    """What a trained learner does on its rows; those by gradients under other conditions, too."""
    accuracy, asides = {}, {}
    is_gradient = entry(recipe.learner).family == "gradient"
    for way, shot in recipe.tests:
        row = f"{way}-way {shot}-shot"
        n_query = shot if is_gradient else N_QUERY
        accuracy[row] = on_test_classes(learner, test_classes, way, shot, n_query, seed=seed)
        if learner.is_transductive and is_gradient and way == 5:
            other = {} if n_query == N_QUERY else {"five queries": N_QUERY}
            asides[row] = {
                name: on_test_classes(learner, test_classes, way, shot, number, seed=seed)
                for name, number in other.items()
            }
            learner.is_inductive = True
            asides[row][SUPPORT] = on_test_classes(learner, test_classes, way, shot, n_query, seed=seed)
            learner.is_inductive = False
    return {
        "is_transductive": learner.is_transductive,
        "accuracy": accuracy,
        "asides": asides,
        "environment": environment(),
    }


def on_test_classes(
    learner: FewShotLearner, classes: ClassData, way: int, shot: int, query: int, *, seed: int
) -> dict[str, Any]:
    """Mean accuracy and half its interval; the same episodes for all learners."""
    device = classes.examples.device
    learner.generator = make_generator(seed + 1, device)
    tests = EpisodeSampler(
        classes, way=way, shot=shot, query=query, generator=make_generator(seed + 2, device)
    )
    found = evaluate(learner, tests, N_TEST)
    return {"mean": found.mean, "ci95": found.ci95, "n_query": query}


def measure_again(arguments: argparse.Namespace) -> None:
    """Measure the latest weights of each training anew, after a change of the protocol."""
    device = resolve_device(arguments.device)
    opened = {split: open_data(arguments.data, split=split) for split in arguments.splits}
    latest = {cell["name"]: cell for cell in cells()}
    for recipe in recipes():
        file, cell = WEIGHTS / f"{recipe.name} {arguments.seed}.pt", latest.get(recipe.name)
        if cell is None or not file.exists() or not is_asked(recipe, arguments):
            continue
        parts = opened[recipe.split]
        _, learner = begun(recipe, parts.train.to(device), seed=arguments.seed)
        learner.load_state_dict(torch.load(file, weights_only=True))
        keep(cell | measured(learner, recipe, parts.test.to(device), seed=arguments.seed))


def keep(cell: dict[str, Any]) -> None:
    """One more line of the file, and on the screen."""
    CELLS.parent.mkdir(exist_ok=True)
    with CELLS.open("a") as file:
        file.write(json.dumps(cell) + "\n")
    print(cell["name"], json.dumps(cell["accuracy"]), f"{cell['spent_seconds']:.0f} s", flush=True)


def begin_with(learner: FewShotLearner, file: Path) -> None:
    """Take over the weights of this file that have the same place in their learner, and the same shape.

    An embedding has the same place in all learners.
    """
    if not file.exists():
        raise SystemExit(f"no weights at {file}; train what it is named after first")
    trained = {
        EMBEDDING.sub("embedding.", name): value
        for name, value in torch.load(file, weights_only=True).items()
    }
    own = learner.state_dict()
    places = {name: trained.get(EMBEDDING.sub("embedding.", name)) for name in own}
    fitting = {
        name: value for name, value in places.items() if value is not None and value.shape == own[name].shape
    }
    learner.load_state_dict(own | fitting)


def fitted(
    plan: TrainingPlan, learner: FewShotLearner, sampler: EpisodeSampler, seconds: float
) -> TrainingPlan:
    """The plan with as many steps as fit into the seconds, by a few timed on a copy; its decay keeps pace."""
    copied, state = deepcopy(learner), sampler.generator.get_state()
    device = sampler.generator.device
    short = replace(plan, n_steps=1, checkpoint_every=1)
    train(copied, sampler, plan=short)
    before = clock(device)
    train(copied, sampler, plan=replace(short, n_steps=N_TIMED))
    n_steps = max(10, int(seconds * N_TIMED / (clock(device) - before)))
    sampler.generator.set_state(state)
    for part, kept in zip(learner.buffers(), copied.buffers(), strict=True):
        if part.ndim == 0 and not part.is_floating_point():
            part.copy_(kept)  # the number of episodes at once that was found
    share = n_steps / plan.n_steps
    return replace(plan, n_steps=n_steps, decay_every=max(1, int(plan.decay_every * share)))


def clock(device: torch.device) -> float:
    """CPU seconds of this process; wall seconds on a GPU."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
        return perf_counter()
    return process_time()


if __name__ == "__main__":
    main()
