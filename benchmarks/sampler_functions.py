"""Functions in many versions, and the spaces in which a study may ask for them.

Three of four mixed parameters are ours. Three classic ones over the unit cube are from Surjanovic & Bingham's
Virtual Library of Simulation Experiments; a version moves the cube by a tenth of its shift, and a constant is
added so that the best value is 0.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import optuna

from autometa.dataset import FloatArray
from autometa.search_space import Choice, FloatRange, IntRange, SearchSpace

SPACE = SearchSpace(
    "function",
    1,
    (
        FloatRange("rate", 1e-5, 1.0, log=True),
        IntRange("depth", 1, 12),
        Choice("kind", ("a", "b", "c")),
        FloatRange("share", 0.1, 1.0),
    ),
)
Params = Mapping[str, Any]
Suggest = Callable[[optuna.Trial], dict[str, Any]]
Function = Callable[[Params, FloatArray], float]


def bowl(params: Params, shift: FloatArray) -> float:
    """A quadratic in all parameters."""
    return float(
        (math.log10(params["rate"]) + 2.5 + 0.5 * shift[0]) ** 2 / 4
        + ((params["depth"] - 7 - shift[1]) / 5) ** 2
        + (params["kind"] != "b")
        + (params["share"] - 0.6 - 0.1 * shift[2]) ** 2
    )


def valley(params: Params, shift: FloatArray) -> float:
    """A narrow valley: rate and depth must agree."""
    rate = math.log10(params["rate"]) + 2.5 + 0.3 * shift[0]
    gap = rate - (params["depth"] - 6) / 3
    return float(abs(gap) + 0.2 * rate**2 + 0.5 * (params["kind"] == "a") + 0.3 * (1 - params["share"]))


def steps(params: Params, shift: FloatArray) -> float:
    """Waves over a bowl."""
    rate = math.log10(params["rate"]) + 2.5 + 0.5 * shift[0]
    waves = 0.3 * (1 - math.cos(2 * math.pi * rate)) + 0.2 * (1 - math.cos(params["depth"] + shift[1]))
    return float(waves + 0.3 * rate**2 + 0.4 * (params["kind"] == "c") + abs(params["share"] - 0.4))


def branin(params: Params, shift: FloatArray) -> float:
    """Branin's function of x and y; z does nothing."""
    x, y = 15 * (params["x"] + 0.1 * shift[0]) - 5, 15 * (params["y"] + 0.1 * shift[1])
    bend = y - 5.1 / (4 * math.pi**2) * x**2 + 5 / math.pi * x - 6
    return bend**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10 - 0.397887


def hartmann(params: Params, shift: FloatArray) -> float:
    """Hartmann's function of three parameters."""
    point = np.array([params["x"], params["y"], params["z"]]) + 0.1 * shift
    wide = np.array([[3, 10, 30], [0.1, 10, 35], [3, 10, 30], [0.1, 10, 35]])
    centres = np.array([[3689, 1170, 2673], [4699, 4387, 7470], [1091, 8732, 5547], [381, 5743, 8828]]) / 1e4
    return 3.86278 - float(np.exp(-(wide * (point - centres) ** 2).sum(axis=1)) @ [1, 1.2, 3, 3.2])


def ackley(params: Params, shift: FloatArray) -> float:
    """Ackley's function of three parameters within ±5."""
    point = 10 * (np.array([params["x"], params["y"], params["z"]]) + 0.1 * shift - 0.5)
    waves = math.exp(np.cos(2 * math.pi * point).mean())
    return 20 - 20 * math.exp(-0.2 * math.sqrt((point**2).mean())) - waves + math.e


FUNCTIONS = {"bowl": bowl, "valley": valley, "steps": steps}
CLASSIC = {"branin": branin, "hartmann": hartmann, "ackley": ackley}
CUBE = SearchSpace("cube", 1, tuple(FloatRange(name, 0.0, 1.0) for name in "xyz"))


def ask_cube(trial: optuna.Trial) -> dict[str, Any]:
    """The unit cube."""
    return {name: trial.suggest_float(name, 0.0, 1.0) for name in "xyz"}


def _space(
    rate: Callable[[optuna.Trial], float], depth: Callable[[optuna.Trial], float], kinds: tuple[str, ...]
) -> Suggest:
    return lambda t: {
        "rate": rate(t),
        "depth": depth(t),
        "kind": t.suggest_categorical("kind", kinds),
        "share": t.suggest_float("share", 0.1, 1.0),
    }


def _rate(t: optuna.Trial) -> float:
    return t.suggest_float("rate", 1e-5, 1.0, log=True)


def _depth(t: optuna.Trial) -> float:
    return t.suggest_int("depth", 1, 12)


KINDS = ("a", "b", "c")
ASKED: dict[str, Suggest] = {
    "same": _space(_rate, _depth, KINDS),
    "range": _space(lambda t: t.suggest_float("rate", 1e-6, 10.0, log=True), _depth, KINDS),
    "log flag": _space(lambda t: t.suggest_float("rate", 1e-5, 1.0), _depth, KINDS),
    "int to float": _space(_rate, lambda t: t.suggest_float("depth", 1, 12), KINDS),
    "categories": _space(_rate, _depth, ("b", "d", "a")),
    "missing parameter": lambda t: {
        "rate": _rate(t),
        "depth": _depth(t),
        "kind": t.suggest_categorical("kind", KINDS),
        "share": 0.5,
    },
    "extra parameter": lambda t: {
        **_space(_rate, _depth, KINDS)(t),
        "extra": t.suggest_float("extra", 0.0, 1.0),
    },
}


def objective(
    function: Function, suggest: Suggest, shift: FloatArray, sign: float = 1.0
) -> Callable[[optuna.Trial], float]:
    """A function's version as Optuna asks for it; an extra parameter adds a little."""

    def value(trial: optuna.Trial) -> float:
        params = suggest(trial)
        return sign * (function(params, shift) + 0.2 * params.get("extra", 0.0))

    return value
