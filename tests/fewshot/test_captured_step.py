"""A step that is recorded as a CUDA graph gives what its launches give, and is refused where it cannot be."""

from dataclasses import replace

import pytest
import torch

from autometa.devices import make_generator
from autometa.errors import TrainingError
from autometa.fewshot import EpisodeSampler, FewShotLearner, TrainingPlan, build, train
from autometa.fewshot.progress import StepReport
from tests.fewshot.problems import episode_sampler, gaussian_classes

PLAN = TrainingPlan(n_steps=12, n_episodes=4, schedule="cosine", gradient_clip=1.0, log_every=1)
SETTINGS = {"backbone.n_filters": 8, "backbone.n_layers": 2}
REPLAYED = 1e-4  # relative: kernels may sum in another order


def trained(name: str, plan: TrainingPlan) -> tuple[FewShotLearner, list[float]]:
    """The learner after the plan on a GPU, and the loss of every step."""
    device = torch.device("cuda")
    data, generator = gaussian_classes(shape=(1, 28, 28)).to(device), make_generator(0, device)
    sampler = EpisodeSampler(data, way=3, shot=1, query=4, generator=generator)
    learner = build(name, sampler.shape, seed=0, settings=SETTINGS).to("cuda")
    losses: list[float] = []

    def note(report: StepReport) -> None:
        losses.append(float(report.metrics["loss"]))

    train(learner, sampler, plan=plan, callback=note)
    return learner, losses


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")
@pytest.mark.parametrize("name", ["prototypical", "matching", "maml", "anil"])
def test_a_recorded_training_is_the_same_training(name: str) -> None:
    launched, losses = trained(name, PLAN)
    recorded, found = trained(name, replace(PLAN, cuda_graph=True))
    assert len(set(found)) == len(found)  # fresh episodes in every step
    assert found == pytest.approx(losses, rel=REPLAYED)
    for key, value in launched.state_dict().items():
        torch.testing.assert_close(recorded.state_dict()[key], value, rtol=1e-3, atol=REPLAYED)


@pytest.mark.parametrize(
    ("name", "changes", "why"),
    [
        ("prototypical", {}, "needs a GPU"),
        ("prototypical", {"optimizer": "sgd"}, "adam or adamw"),
        ("prototypical", {"compile": True}, "without compile"),
        ("maml_plus_plus", {}, "the steps of MAMLPlusPlus are annealed"),
    ],
)
def test_what_cannot_be_recorded_is_refused(name: str, changes: dict[str, object], why: str) -> None:
    sampler = episode_sampler()
    learner = build(name, sampler.shape, seed=0)
    with pytest.raises(TrainingError, match=why):
        train(learner, sampler, plan=replace(PLAN, cuda_graph=True, **changes))  # type: ignore[arg-type]
