"""What learns from molecules in `bench_fewshot_molecules`: learners with their candidates, a forest, scores.

Shapes: B episodes, W = 2 ways, M queries an episode.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from autometa.devices import make_generator
from autometa.fewshot import Episodes, FewShotLearner, TrainingPlan, build, evaluate, train
from autometa.fewshot.data.assay_parts import AssayParts
from autometa.fewshot.data.assay_sampler import AssaySampler
from autometa.fewshot.data.molecules import Assays
from autometa.fewshot.evaluation import Score
from autometa.fewshot.scores import delta_auprc, roc_auc

STEPS = {
    "prototypical": (500, 1000, 2000),
    "siamese": (500, 1000, 2000),
    "maml": (100, 200, 400),
}  # after which the validation looks
N_TREES = 100
EMBEDDINGS: tuple[dict[str, Any], ...] = tuple(
    {"backbone.n_filters": 256, "backbone.n_layers": layers, "backbone.statistics": statistics}
    for layers, statistics in ((1, "none"), (2, "running"))
)
NETWORKS: tuple[dict[str, Any], ...] = tuple(
    {
        "backbone.n_filters": 128,
        "backbone.n_layers": layers,
        "backbone.statistics": "none",
        "inner_rate": rate,
        "n_inner_steps": 5,
        "n_test_steps": 5,
    }
    for layers, rate in ((1, 0.1), (2, 0.03))
)
CANDIDATES = {"prototypical": EMBEDDINGS, "siamese": EMBEDDINGS, "maml": NETWORKS}


@dataclass(frozen=True)
class Collection:
    """How episodes of a collection are drawn and scored.

    Attributes:
        name: "tox21" or "fsmol".
        learners: of the catalogue.
        support: balanced, or in the assay's own proportion.
        shots: of the tests; a support set has twice as many compounds. Training takes the first.
        n_query: queries a class of the tests; None takes all that are left.
        n_draws: support sets of each test assay.
        n_seeds: trainings with the settings that were chosen.
        score: of an episode.
        reported: learner → what is printed in percent.
    """

    name: str
    learners: tuple[str, ...]
    support: Literal["balanced", "stratified"]
    shots: tuple[int, ...]
    n_query: int | None
    n_draws: int
    n_seeds: int
    score: Score
    reported: dict[str, float] = field(default_factory=dict)

    def sampler(self, assays: Assays, *, shot: int, query: int | None, seed: int) -> AssaySampler:
        """Episodes as this collection draws them."""
        generator = make_generator(seed)
        return AssaySampler(assays, shot=shot, query=query, generator=generator, support=self.support)

    def tests(self, assays: Assays, *, shot: int, seed: int) -> Iterator[tuple[str, AssaySampler]]:
        """Each test assay by itself; the same episodes for the same seed."""
        for number, name in enumerate(assays.names):
            alone = assays.select([name])
            yield name, self.sampler(alone, shot=shot, query=self.n_query, seed=1000 * seed + number)


COLLECTIONS = {
    "tox21": Collection(
        "tox21",
        ("siamese", "prototypical", "maml"),
        support="balanced",
        shots=(10,),
        n_query=300,  # balanced queries: the area under the ROC curve does not depend on the balance
        n_draws=50,
        n_seeds=3,
        score=roc_auc,
        reported={"siamese": 80.40, "prototypical": 74.98, "maml": 80.21},
    ),
    "fsmol": Collection(
        "fsmol",
        ("prototypical", "maml"),
        support="stratified",
        shots=(8,),
        n_query=None,
        n_draws=6,
        n_seeds=3,
        score=delta_auprc,
    ),
}


def validated(
    collection: Collection, parts: AssayParts, learner: str, settings: dict[str, Any]
) -> list[float]:
    """Scores on the validation assays after each number of `STEPS`."""
    found: list[float] = []
    held = collection.sampler(parts.validation, shot=collection.shots[0], query=100, seed=1)
    state = held.generator.get_state()

    def look(fresh: FewShotLearner) -> None:
        held.generator.set_state(state)
        found.append(evaluate(fresh, held, 100, score=collection.score).mean)

    trained(collection, parts.train, learner, settings, n_steps=STEPS[learner][-1], seed=0, look=look)
    return found


def trained(
    collection: Collection,
    assays: Assays,
    learner: str,
    settings: dict[str, Any],
    *,
    n_steps: int,
    seed: int,
    look: Any = None,
) -> FewShotLearner:
    """A learner after so many steps of four episodes; `look` is called with it at each of `STEPS`."""
    sampler = collection.sampler(assays, shot=collection.shots[0], query=16, seed=seed)
    fresh = build(learner, sampler.shape, seed=seed, settings=settings)

    def watch(report: Any) -> None:
        if look is not None and report.step in STEPS[learner]:
            look(fresh)

    plan = TrainingPlan(n_steps=n_steps, n_episodes=4, validate_every=0)
    train(fresh, sampler, plan=plan, callback=watch, seed=seed)
    return fresh


def tested(
    collection: Collection, assays: Assays, learner: FewShotLearner, *, shot: int, seed: int
) -> dict[str, float]:
    """Assay → mean score over the support sets."""
    return {
        name: evaluate(learner, sampler, collection.n_draws, score=collection.score, n_at_once=2).mean
        for name, sampler in collection.tests(assays, shot=shot, seed=seed)
    }


def forest(collection: Collection, assays: Assays, *, shot: int, seed: int) -> dict[str, float]:
    """The same of random forests, fitted to each support set alone."""
    found = {}
    for name, sampler in collection.tests(assays, shot=shot, seed=seed):
        scores = []
        for _ in range(0, collection.n_draws, 2):
            episodes = sampler.sample(2)
            scores += collection.score(_forest_logits(episodes, seed), episodes).tolist()
        found[name] = float(np.mean(scores))
    return found


def _forest_logits(episodes: Episodes, seed: int) -> Tensor:
    """(B, M, 2) shares of trees; 0 for padding."""
    from sklearn.ensemble import RandomForestClassifier

    logits = torch.zeros((*episodes.query_targets.shape, 2))
    for number in range(len(logits)):
        target, asked = episodes.support_targets[number], episodes.query_targets[number] >= 0
        model = RandomForestClassifier(N_TREES, random_state=seed, n_jobs=1)
        model.fit(episodes.support_inputs[number][target >= 0].numpy(), target[target >= 0].numpy())
        shares = model.predict_proba(episodes.query_inputs[number][asked].numpy())
        logits[number, asked] = torch.from_numpy(shares).float()
    return logits
