"""Second-order MAML and Prototypical networks as the peers do them, one episode at a time, and as we do.

A method is a function without arguments that carries out one meta-batch and leaves the gradients in `.grad`.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from autometa.fewshot import Episodes, build
from autometa.fewshot.episodes import EpisodeShape, RegressionEpisodes
from autometa.fewshot.learner import FewShotLearner

Method = Callable[[], object]
AnyEpisodes = Episodes | RegressionEpisodes


@cache
def is_here(package: str) -> bool:
    """True if it can be imported; a peer that is installed and broken is not here."""
    try:
        import_module(package)
    except (ImportError, RuntimeError):
        return False
    return True


def conv4(n_outputs: int | None = 5) -> nn.Sequential:
    """Four blocks of 64 filters with max-pooling, of torch's own layers; a linear layer where wanted."""
    layers: list[nn.Module] = []
    for before in (1, 64, 64, 64):
        norm = nn.BatchNorm2d(64, track_running_stats=n_outputs is None)
        layers += [nn.Conv2d(before, 64, 3, padding=1), norm, nn.ReLU(), nn.MaxPool2d(2)]
    head = [] if n_outputs is None else [nn.Linear(64, n_outputs)]
    return nn.Sequential(*layers, nn.Flatten(), *head)


def regressor() -> nn.Sequential:
    """Two layers of 40 units."""
    return nn.Sequential(nn.Linear(1, 40), nn.ReLU(), nn.Linear(40, 40), nn.ReLU(), nn.Linear(40, 1))


def maml_methods(episodes: AnyEpisodes, *, n_steps: int, rate: float) -> dict[str, Method]:
    """The plain loop, the peers that are here, and ours, on the same episodes."""
    make = regressor if isinstance(episodes, RegressionEpisodes) else conv4
    methods: dict[str, Method] = {"plain loop": _plain(make(), episodes, n_steps, rate)}
    if is_here("torchopt"):
        methods["TorchOpt"] = _torchopt(make(), episodes, n_steps, rate)
    if is_here("higher"):
        methods["higher"] = _higher(make(), episodes, n_steps, rate)
    methods["autometa"] = our_maml(episodes, n_steps=n_steps, rate=rate)
    return methods


def our_maml(episodes: AnyEpisodes, *, n_steps: int, rate: float, is_compiled: bool = False) -> Method:
    """Our learner's training step; episodes at once are found by its probe, as in a training."""
    settings: dict[str, Any] = {"inner_rate": rate, "n_inner_steps": n_steps}
    if isinstance(episodes, RegressionEpisodes):
        shape = EpisodeShape((1,), 1, episodes.support_inputs.shape[1], episodes.query_inputs.shape[1], 1)
    else:
        shape = EpisodeShape((1, 28, 28), 5, 1, episodes.query.shape[2])
        settings |= {"backbone.downsampling": "max_pool", "backbone.pooling": "flatten"}
    learner = build("maml", shape, seed=0, settings=settings).train()
    if is_compiled:
        learner.compile_training()
    return _step(learner, episodes)


def _step(learner: FewShotLearner, episodes: AnyEpisodes) -> Method:
    def run() -> None:
        learner.zero_grad(set_to_none=True)
        learner.training_step(episodes)

    return run


def _tasks(episodes: AnyEpisodes) -> list[tuple[Tensor, Tensor, Tensor, Tensor]]:
    fields = (
        episodes.support_inputs,
        episodes.support_targets,
        episodes.query_inputs,
        episodes.query_targets,
    )
    return list(zip(*fields, strict=True))


def _loss(answers: Tensor, targets: Tensor) -> Tensor:
    is_real = targets.is_floating_point()
    return functional.mse_loss(answers, targets) if is_real else functional.cross_entropy(answers, targets)


def _plain(network: nn.Module, episodes: AnyEpisodes, n_steps: int, rate: float) -> Method:
    start, tasks = dict(network.named_parameters()), _tasks(episodes)

    def run() -> None:
        network.zero_grad()
        for inputs, targets, query, answers in tasks:
            weights = start
            for _ in range(n_steps):
                loss = _loss(functional_call(network, weights, (inputs,)), targets)
                found = torch.autograd.grad(loss, list(weights.values()), create_graph=True)
                weights = {name: w - rate * g for (name, w), g in zip(weights.items(), found, strict=True)}
            _loss(functional_call(network, weights, (query,)), answers).backward()  # type: ignore[no-untyped-call]

    return run


def _torchopt(network: nn.Module, episodes: AnyEpisodes, n_steps: int, rate: float) -> Method:
    import torchopt

    inner, tasks = torchopt.MetaSGD(network, lr=rate), _tasks(episodes)

    def run() -> None:
        network.zero_grad()
        start = torchopt.extract_state_dict(network, by="reference")
        state = torchopt.extract_state_dict(inner, by="reference")
        for inputs, targets, query, answers in tasks:
            for _ in range(n_steps):
                inner.step(_loss(network(inputs), targets))
            _loss(network(query), answers).backward()  # type: ignore[no-untyped-call]
            torchopt.recover_state_dict(network, start)
            torchopt.recover_state_dict(inner, state)

    return run


def _higher(network: nn.Module, episodes: AnyEpisodes, n_steps: int, rate: float) -> Method:
    import higher

    optimizer, tasks = torch.optim.SGD(network.parameters(), lr=rate), _tasks(episodes)

    def run() -> None:
        network.zero_grad()
        for inputs, targets, query, answers in tasks:
            with higher.innerloop_ctx(network, optimizer, copy_initial_weights=False) as (copy, inner):
                for _ in range(n_steps):
                    inner.step(_loss(copy(inputs), targets))
                _loss(copy(query), answers).backward()  # type: ignore[no-untyped-call]

    return run


def prototypical_methods(episodes: Episodes) -> dict[str, Method]:
    """Training steps with Adam: easyfsl one episode at a time, ours all at once, in both precisions."""
    methods: dict[str, Method] = {}
    if is_here("easyfsl.methods"):
        methods["easyfsl"] = _easyfsl(episodes)
    for name, precision in (("autometa", torch.float32), ("autometa bfloat16", torch.bfloat16)):
        methods[name] = _ours(episodes, precision)
    return methods


def _easyfsl(episodes: Episodes) -> Method:
    from easyfsl.methods import PrototypicalNetworks

    model = PrototypicalNetworks(conv4(None)).train()
    optimizer, tasks = torch.optim.Adam(model.parameters(), lr=1e-3), _tasks(episodes)

    def run() -> None:
        for inputs, targets, query, answers in tasks:
            optimizer.zero_grad()
            model.process_support_set(inputs, targets)
            functional.cross_entropy(model(query), answers).backward()  # type: ignore[no-untyped-call]
            optimizer.step()

    return run


def _ours(episodes: Episodes, precision: torch.dtype) -> Method:
    shape = EpisodeShape((1, 28, 28), episodes.n_way, episodes.support.shape[2], episodes.query.shape[2])
    learner = build("prototypical", shape, seed=0).train()
    optimizer = torch.optim.Adam(learner.parameters(), lr=1e-3, fused=True)  # as `train` does

    def run() -> None:
        optimizer.zero_grad()
        with torch.autocast("cpu", precision, enabled=precision != torch.float32):
            learner.training_step(episodes)
        optimizer.step()

    return run


def same_answers(episodes: Episodes) -> dict[str, float]:
    """With equal weights, in evaluation: share of queries answered alike, and losses in both precisions."""
    shape = EpisodeShape((1, 28, 28), episodes.n_way, episodes.support.shape[2], episodes.query.shape[2])
    learner, network = build("prototypical", shape, seed=0), conv4(None)
    with torch.no_grad():
        for own, other in zip(learner.parameters(), network.parameters(), strict=True):
            other.copy_(own)
    learner.train()
    loss = float(learner.loss(episodes).detach())
    with torch.autocast("cpu", torch.bfloat16):
        rounded = float(learner.loss(episodes).detach())
    found = {"loss float32": loss, "loss bfloat16": rounded}
    if is_here("easyfsl.methods"):
        found["answered like easyfsl"] = _alike(learner, network, episodes)
    return found


def _alike(learner: FewShotLearner, network: nn.Module, episodes: Episodes) -> float:
    from easyfsl.methods import PrototypicalNetworks

    model, same = PrototypicalNetworks(network).eval(), []
    for part in learner.modules():
        if hasattr(part, "running_mean"):
            part.running_mean.zero_()
            part.running_variance.fill_(1.0)
    with torch.no_grad():
        ours = learner.eval()(episodes).argmax(dim=2)
        for (inputs, targets, query, _), own in zip(_tasks(episodes), ours, strict=True):
            model.process_support_set(inputs, targets)
            same.append((model(query).argmax(dim=1) == own).float().mean())
    return float(torch.stack(same).mean())
