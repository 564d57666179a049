"""What makes training faster changes no numbers beyond a stated tolerance, and is refused where it would."""

import pytest
import torch
from torch import Tensor

from autometa.errors import TrainingError
from autometa.fewshot import FewShotLearner, TrainingPlan, build, train
from autometa.fewshot.data.sinusoids import SinusoidSampler
from tests.fewshot.problems import episode_sampler, gaussian_classes

COMPILED = 1e-4  # of the largest gradient: sums in another order
ROUNDED = 0.02  # of the loss: bfloat16 has eight bits
ALIGNED = 0.95  # cosine of its gradient with the exact one


def gradients(learner: FewShotLearner, episodes: object) -> tuple[Tensor, Tensor]:
    """All gradients in a row, and the loss."""
    learner.zero_grad()
    metrics = learner.train().training_step(episodes)  # type: ignore[arg-type]
    return torch.cat([p.grad.flatten() for p in learner.parameters() if p.grad is not None]), metrics["loss"]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore")  # the compiler's own
def test_a_compiled_step_gives_the_same_gradient() -> None:
    sampler = SinusoidSampler(shot=5, query=5, generator=torch.Generator().manual_seed(0))
    learner = build("maml", sampler.shape, seed=1, settings={"n_inner_steps": 2, "n_at_once": 4})
    episodes = sampler.sample(4)
    expected, loss = gradients(learner, episodes)
    learner.compile_training()
    found, found_loss = gradients(learner, episodes)
    assert float((found - expected).abs().max()) <= COMPILED * float(expected.abs().max())
    torch.testing.assert_close(found_loss, loss, rtol=COMPILED, atol=0.0)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore")  # the compiler's own
def test_a_compiled_metric_learner_gives_the_same_gradient() -> None:
    sampler = episode_sampler(gaussian_classes(shape=(1, 8, 8)), way=3, shot=1, query=4)
    settings = {"backbone.n_filters": 4, "backbone.n_layers": 1}
    learner, episodes = build("prototypical", sampler.shape, seed=0, settings=settings), sampler.sample(2)
    expected, loss = gradients(learner, episodes)
    learner.compile_training()
    found, found_loss = gradients(learner, episodes)
    assert float((found - expected).abs().max()) <= COMPILED * float(expected.abs().max())
    torch.testing.assert_close(found_loss, loss, rtol=COMPILED, atol=0.0)


def test_what_cannot_be_compiled_is_refused() -> None:
    sampler = episode_sampler()
    learner = build("maml_plus_plus", sampler.shape, seed=0, settings={"n_at_once": 1})
    with pytest.raises(TrainingError, match="MAMLPlusPlus cannot be compiled"):
        train(learner, sampler, plan=TrainingPlan(n_steps=1, compile=True))


def test_bfloat16_keeps_the_loss_of_a_metric_learner() -> None:
    sampler = episode_sampler(gaussian_classes(shape=(1, 28, 28)), way=3, shot=1, query=4)
    learner = build("prototypical", sampler.shape, seed=0, settings={"backbone.n_filters": 16})
    episodes = sampler.sample(4)
    exact, loss = gradients(learner, episodes)
    with torch.autocast("cpu", torch.bfloat16):
        rounded, rounded_loss = gradients(learner, episodes)
    assert float(rounded_loss) == pytest.approx(float(loss), rel=ROUNDED)
    assert float(torch.cosine_similarity(exact, rounded, dim=0)) > ALIGNED
