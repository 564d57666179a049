"""Optuna's studies as prior studies: the space that trials were drawn from, and what came of them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, FloatDistribution, IntDistribution
from optuna.trial import FrozenTrial, TrialState

from autometa.history import Direction, PriorStudy, PriorTrial, TrialStatus
from autometa.optuna_spaces import fold_switches, from_distributions
from autometa.search_space import Choice, Condition, Parameter, SearchSpace

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)
METRIC = "metric"  # user attribute of a study: what its objective is called


def prior_study_from_optuna(
    study: optuna.Study,
    *,
    dataset_id: str | None = None,
    search_space: SearchSpace | str | None = None,
    metric: str = "value",
) -> PriorStudy:
    """What another study, or this one later, can learn from a study's finished trials.

    Pruned and failed trials keep their status and have no value; nor has one whose value is infinite, or
    that breaks a constraint: both count as failed.

    Args:
        study: of one objective.
        dataset_id: what the objective was about; the study's name where None.
        search_space: the space, if it is known; or its name, where the trials say what it is; named after
            the study where None.
        metric: name of the objective's value.

    Raises:
        RuntimeError: the study has several objectives (Optuna's own message).
    """
    trials = study.get_trials(deepcopy=False, states=FINISHED)
    direction: Direction = (
        "maximize" if study.direction == optuna.study.StudyDirection.MAXIMIZE else "minimize"
    )
    if not isinstance(search_space, SearchSpace):
        search_space = search_space_of(trials, name=search_space or study.study_name)
    return PriorStudy(
        dataset_id=dataset_id or study.study_name,
        search_space=search_space,
        metric=metric,
        direction=direction,
        trials=tuple(prior_trial(trial) for trial in trials),
        source="optuna",
    )


def prior_trial(trial: FrozenTrial) -> PriorTrial:
    """A finished trial without its study.

    Args:
        trial: complete, pruned or failed.
    """
    status = _status(trial)
    value = trial.value if status is TrialStatus.COMPLETE else None
    duration = trial.duration.total_seconds() if trial.duration is not None else None
    return PriorTrial(fold_switches(trial.params), value, status, fit_seconds=duration)


def violation(trial: FrozenTrial) -> float:
    """By how much a trial breaks its constraints, summed; 0 if it breaks none, whichever Optuna wrote it.

    Args:
        trial: finished.
    """
    constraints = getattr(trial, "constraints", None)  # from Optuna 5 on, and then for older trials too
    values = trial.system_attrs.get("constraints") if constraints is None else list(constraints.values())
    return float(sum(max(value, 0.0) for value in values or ()))


def search_space_of(trials: Sequence[FrozenTrial], *, name: str) -> SearchSpace:
    """The space that trials were drawn from: the union of their parameters, with conditions as far as seen.

    Where a parameter's range moved, the range is the widest. A parameter that some trials lack gets a
    condition on the first earlier choice that tells when.

    Args:
        trials: in the order in which they ran.
        name: of the space.
    """
    distributions: dict[str, BaseDistribution] = {}
    for trial in trials:
        for parameter, distribution in trial.distributions.items():
            distributions[parameter] = _wider(distributions.get(parameter), distribution)
    configurations = [fold_switches(trial.params) for trial in trials if trial.params]
    parameters = from_distributions(distributions)
    return SearchSpace(name, 1, with_conditions(parameters, configurations))


def with_conditions(
    parameters: Sequence[Parameter], configurations: Sequence[Mapping[str, Any]]
) -> tuple[Parameter, ...]:
    """The parameters with conditions that explain where the configurations lack them.

    Args:
        parameters: a parent stands before the parameters that depend on it.
        configurations: as they were tried, with active parameters only.
    """
    conditional: list[Parameter] = []
    for position, parameter in enumerate(parameters):
        parents = [one for one in parameters[:position] if isinstance(one, Choice)]
        found = (_condition(parent, parameter.name, configurations) for parent in parents)
        condition = next((one for one in found if one is not None), None)
        conditional.append(parameter if condition is None else replace(parameter, condition=condition))
    return tuple(conditional)


def _condition(parent: Choice, child: str, configurations: Sequence[Mapping[str, Any]]) -> Condition | None:
    """The parent's values with which the child stands, if they tell when the child is missing."""
    present = [one.get(parent.name, ...) for one in configurations if child in one]
    absent = [one[parent.name] for one in configurations if child not in one and parent.name in one]
    if not absent or ... in present or any(value in present for value in absent):
        return None
    return Condition(parent.name, tuple(choice for choice in parent.choices if choice in present))


def _status(trial: FrozenTrial) -> TrialStatus:
    if trial.state is TrialState.PRUNED:
        return TrialStatus.PRUNED
    is_scored = trial.state is TrialState.COMPLETE and trial.value is not None and math.isfinite(trial.value)
    return TrialStatus.COMPLETE if is_scored and not violation(trial) else TrialStatus.FAILED


def _wider(known: BaseDistribution | None, seen: BaseDistribution) -> BaseDistribution:
    if isinstance(known, FloatDistribution) and isinstance(seen, FloatDistribution):
        low, high = min(known.low, seen.low), max(known.high, seen.high)
        return FloatDistribution(low, high, log=seen.log and low > 0)
    if isinstance(known, IntDistribution) and isinstance(seen, IntDistribution):
        low, high = min(known.low, seen.low), max(known.high, seen.high)
        return IntDistribution(int(low), int(high), log=seen.log and low > 0)
    return seen
