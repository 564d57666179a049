"""Training: resuming is exact, chunks change nothing, validation keeps the best, Ctrl-C loses nothing."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest
import torch

from autometa.errors import TrainingError
from autometa.fewshot import Episodes, FewShotLearner, StepReport, TrainingPlan, build, train
from autometa.fewshot.checkpoint import load_state, read_metrics
from tests.fewshot.problems import episode_sampler, gaussian_classes

PLAN = TrainingPlan(
    n_steps=10,
    n_episodes=2,
    learning_rate=1e-2,
    schedule="cosine",
    validate_every=4,
    n_validation=4,
    checkpoint_every=3,
    log_every=4,
)


def fresh(**settings: Any) -> FewShotLearner:
    return build(
        "prototypical", episode_sampler().shape, seed=3, settings={"backbone.n_filters": 8, **settings}
    )


def weights(learner: FewShotLearner) -> torch.Tensor:
    return torch.cat([value.flatten().double() for value in learner.state_dict().values()])


def test_ten_steps_are_five_and_five_more_to_the_bit(tmp_path: Path) -> None:
    def stop_at_five(report: StepReport) -> None:
        if report.step == 5:
            os.kill(os.getpid(), signal.SIGINT)

    through, halved = fresh(), fresh()
    train(
        through, episode_sampler(), plan=PLAN, validation_sampler=episode_sampler(seed=9), out=tmp_path / "a"
    )
    with pytest.raises(KeyboardInterrupt):
        train(
            halved,
            episode_sampler(),
            plan=PLAN,
            validation_sampler=episode_sampler(seed=9),
            out=tmp_path / "b",
            callback=stop_at_five,
        )
    assert load_state(tmp_path / "b" / "checkpoint.pt")["status"]["step"] == 5
    resumed = fresh()
    train(
        resumed,
        episode_sampler(seed=77),
        plan=PLAN,
        validation_sampler=episode_sampler(seed=9),
        out=tmp_path / "b",
        resume=True,
    )
    assert torch.equal(weights(through), weights(resumed))
    ends = [load_state(tmp_path / run / "checkpoint.pt") for run in "ab"]
    assert all(torch.equal(ends[0]["learner"][name], ends[1]["learner"][name]) for name in ends[0]["learner"])
    assert read_metrics(tmp_path / "a") == read_metrics(tmp_path / "b")


def test_lines_after_the_checkpoint_are_made_again(tmp_path: Path) -> None:
    class DeathError(Exception):
        pass

    def die_at_nine(report: StepReport) -> None:
        if report.step == 9:
            raise DeathError

    plan = TrainingPlan(n_steps=12, validate_every=0, checkpoint_every=5, log_every=2)
    train(fresh(), episode_sampler(), plan=plan, out=tmp_path / "a")
    with pytest.raises(DeathError):
        train(fresh(), episode_sampler(), plan=plan, out=tmp_path / "b", callback=die_at_nine)
    train(fresh(), episode_sampler(), plan=plan, out=tmp_path / "b", resume=True)
    assert [line["step"] for line in read_metrics(tmp_path / "b")] == [2, 4, 6, 8, 10, 12]
    assert read_metrics(tmp_path / "a") == read_metrics(tmp_path / "b")


def test_chunks_give_the_gradient_of_the_whole_step() -> None:
    episodes = episode_sampler().sample(4)
    whole, parts = (fresh(**{"backbone.statistics": "episode"}).double() for _ in range(2))
    doubled = Episodes(episodes.support.double(), episodes.query.double())
    whole.training_step(doubled)
    for start in (0, 2):
        chunk = Episodes(doubled.support[start : start + 2], doubled.query[start : start + 2])
        parts.training_step(chunk, scale=0.5)
    for expected, found in zip(whole.parameters(), parts.parameters(), strict=True):
        torch.testing.assert_close(found.grad, expected.grad, rtol=1e-9, atol=1e-12)


def test_training_learns_and_returns_the_best_validation() -> None:
    learner = fresh()
    accuracies: list[float] = []

    def watch(report: StepReport) -> None:
        if report.validation is not None:
            accuracies.append(report.validation.mean)

    plan = TrainingPlan(n_steps=40, n_episodes=4, learning_rate=1e-2, validate_every=10, n_validation=50)
    result = train(
        learner, episode_sampler(), plan=plan, validation_sampler=episode_sampler(seed=5), callback=watch
    )
    assert len(accuracies) == 4
    assert result.best == max(accuracies) > 0.8
    assert result.best_step == 10 * (accuracies.index(max(accuracies)) + 1)


def test_patience_stops_early_and_gives_back_the_best_weights(tmp_path: Path) -> None:
    learner = fresh()
    plan = TrainingPlan(
        n_steps=100, optimizer="sgd", learning_rate=1e-12, validate_every=2, n_validation=2, patience=3
    )
    result = train(
        learner, episode_sampler(), plan=plan, validation_sampler=episode_sampler(seed=5), out=tmp_path
    )
    assert (result.n_steps, result.stopped_early) == (result.best_step + 6, True)  # type: ignore[operator]
    best = load_state(tmp_path / "best.pt")["learner"]
    assert all(torch.equal(value, best[name]) for name, value in learner.state_dict().items())


def test_validation_sees_the_same_episodes_and_leaves_the_training_alone() -> None:
    with_it, without = fresh(), fresh()
    seen: list[float] = []

    def watch(report: StepReport) -> None:
        if report.validation is not None:
            seen.append(report.validation.mean)

    plan = TrainingPlan(n_steps=6, optimizer="sgd", learning_rate=1e-12, validate_every=3, n_validation=10)
    train(with_it, episode_sampler(), plan=plan, validation_sampler=episode_sampler(seed=5), callback=watch)
    train(without, episode_sampler(), plan=plan)
    assert seen[0] == pytest.approx(seen[1], abs=0.02)


def test_bfloat16_is_close_to_float32() -> None:
    losses = {}
    for precision in ("float32", "bfloat16"):
        report: list[StepReport] = []
        plan = TrainingPlan(n_steps=1, validate_every=0, precision=precision)  # type: ignore[arg-type]
        train(fresh(), episode_sampler(), plan=plan, callback=report.append)
        losses[precision] = float(report[0].metrics["loss"])
    assert losses["bfloat16"] == pytest.approx(losses["float32"], rel=0.05)
    assert losses["bfloat16"] != losses["float32"]


@pytest.mark.parametrize("name", ["maml", "reptile"])
def test_three_steps_are_those_of_an_optimizer_that_is_not_fused(name: str) -> None:
    """Weights in channels-last whose gradients are not: the fused ones take those in the order of memory."""
    data = gaussian_classes(shape=(1, 28, 28))
    sampler, again = episode_sampler(data), episode_sampler(data)
    small = {"backbone.n_filters": 8}
    fused, plain = (build(name, sampler.shape, seed=3, settings=small).train() for _ in range(2))
    plan = TrainingPlan(n_steps=3, n_episodes=2, learning_rate=1e-2, validate_every=0)
    train(fused, sampler, plan=plan)
    peer = torch.optim.Adam(plain.parameters(), lr=1e-2, fused=False, foreach=False)
    for _ in range(3):
        peer.zero_grad()
        plain.training_step(again.sample(2))
        peer.step()
    torch.testing.assert_close(weights(fused), weights(plain), rtol=1e-4, atol=1e-5)


def test_gradients_are_clipped_to_the_norm() -> None:
    learner = fresh()
    start = [parameter.detach().clone() for parameter in learner.parameters()]
    plan = TrainingPlan(n_steps=1, optimizer="sgd", learning_rate=1.0, gradient_clip=0.01, validate_every=0)
    train(learner, episode_sampler(), plan=plan)
    moved = torch.cat([(a - b).flatten() for a, b in zip(learner.parameters(), start, strict=True)])
    assert moved.norm().item() == pytest.approx(0.01, rel=1e-3)


def test_a_folder_with_a_run_is_not_overwritten(tmp_path: Path) -> None:
    plan = TrainingPlan(n_steps=1, validate_every=0)
    train(fresh(), episode_sampler(), plan=plan, out=tmp_path)
    with pytest.raises(TrainingError, match="has a run already; resume it, or choose another folder"):
        train(fresh(), episode_sampler(), plan=plan, out=tmp_path)


def test_a_run_does_not_go_on_with_another_plan(tmp_path: Path) -> None:
    train(fresh(), episode_sampler(), plan=TrainingPlan(n_steps=1, validate_every=0), out=tmp_path)
    other = TrainingPlan(n_steps=2, validate_every=0, learning_rate=0.5)
    with pytest.raises(TrainingError, match=r"learning_rate 0\.001, and 0\.5 was asked for"):
        train(fresh(), episode_sampler(), plan=other, out=tmp_path, resume=True)


def test_a_loss_that_is_not_finite_ends_the_training() -> None:
    plan = TrainingPlan(n_steps=20, optimizer="sgd", learning_rate=1e30, validate_every=0, log_every=1)
    with pytest.raises(TrainingError, match="lower the learning rate or clip gradients"):
        train(fresh(), episode_sampler(), plan=plan)


def test_a_checkpoint_that_would_execute_code_is_refused(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[Any, ...]:
            return (os.system, ("true",))

    torch.save({"learner": Evil()}, tmp_path / "checkpoint.pt")
    with pytest.raises(TrainingError, match="is no checkpoint of autometa"):
        load_state(tmp_path / "checkpoint.pt")


def test_a_step_cannot_be_cut_into_unequal_chunks() -> None:
    with pytest.raises(TrainingError, match="3 episodes a step cannot be cut into 2 equal chunks"):
        TrainingPlan(n_episodes=3, n_chunks=2)
