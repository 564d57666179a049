"""Three functions of four parameters, in many versions, and the spaces in which a study may ask for them."""

import math
from collections.abc import Callable, Mapping
from typing import Any

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


FUNCTIONS = {"bowl": bowl, "valley": valley, "steps": steps}


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
