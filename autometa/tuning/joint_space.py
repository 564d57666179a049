"""One search space over several learners: the learner is a choice, its parameters depend on it.

A learner's parameter carries its learner's name, as "svm.C", for two learners may have a C of different
meaning.
"""

from collections.abc import Sequence
from dataclasses import replace

from autometa.dataset import TaskType
from autometa.learners.base import Learner
from autometa.search_space import Choice, Condition, Configuration, Parameter, SearchSpace, Value

LEARNER = "learner"


def joint_space(learners: Sequence[Learner], task_type: TaskType) -> SearchSpace:
    """The space in which each configuration is a learner with its own parameters.

    Args:
        learners: at least one; each can do the task.
        task_type: of the table.
    """
    parameters: list[Parameter] = [Choice(LEARNER, tuple(learner.name for learner in learners))]
    for learner in learners:
        own = learner.search_spaces[task_type].parameters
        parameters += [_of_learner(parameter, learner.name) for parameter in own]
    return SearchSpace(f"tune/{task_type}", 1, tuple(parameters))


def join(learner: str, params: Configuration) -> dict[str, Value]:
    """The joint configuration of a learner with its own parameters.

    Args:
        learner: its name.
        params: of its own search space.

    Example:
        >>> join("svm", {"C": 1.0})
        {'learner': 'svm', 'svm.C': 1.0}
    """
    return {LEARNER: learner, **{_joined(learner, name): value for name, value in params.items()}}


def split(configuration: Configuration) -> tuple[str, dict[str, Value]]:
    """The learner's name and its own parameters; the inverse of `join`.

    Args:
        configuration: of a joint space.
    """
    learner = str(configuration[LEARNER])
    prefix = _joined(learner, "")
    own = {name: value for name, value in configuration.items() if name.startswith(prefix)}
    return learner, {name.removeprefix(prefix): value for name, value in own.items()}


def _of_learner(parameter: Parameter, learner: str) -> Parameter:
    joined = Condition(LEARNER, (learner,))
    if parameter.condition is not None:
        joined = replace(parameter.condition, parent=_joined(learner, parameter.condition.parent))
    return replace(parameter, name=_joined(learner, parameter.name), condition=joined)


def _joined(learner: str, name: str) -> str:
    return f"{learner}.{name}"
