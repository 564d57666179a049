"""Foreign trials of a learner in the catalogue's own search space, as far as their parameters fit into it."""

from dataclasses import dataclass, replace
from difflib import get_close_matches

from autometa.dataset import TaskType
from autometa.errors import UnknownNameError
from autometa.history import PriorStudy, PriorTrial
from autometa.learners import catalogue
from autometa.learners.base import Learner
from autometa.search_space import Choice, Configuration, IntRange, Parameter, SearchSpace, Value
from autometa_store.importers.inferred_space import HOUSEKEEPING, bare_name


@dataclass(frozen=True, slots=True)
class FittedStudies:
    """What became of a study.

    Attributes:
        studies: with all its trials: one in the catalogue's space, one in its own, or both.
        notes: sentences that say so.
    """

    studies: tuple[PriorStudy, ...]
    notes: tuple[str, ...]


def fit_to_learner(
    study: PriorStudy, learner_name: str, task_type: TaskType, *, constants: Configuration | None = None
) -> FittedStudies:
    """The study's trials under a learner's name, those that fit in the catalogue's own space.

    A trial fits if all its parameters are the learner's, by the name behind the last "__" or ":", and their
    values are inside; parameters that were not tuned have the library's default. Trials with a value
    outside stay in the study's own space under the same name. If a parameter that the learner does not have
    was tuned, no trial fits and the study gets a name of its own.

    Args:
        study: in its own space, whose name is of no importance but where no trial fits.
        learner_name: of the catalogue or not.
        task_type: of the data set.
        constants: parameters that had one value in all trials and are not among the space's.
    """
    try:
        learner = catalogue.learner(learner_name)
    except UnknownNameError:
        return FittedStudies((_named(study, f"{learner_name}/{task_type}"),), _stranger(learner_name))
    if task_type not in learner.search_spaces:
        return FittedStudies((study,), (f"{learner_name} is no learner for {task_type}; kept as it is",))
    unknown = _unknown_parameter(study.search_space, learner.search_spaces[task_type])
    if unknown is not None:
        title = study.search_space.name.partition("/")[0]
        title = "own" if title == learner_name else title
        own = _named(study, f"{learner_name}:{title}/{task_type}")
        names = ", ".join(learner.search_spaces[task_type].names)
        note = f"{learner_name} has no parameter {unknown!r} (it has {names})"
        return FittedStudies((own,), (f"{note}; kept as {own.search_space.name}",))
    return _split(study, learner, task_type, constants or {})


def _split(
    study: PriorStudy, learner: Learner, task_type: TaskType, constants: Configuration
) -> FittedStudies:
    space, default = learner.search_spaces[task_type], learner.defaults[task_type]
    inside, outside = list[PriorTrial](), list[PriorTrial]()
    fixed = {bare_name(name): value for name, value in constants.items()}
    for trial in study.trials:
        bare = {bare_name(name): value for name, value in trial.params.items()}
        params = _completed({**fixed, **bare}, space, default)
        if params is None:
            outside.append(replace(trial, params=bare))
        else:
            inside.append(replace(trial, params=params))
    studies = []
    if inside:
        studies.append(replace(study, search_space=space, trials=tuple(inside)))
    if outside:
        renamed = replace(study, search_space=_bare(study.search_space, space.name), trials=tuple(outside))
        studies.append(renamed)
    untuned = [name for name in space.names if name not in map(bare_name, study.search_space.names)]
    notes = [f"{len(inside):,} of {len(study.trials):,} trials fit the catalogue's space {space.name}"]
    if untuned and inside:
        notes.append(f"not tuned, so at the library's default or as given: {', '.join(untuned)}")
    return FittedStudies(tuple(studies), tuple(notes))


def _completed(params: Configuration, space: SearchSpace, default: Configuration) -> dict[str, Value] | None:
    """A configuration of the space; None if a value is outside or missing without a default."""
    found: dict[str, Value] = {}
    for parameter in space.parameters:
        if parameter.condition is not None and not parameter.condition.holds(found):
            continue
        if parameter.name not in params and parameter.name not in default:
            return None
        value = _in_type(params.get(parameter.name, default.get(parameter.name)), parameter)
        if not parameter.contains(value):
            return None
        found[parameter.name] = value
    return found


def _in_type(value: Value, parameter: Parameter) -> Value:
    """A whole number as the range's type has it."""
    if isinstance(parameter, Choice) or isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if isinstance(parameter, IntRange):
        return int(value) if float(value).is_integer() else value
    return float(value)


def _unknown_parameter(own: SearchSpace, space: SearchSpace) -> str | None:
    """The first tuned parameter that the catalogue's space has not, or has twice."""
    bare = [bare_name(name) for name in own.names if bare_name(name) not in HOUSEKEEPING]
    unknown = [name for name in bare if name not in space.names or bare.count(name) > 1]
    return unknown[0] if unknown else None


def _named(study: PriorStudy, name: str) -> PriorStudy:
    return replace(study, search_space=replace(study.search_space, name=name))


def _bare(own: SearchSpace, name: str) -> SearchSpace:
    """The space with bare names."""
    parameters = []
    for parameter in own.parameters:
        condition = parameter.condition
        if condition is not None:
            condition = replace(condition, parent=bare_name(condition.parent))
        parameters.append(replace(parameter, name=bare_name(parameter.name), condition=condition))
    return SearchSpace(name, own.version, tuple(parameters))


def _stranger(name: str) -> tuple[str, ...]:
    names = [one.name for one in catalogue.BASE_LEARNERS + catalogue.BOOSTING_LEARNERS]
    close = get_close_matches(name, names, n=1, cutoff=0.8)
    return (f"{name} is no learner of the catalogue; did you mean {close[0]!r}?",) if close else ()
