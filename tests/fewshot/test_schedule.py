"""Learning rates: torch's own schedulers as referees."""

import pytest
import torch

from autometa.fewshot.plan import TrainingPlan
from autometa.fewshot.schedule import learning_rate


def of_torch(kind: type, plan: TrainingPlan, **settings: float) -> list[float]:
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=plan.learning_rate)
    scheduler = kind(optimizer, **settings)
    rates = []
    for _ in range(plan.n_steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def ours(plan: TrainingPlan) -> list[float]:
    return [learning_rate(plan, step) for step in range(plan.n_steps)]


def test_steps_are_torchs() -> None:
    plan = TrainingPlan(n_steps=20, schedule="step", decay=0.5, decay_every=6)
    assert ours(plan) == pytest.approx(
        of_torch(torch.optim.lr_scheduler.StepLR, plan, step_size=6, gamma=0.5)
    )


def test_cosine_is_torchs_and_ends_at_the_final_rate() -> None:
    plan = TrainingPlan(n_steps=20, schedule="cosine", final_rate=1e-5)
    expected = of_torch(torch.optim.lr_scheduler.CosineAnnealingLR, plan, T_max=19, eta_min=1e-5)
    assert ours(plan) == pytest.approx(expected)
    assert ours(plan)[-1] == pytest.approx(1e-5)


def test_a_constant_rate_is_constant() -> None:
    assert set(ours(TrainingPlan(n_steps=5, learning_rate=0.3))) == {0.3}
