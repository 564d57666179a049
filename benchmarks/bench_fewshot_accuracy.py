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
from dataclasses import asdict, dataclass, field, replace
from itertools import product
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import torch

from autometa.devices import make_generator, resolve_device
from autometa.fewshot import EpisodeSampler, train
from autometa.fewshot.catalogue import LEARNERS, build, entry
from autometa.fewshot.data.class_data import ClassData
from autometa.fewshot.data.recognise import open_data
from autometa.fewshot.evaluation import evaluate
from autometa.fewshot.learner import FewShotLearner
from autometa.fewshot.plan import TrainingPlan
from benchmarks.environment import environment

HERE = Path(__file__).parent
OMNIGLOT = HERE.parent / "../shared/data/omniglot/omniglot.npz"
WEIGHTS = HERE / ".runs/fewshot_weights"
CELLS, RESULT = HERE / ".runs/fewshot_accuracy.jsonl", HERE / "results/fewshot_accuracy.json"
SPLITS = ("vinyals", "random")
ROWS = ((5, 1), (5, 5), (20, 1), (20, 5))
N_TEST, N_QUERY = 600, 5
SHOWN = {True: "queries'", False: "support's"}  # statistics, for learners by gradients
N_TIMED = 3  # steps, after one that warms up
EMBEDDING = re.compile(r"^(network\.backbone|embedding\.network\.0|backbone|body)\.")


@dataclass(frozen=True)
class Recipe:
    """One training.

    Attributes:
        learner: of the catalogue.
        way: in training.
        shot: in training.
        query: in training.
        plan: what departs from the learner's own plan; its steps are cut to the seconds there are.
        settings: what departs from the learner's own settings.
        tests: (way, shot) that the trained learner is measured on.
        split: of the characters, "vinyals" or "random".
        start: name of the recipe whose weights it begins with, where they fit; None begins afresh.
        variant: of an embedding that others begin with; it has no row of its own.
    """

    learner: str
    way: int = 20
    shot: int = 1
    query: int = 5
    plan: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    tests: tuple[tuple[int, int], ...] = ROWS
    split: str = "vinyals"
    start: str | None = None
    variant: str = ""

    @property
    def name(self) -> str:
        """Tells recipes apart."""
        return f"{self.variant}{self.learner} {self.way}-way {self.shot}-shot, {self.split}"


COSINE = {"schedule": "cosine"}
FREE = COSINE | {"n_episodes": 1}
FAST = FREE | {"precision": "bfloat16"}
SEQUENCE = COSINE | {"n_episodes": 8, "learning_rate": 3e-4, "precision": "bfloat16"}
SECOND_ORDER = ("maml", "fomaml", "meta_sgd", "anil", "maml_plus_plus", "imaml")
ONE_STEP = {"n_inner_steps": 1, "inner_rate": 0.4, "n_test_steps": 3}
STRIDED = {"backbone.downsampling": "stride", "backbone.pooling": "mean"}  # as by gradients
SHARP = {"embedding.n_features": 64, "key_strength": 10.0}  # the paper: pixels, and 1


def recipes() -> list[Recipe]:
    """Every training of the table: free ways on both splits, then 5 ways, then 20 on the random one."""
    found = [recipe for split in SPLITS for recipe in free_ways(split)] + [strided()]
    return found + [recipe for way in (5, 20) for recipe in (*by_gradients(way), *with_memory(way))]


def free_ways(split: str) -> list[Recipe]:
    """The learners whose weights serve any number of ways."""
    metric = [Recipe(name, plan=FAST, split=split) for name in ("prototypical", "matching")]
    embedding = metric[0].name
    for shot in (1, 5):  # it sums over shots, so that another number of them is another scale
        tests = tuple(row for row in ROWS if row[1] == shot)
        metric.append(Recipe("relation", shot=shot, plan=FAST, tests=tests, split=split))
    metric.append(Recipe("siamese", plan=FAST, split=split, start=embedding))
    return [*metric, Recipe("matching_fce", plan=FREE, split=split, start=embedding)]


def strided() -> Recipe:
    """The embedding that the slowest learners by gradients begin with."""
    return Recipe("prototypical", plan=FAST, settings=STRIDED, split="random", variant="strided ")


def by_gradients(way: int) -> list[Recipe]:
    """Learners that adapt by gradients, for one number of ways."""
    tests = tuple(row for row in ROWS if row[0] == way)
    one = Recipe("", way, query=1, tests=tests, split="random")
    small = COSINE | {"n_episodes": 4 if way == 5 else 2}  # the papers' 32 and 16 learn less in the same time
    inner = {} if way == 5 else {"inner_batch": 20, "n_inner_steps": 10, "inner_rate": 5e-4}
    found = [replace(one, learner=name, plan=small, settings=settings_of(name, way)) for name in SECOND_ORDER]
    found.append(replace(one, learner="meta_lstm", plan=FREE | {"gradient_clip": 0.25}))
    found.append(replace(one, learner="reptile", shot=10, settings=inner))
    if way == 20:
        return [replace(recipe, start=of_five_ways(recipe)) for recipe in found]
    return [
        replace(recipe, start=strided().name) if recipe.learner in ("imaml", "reptile") else recipe
        for recipe in found
    ]


def with_memory(way: int) -> list[Recipe]:
    """Learners with a memory, for one number of ways; they begin with Prototypical networks' embedding."""
    query, rows = 5 if way == 5 else 2, tuple(row for row in ROWS if row[0] == way)
    wide = Recipe("", way, query=query, tests=rows, split="random", start=free_ways("random")[0].name)
    found = [
        replace(wide, learner="mann", query=1, plan=COSINE, settings=SHARP),
        replace(wide, learner="meta_networks", plan=COSINE),
        replace(wide, learner="in_context", plan=SEQUENCE),
        replace(wide, learner="snail", plan=SEQUENCE, tests=(rows[0],)),
    ]
    if way == 20:
        return [replace(recipe, start=of_five_ways(recipe)) for recipe in found]
    five = replace(found[-1], shot=5, query=2, tests=(rows[1],), start=found[-1].name)
    return [*found, five]


def of_five_ways(recipe: Recipe) -> str:
    """The name of the same training with 5 ways."""
    return replace(recipe, way=5).name


def settings_of(name: str, way: int) -> dict[str, Any]:
    """What a learner of second order departs in from its own settings: with 20 ways, the inner steps of 5.

    A head alone that takes steps of .4 swings at first; ANIL takes ten in tests, chosen on the validation
    classes (after 3 and 10 steps with five shots: 93.8 and 98.3 %).
    """
    found = ONE_STEP if way == 20 and name in ("maml", "fomaml", "anil") else {}
    return found | {"n_test_steps": 10} if name == "anil" else found


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
        write_table()
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
    sampler = EpisodeSampler(
        classes, way=recipe.way, shot=recipe.shot, query=recipe.query, generator=make_generator(seed, device)
    )
    learner = build(recipe.learner, sampler.shape, seed=seed, settings=recipe.settings).to(device)
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
            asides[row][SHOWN[False]] = on_test_classes(learner, test_classes, way, shot, n_query, seed=seed)
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
        sampler = EpisodeSampler(
            parts.train.to(device),
            way=recipe.way,
            shot=recipe.shot,
            query=recipe.query,
            generator=make_generator(arguments.seed, device),
        )
        learner = build(recipe.learner, sampler.shape, seed=0, settings=recipe.settings).to(device)
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


def write_table() -> None:
    """Print the tables as Markdown, and write the result."""
    order = [recipe.name for recipe in recipes() if not recipe.variant]
    latest = {cell["name"]: cell for cell in cells()}
    found = [latest[name] for name in order if name in latest]
    columns = ["learner", "split", *(f"{way}-way {shot}-shot" for way, shot in ROWS)]
    lines = [heading([*columns, "seconds", "episodes", "begins with", "statistics"])]
    for name, split in product((member.name for member in LEARNERS), SPLITS):
        own = [cell for cell in found if (cell["learner"], cell["recipe"]["split"]) == (name, split)]
        if own:
            lines.append(row(name, split, own))
    lines += ["", heading(["learner", "test", "as in the table", "five queries", "support's"])]
    lines += [aside(cell, test) for cell in found for test in cell.get("asides", {})]
    print("\n".join(lines))
    RESULT.write_text(json.dumps({"environment": environment(), "cells": found}, indent=1) + "\n")


def heading(columns: list[str]) -> str:
    """Of a table."""
    return f"| {' | '.join(columns)} |\n{'|---' * len(columns)}|"


def row(name: str, split: str, own: list[dict[str, Any]]) -> str:
    """One learner: accuracy in percent with its interval, and the paper's in brackets."""
    measured = {key: value for cell in own for key, value in cell["accuracy"].items()}
    texts = []
    for way, shot in ROWS:
        key = f"{way}-way {shot}-shot"
        paper = entry(name).reported.get(f"omniglot {key}")
        texts.append(percent(measured.get(key)) + (f" ({paper})" if paper else ""))
    seconds = " + ".join(f"{cell['spent_seconds']:.0f}" for cell in own)
    episodes = " + ".join(f"{cell['plan']['n_steps'] * cell['plan']['n_episodes']:,}" for cell in own)
    start = (own[0]["recipe"].get("start") or "").partition(" 20-way")[0]
    kind = "training's" if entry(name).family != "gradient" else SHOWN[own[0]["is_transductive"]]
    return f"| {name} | {split} | {' | '.join(texts)} | {seconds} | {episodes} | {start} | {kind} |"


def aside(cell: dict[str, Any], test: str) -> str:
    """One test of a learner by gradients under the other conditions."""
    own, others = cell["accuracy"][test], cell["asides"][test]
    texts = [percent(one) for one in (own, *(others.get(name) for name in ("five queries", SHOWN[False])))]
    return f"| {cell['learner']} | {test} | {' | '.join(texts)} |"


def percent(found: dict[str, float] | None) -> str:
    """The mean and half its interval."""
    return "–" if found is None else f"{100 * found['mean']:.1f} ± {100 * found['ci95']:.1f}"


if __name__ == "__main__":
    main()
