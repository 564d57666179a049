"""One of several processes that train one learner, started by `torchrun` for `test_processes`.

`python -m torch.distributed.run --nproc-per-node 2 tests/fewshot/two_processes.py FOLDER`
"""

import os
import sys
from pathlib import Path

import torch

from autometa.fewshot import FewShotLearner, TrainingPlan, build, train
from tests.fewshot.problems import episode_sampler

SEED = 4
PLAN = TrainingPlan(
    n_steps=6,
    n_episodes=2,
    optimizer="sgd",  # Adam makes whole steps of gradients that are zero but for rounding
    learning_rate=0.05,
    gradient_clip=0.5,
    validate_every=3,
    log_every=3,
    n_validation=8,
)
SETTINGS = {"backbone.n_filters": 8, "backbone.statistics": "none"}


def fresh(seed: int = 3) -> FewShotLearner:
    """A learner whose gradients are sums over episodes: none is normalised by others."""
    return build("prototypical", episode_sampler().shape, seed=seed, settings=SETTINGS)


def main(folder: Path) -> None:
    """Half of the steps, and the other half by a resumed run."""
    rank, reports = int(os.environ["RANK"]), 0
    for n_steps in (3, 6):
        learner = fresh(seed=3 + rank)  # the first one's weights are everybody's

        def count(report: object) -> None:
            nonlocal reports
            reports += 1

        result = train(
            learner,
            episode_sampler(seed=SEED),
            plan=TrainingPlan(**{**_fields(PLAN), "n_steps": n_steps}),
            validation_sampler=episode_sampler(seed=9),
            callback=count,
            out=folder / "run",
            resume=n_steps == 6,
        )
    torch.save(
        {"weights": learner.state_dict(), "best": result.best, "reports": reports}, folder / f"{rank}.pt"
    )


def _fields(plan: TrainingPlan) -> dict[str, object]:
    return {name: getattr(plan, name) for name in TrainingPlan.__slots__}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
