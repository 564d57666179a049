"""The trainings of the few-shot accuracy table: with how many ways, shots and queries, from which weights."""

from dataclasses import dataclass, field, replace
from typing import Any

SPLITS = ("vinyals", "random")
ROWS = ((5, 1), (5, 5), (20, 1), (20, 5))  # way, shot


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
