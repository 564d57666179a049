"""What can be tuned of a few-shot learner: its search space, and how a configuration becomes settings.

A parameter's name says where it goes: `train_way` to the training episodes, `plan.…` to the training plan,
anything else to the learner's settings, as `--set` has it.
"""

from collections.abc import Mapping
from functools import reduce
from typing import Any, NamedTuple

from autometa.fewshot.catalogue import entry
from autometa.fewshot.episodes import EpisodeShape
from autometa.search_space import Choice, Configuration, FloatRange, IntRange, Parameter, SearchSpace, Value

VERSION = 1
TRAIN_WAY, PLAN = "train_way", "plan."
MIN_TRAIN_WAY, MAX_TRAIN_WAY = 5, 30  # Snell et al. 2017, section 3.1: more ways in training than in the test

_RATE = FloatRange("plan.learning_rate", 1e-4, 1e-1, log=True)
_WIDTH = IntRange("backbone.n_filters", 8, 64, log=True)
_DEPTH = IntRange("backbone.n_layers", 1, 4)
_DISTANCE = Choice("distance", ("euclidean", "cosine"))
_INNER = (FloatRange("inner_rate", 1e-3, 1.0, log=True), IntRange("n_inner_steps", 1, 8))
_EMBEDDING = (IntRange("embedding.backbone.n_filters", 8, 64, log=True),)
_MAML = (_RATE, _WIDTH, *_INNER)

_PARAMETERS: Mapping[str, tuple[Parameter, ...]] = {
    "prototypical": (_RATE, _WIDTH, _DEPTH, _DISTANCE),
    "siamese": (_RATE, _WIDTH, _DEPTH, IntRange("n_features", 32, 512, log=True)),
    "matching": (_RATE, _WIDTH, _DEPTH, _DISTANCE, FloatRange("scale", 1.0, 100.0, log=True)),
    "matching_fce": (
        *(_RATE, _WIDTH, _DEPTH, _DISTANCE),
        *(FloatRange("scale", 1.0, 100.0, log=True), IntRange("n_reads", 1, 8)),
    ),
    "relation": (_RATE, IntRange("n_filters", 8, 64, log=True), IntRange("n_hidden", 4, 32, log=True)),
    "maml": _MAML,
    "fomaml": _MAML,
    "anil": _MAML,
    "maml_plus_plus": _MAML,
    "meta_sgd": (_RATE, _WIDTH, FloatRange("highest_rate", 0.01, 1.0, log=True)),
    "imaml": (
        *(_RATE, _WIDTH, _INNER[0], IntRange("n_inner_steps", 4, 25, log=True)),
        FloatRange("regularisation", 0.1, 10.0, log=True),
    ),
    "reptile": (
        *(FloatRange("plan.learning_rate", 0.05, 1.0, log=True), _WIDTH),
        *(FloatRange("inner_rate", 1e-4, 1e-1, log=True), IntRange("n_inner_steps", 2, 12, log=True)),
    ),
    "meta_lstm": (_RATE, _WIDTH, IntRange("n_inner_steps", 1, 8)),
    "mann": (_RATE, *_EMBEDDING, IntRange("n_hidden", 50, 400, log=True)),
    "meta_networks": (_RATE, *_EMBEDDING, IntRange("n_hidden", 16, 128, log=True)),
    "snail": (_RATE, *_EMBEDDING, IntRange("n_filters", 32, 256, log=True)),
    "in_context": (
        *(FloatRange("plan.learning_rate", 1e-5, 1e-2, log=True), *_EMBEDDING),
        IntRange("n_layers", 1, 6),
    ),
}


class Assigned(NamedTuple):
    """A configuration by where it goes.

    Attributes:
        settings: of the learner, by dotted field.
        plan: fields of the training plan.
        train_way: classes a training episode; None where the space does not say.
    """

    settings: Mapping[str, Any]
    plan: Mapping[str, Any]
    train_way: int | None


def search_space(learner: str, *, way: int, n_train_classes: int = 0) -> SearchSpace:
    """What of a learner is searched, "fewshot/LEARNER".

    Metric learners answer any number of ways, and may be trained with more than they are asked for.

    Args:
        learner: name in the catalogue.
        way: classes an episode.
        n_train_classes: for training episodes to choose from; 0 where their ways are fixed.

    Raises:
        UnknownNameError: no such learner.
    """
    member = entry(learner)
    parameters = _PARAMETERS[member.name]
    most = min(n_train_classes, MAX_TRAIN_WAY)
    least = min(way, MIN_TRAIN_WAY)
    if member.family == "metric" and most > least:
        parameters = (*parameters, IntRange(TRAIN_WAY, least, most, log=True))
    return SearchSpace(f"fewshot/{learner}", VERSION, parameters)


def default_configuration(learner: str, space: SearchSpace, shape: EpisodeShape) -> dict[str, Value] | None:
    """The learner's usual settings as a configuration, brought into the ranges of the space.

    Args:
        learner: name in the catalogue.
        space: made by `search_space`.
        shape: of the episodes; trained with the same ways.

    Returns:
        None where a setting is chosen by the learner itself.
    """
    learner_type = entry(learner).learner_type()
    usual = {"settings": learner_type.settings_type(), "plan": learner_type.default_plan(shape)}
    params: dict[str, Value] = {}
    for parameter in space.parameters:
        name = parameter.name if parameter.name.startswith(PLAN) else f"settings.{parameter.name}"
        first, *rest = name.split(".")
        value = shape.n_way if parameter.name == TRAIN_WAY else reduce(getattr, rest, usual[first])
        if value is None:
            return None
        if not isinstance(parameter, Choice):
            value = type(parameter.low)(min(max(value, parameter.low), parameter.high))
        params[parameter.name] = value
    return params


def assign(params: Configuration) -> Assigned:
    """The parts of a configuration, each for its own place.

    Args:
        params: of a space made by `search_space`, or some of them.
    """
    plan = {name.removeprefix(PLAN): value for name, value in params.items() if name.startswith(PLAN)}
    train_way = params.get(TRAIN_WAY)
    settings = {
        name: value for name, value in params.items() if name != TRAIN_WAY and not name.startswith(PLAN)
    }
    return Assigned(settings, plan, train_way if isinstance(train_way, int) else None)
