"""A learned optimizer as torch's: the same path as the functional one, its state in state_dict, its guard."""

import copy
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from autometa.devices import make_generator
from autometa.errors import TrainingError
from autometa.learned_optimizers import (
    FallbackWarning,
    LearnedOptimizer,
    LSTMOptimizer,
    LSTMSettings,
    MetaLSTMOptimizer,
    MetaLSTMSettings,
    ModuleOptimizer,
)

INPUTS = torch.randn((16, 3), generator=make_generator(0), dtype=torch.float64)
TARGETS = INPUTS @ torch.tensor([[1.0], [-2.0], [0.5]], dtype=torch.float64)


def model() -> nn.Module:
    made = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)).double()
    with torch.no_grad():
        for value in made.parameters():
            value.normal_(generator=make_generator(1))
    return made


def learned(output_scale: float = 0.01) -> LSTMOptimizer:
    return LSTMOptimizer.build(LSTMSettings(n_hidden=4, output_scale=output_scale), seed=2)


def loss_of(one: nn.Module) -> Tensor:
    return (one(INPUTS) - TARGETS).square().mean()


def usual_loop(one: nn.Module, optimizer: ModuleOptimizer, n_steps: int) -> None:
    for _ in range(n_steps):
        optimizer.zero_grad()
        loss = loss_of(one)
        loss.backward()
        optimizer.step(loss=loss)


def train(one: nn.Module, optimizer: ModuleOptimizer, n_steps: int, *, until_fallback: bool = False) -> None:
    for _ in range(n_steps):
        if until_fallback and optimizer.is_fallback:
            return

        def closure() -> Tensor:
            optimizer.zero_grad()
            loss = loss_of(one)
            loss.backward()
            return loss

        assert optimizer.step(closure) is not None


def flat(one: nn.Module) -> Tensor:
    return torch.cat([value.detach().flatten() for value in one.parameters()])


def test_the_module_takes_the_steps_of_the_functional_path() -> None:
    one, ours = model(), learned().double()
    shapes = [value.shape for value in one.parameters()]
    names = [name for name, _ in one.named_parameters()]
    params = flat(one)
    state = ours.init_state(len(params))
    for _ in range(5):
        leaf = params.clone().requires_grad_()
        pieces = torch.split(leaf, [shape.numel() for shape in shapes])
        weights = {name: p.view(s) for name, p, s in zip(names, pieces, shapes, strict=True)}
        loss = (torch.func.functional_call(one, weights, (INPUTS,)) - TARGETS).square().mean()
        [grads] = torch.autograd.grad(loss, [leaf])
        with torch.no_grad():
            updates, state = ours.update(grads[None], state)
        params = params + updates[0]

    train(one, learned().for_module(one), 5)
    torch.testing.assert_close(flat(one), params, rtol=0, atol=1e-14)


@pytest.mark.parametrize("n_before", [0, 3])
def test_state_dict_lets_another_go_on(n_before: int, tmp_path: Path) -> None:
    whole, other = model(), model()
    optimizer = learned().for_module(whole)
    train(whole, optimizer, n_before)
    torch.save({"model": whole.state_dict(), "optimizer": optimizer.state_dict()}, tmp_path / "state.pt")
    train(whole, optimizer, 4)

    state = torch.load(tmp_path / "state.pt", weights_only=True)
    other.load_state_dict(state["model"])
    resumed = learned().for_module(other)
    resumed.load_state_dict(state["optimizer"])
    train(other, resumed, 4)
    assert torch.equal(flat(other), flat(whole))


def test_a_loss_that_diverges_hands_over_to_adam_and_says_so() -> None:
    one = model()
    first = float(loss_of(one).detach())
    optimizer = learned(output_scale=1e3).for_module(one, fallback_rate=0.05)
    with pytest.warns(FallbackWarning, match=r"diverged .* Adam goes on with rate 0\.05"):
        train(one, optimizer, 30)
    assert optimizer.is_fallback
    train(one, optimizer, 100)
    assert float(loss_of(one).detach()) < 0.5 * first


def test_after_the_fall_the_steps_are_those_of_torchs_adam() -> None:
    one = model()
    optimizer = learned(output_scale=1e3).for_module(one, fallback_rate=0.05)
    with pytest.warns(FallbackWarning):
        train(one, optimizer, 30, until_fallback=True)
    other = copy.deepcopy(one)
    peer = torch.optim.Adam(other.parameters(), lr=0.05)
    train(one, optimizer, 6)
    for _ in range(6):
        peer.zero_grad()
        loss_of(other).backward()
        peer.step()
    torch.testing.assert_close(flat(one), flat(other), rtol=0, atol=1e-12)


def test_the_fall_survives_state_dict() -> None:
    one, other = model(), model()
    optimizer = learned(output_scale=1e3).for_module(one)
    with pytest.warns(FallbackWarning):
        train(one, optimizer, 30)
    resumed = learned(output_scale=1e3).for_module(other)
    other.load_state_dict(one.state_dict())
    resumed.load_state_dict(optimizer.state_dict())
    assert resumed.is_fallback
    train(one, optimizer, 3)
    train(other, resumed, 3)
    assert torch.equal(flat(one), flat(other))


def test_a_gradient_that_is_not_finite_never_reaches_the_parameters() -> None:
    one = model()
    optimizer = learned().for_module(one)
    train(one, optimizer, 2)
    for value in one.parameters():
        value.grad = torch.full_like(value, float("nan"))
    with pytest.warns(FallbackWarning, match="gradients not finite"):
        optimizer.step()
    assert flat(one).isfinite().all()


def test_without_a_guard_nothing_is_watched() -> None:
    one = model()
    optimizer = learned(output_scale=1e3).for_module(one, is_guarded=False)
    train(one, optimizer, 10)
    assert not optimizer.is_fallback


def test_the_usual_loop_with_the_loss_is_guarded_too() -> None:
    one = model()
    optimizer = learned(output_scale=1e3).for_module(one)
    with pytest.warns(FallbackWarning):
        usual_loop(one, optimizer, 30)
    assert optimizer.is_fallback


def test_frozen_and_unused_parameters_stay() -> None:
    one = nn.ModuleDict(
        {"used": nn.Linear(3, 1), "frozen": nn.Linear(3, 1), "unused": nn.Linear(2, 1)}
    ).double()
    one["frozen"].requires_grad_(False)
    before = {name: value.clone() for name, value in one.named_parameters()}
    optimizer = learned().for_module(one)
    loss = ((one["used"](INPUTS) + one["frozen"](INPUTS)) - TARGETS).square().mean()
    loss.backward()
    optimizer.step(loss=loss)
    moved = {name for name, value in one.named_parameters() if not torch.equal(value, before[name])}
    assert moved == {"used.weight", "used.bias"}


def test_a_rule_that_reads_losses_asks_for_them() -> None:
    one = model()
    optimizer = MetaLSTMOptimizer.build(MetaLSTMSettings(n_hidden=3)).for_module(one)
    loss_of(one).backward()
    with pytest.raises(TrainingError, match="reads losses in every step"):
        optimizer.step()


def test_groups_are_refused_because_there_are_no_rates_to_differ() -> None:
    groups = [{"params": [nn.Parameter(torch.zeros(1))]} for _ in range(2)]
    with pytest.raises(TrainingError, match="2 groups of parameters"):
        ModuleOptimizer(groups, learned())  # type: ignore[arg-type]


def test_a_file_gives_back_the_optimizer_and_its_notes(tmp_path: Path) -> None:
    ours = learned()
    ours.save(tmp_path / "lstm.npz", notes={"family": "none"})
    found = LearnedOptimizer.load(tmp_path / "lstm.npz")
    assert found.describe() == ours.describe()
    for one, other in zip(found.parameters(), ours.parameters(), strict=True):
        assert torch.equal(one, other)
    with pytest.raises(TrainingError, match="not a MetaLSTMOptimizer"):
        MetaLSTMOptimizer.load(tmp_path / "lstm.npz")


@pytest.mark.parametrize("content", [b"", b"something else", None])
def test_other_files_are_refused_in_one_sentence(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "other.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(TrainingError, match=r"no (file|learned optimizer)"):
        LearnedOptimizer.load(path)
