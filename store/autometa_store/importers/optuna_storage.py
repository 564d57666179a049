"""OptunaImporter: the studies of an Optuna storage, with what their trials say and how they ended."""

import hashlib
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from autometa.dataset import TaskType
from autometa.errors import ImporterError, UnknownNameError
from autometa.history import Direction, PriorStudy, PriorTrial, TrialStatus
from autometa.metrics import METRICS
from autometa.search_space import Choice, Parameter, SearchSpace
from autometa_store.codecs import encode_json
from autometa_store.importers.base import CursorOf, ImportedStudies, Item, LeftOut
from autometa_store.importers.catalogue_fit import fit_to_learner
from autometa_store.importers.described import DescribedDataset
from autometa_store.importers.inferred_space import plain_value
from autometa_store.importers.optuna_places import OptunaPlace

if TYPE_CHECKING:
    import optuna
    from optuna.trial import FrozenTrial


@dataclass(frozen=True, slots=True, eq=False)
class OptunaImporter:
    """An importer of studies; each is an item and a source of its own.

    A study that has several objectives is stored under the first one that autometa knows, else the first;
    the others are values beside it, and so are numbers that trials carry as user attributes under the name
    of a metric.

    Attributes:
        place: the open storage.
        dataset: what all of the studies are about.
        study_names: which; all of the storage if none is named.
        learner: whose parameters were tuned; the study's name stands for it where None.
        metrics: names of the objectives, in order; the study's `metric_names` where none is given.
    """

    place: OptunaPlace
    dataset: DescribedDataset
    study_names: tuple[str, ...] = ()
    learner: str | None = None
    metrics: tuple[str, ...] = ()

    def items(self, cursor_of: CursorOf) -> Iterator[Item]:
        """One study after the other.

        Raises:
            UnknownNameError: the storage has no study of a given name.
            ImporterError: the storage cannot be read.
        """
        for name in self._names():
            yield self._item(name, cursor_of)

    def _names(self) -> tuple[str, ...]:
        import optuna

        with _reading(self.place):
            there = optuna.get_all_study_names(self.place.storage)
        for name in self.study_names:
            if name not in there:
                raise UnknownNameError.of("study", name, there)
        return self.study_names or tuple(there)

    def _item(self, name: str, cursor_of: CursorOf) -> Item:
        import optuna

        from autometa.optuna_studies import FINISHED

        source = f"optuna:{self.place.label}#{name}"
        with _reading(self.place):
            study = optuna.load_study(study_name=name, storage=self.place.storage)
            trials = study.get_trials(deepcopy=False)
            names, named = self._metrics(study)
        finished = [trial for trial in trials if trial.state in FINISHED]
        objections = _objections(study, names, self.dataset.info.task_type)
        if objections:
            return LeftOut(source, name, "unusable", objections)
        cursor = {"trials": len(finished), "digest": self._digest(finished, study, names)}
        if cursor_of(source) == cursor:
            return LeftOut(source, name, "unchanged", f"{len(finished):,} trials, as stored")
        return self._imported(study, finished, names, source, cursor, [*named, *_notes(trials, finished)])

    def _metrics(self, study: "optuna.Study") -> tuple[tuple[str, ...], list[str]]:
        """Names of the objectives, and what there is to say about them."""
        if self.metrics or study.metric_names:
            return tuple(self.metrics or study.metric_names or ()), []
        directions = [_direction(one) for one in study.directions]
        numbers = range(len(directions)) if len(directions) > 1 else ("",)
        names = tuple(f"value{number}_to_{one}" for number, one in zip(numbers, directions, strict=True))
        said = f"its score has no name and is kept as {names[0]}; name it, e.g. --metric balanced_accuracy"
        return names, [said]

    def _digest(self, finished: "Sequence[FrozenTrial]", study: "optuna.Study", names: Sequence[str]) -> str:
        """32 hexadecimal digits of all that decides what is stored: finished trials never change."""
        digest = hashlib.blake2b(digest_size=16)
        directions = [_direction(one) for one in study.directions]
        options = [self.dataset.info.dataset_id, self.learner, list(names), directions]
        digest.update(encode_json(options).encode())
        for trial in finished:
            ended = trial.datetime_complete
            digest.update(f"{trial.number} {trial.state.name} {ended} {trial.values}\n".encode())
        return digest.hexdigest()

    def _imported(
        self,
        study: "optuna.Study",
        finished: "Sequence[FrozenTrial]",
        names: tuple[str, ...],
        source: str,
        cursor: Mapping[str, object],
        notes: list[str],
    ) -> ImportedStudies:
        task = self.dataset.info.task_type
        primary = next((place for place, name in enumerate(names) if name in METRICS[task]), 0)
        asked = [trial for trial in finished if trial.params]
        prior = PriorStudy(
            dataset_id=self.dataset.info.dataset_id,
            search_space=_space(asked, f"{_slashless(study.study_name)}/{task}"),
            metric=names[primary],
            direction=_direction(study.directions[primary]),
            trials=tuple(_prior_trial(trial, primary, names, task) for trial in asked),
            source=source,
        )
        studies: tuple[PriorStudy, ...] = (prior,)
        if self.learner is not None:
            fitted = fit_to_learner(prior, _slashless(self.learner), task)
            studies, notes = fitted.studies, [*notes, *fitted.notes]
        return ImportedStudies(
            source=source,
            title=study.study_name,
            datasets=(self.dataset.info,),
            meta_features=self.dataset.numbers,
            studies=studies,
            cursor=cursor,
            notes=(*self.dataset.notes, *(f"{study.study_name}: {note}" for note in notes)),
        )


@contextmanager
def _reading(place: OptunaPlace) -> Iterator[None]:
    """Optuna's and its drivers' errors as ours."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (OSError, ValueError, KeyError, RuntimeError, SQLAlchemyError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise ImporterError(f"{place.label}: cannot be read ({reason}); try again") from error


def _objections(study: "optuna.Study", names: Sequence[str], task: TaskType) -> str:
    """Why a study cannot be stored with scores of these names; empty if it can."""
    directions = [_direction(one) for one in study.directions]
    if len(names) != len(directions):
        return f"{len(directions)} objectives, but {len(names)} metrics are named ({', '.join(names)})"
    for name, direction in zip(names, directions, strict=True):
        if METRICS[task].get(name, direction) != direction:
            return f"the study is to {direction} what it calls {name}, a score to {METRICS[task][name]}"
    return ""


def _notes(trials: "Sequence[FrozenTrial]", finished: "Sequence[FrozenTrial]") -> list[str]:
    n_open, n_empty = len(trials) - len(finished), sum(not trial.params for trial in finished)
    notes = [f"{n_open:,} trials are not finished and left for later"] if n_open else []
    return [*notes, f"{n_empty:,} trials without a parameter are left out"] if n_empty else notes


def _space(trials: "Sequence[FrozenTrial]", name: str) -> SearchSpace:
    from autometa.optuna_studies import search_space_of

    space = search_space_of(trials, name=name)
    return replace(space, parameters=tuple(_plain_parameter(one) for one in space.parameters))


def _plain_parameter(parameter: Parameter) -> Parameter:
    """Choices that are lists or NaN, which some storages can have, as text."""
    condition = parameter.condition
    if condition is not None:
        condition = replace(condition, values=tuple(map(plain_value, condition.values)))
        parameter = replace(parameter, condition=condition)
    if isinstance(parameter, Choice):
        return replace(parameter, choices=tuple(map(plain_value, parameter.choices)))
    return parameter


def _prior_trial(trial: "FrozenTrial", primary: int, names: Sequence[str], task: TaskType) -> PriorTrial:
    from autometa.optuna_spaces import fold_switches

    values = list(trial.values or ())
    status = _status(trial, values)
    is_complete = status is TrialStatus.COMPLETE
    carried = {name: trial.user_attrs.get(name) for name in METRICS[task]} if trial.user_attrs else {}
    others = {**carried, **(dict(zip(names, values, strict=True)) if is_complete else {})}
    return PriorTrial(
        params={name: plain_value(value) for name, value in fold_switches(trial.params).items()},
        value=values[primary] if is_complete else None,
        status=status,
        fit_seconds=None if trial.duration is None else trial.duration.total_seconds(),
        other_values={
            name: float(value)
            for name, value in others.items()
            if name != names[primary] and isinstance(value, int | float) and math.isfinite(value)
        },
    )


def _status(trial: "FrozenTrial", values: Sequence[float]) -> TrialStatus:
    """As `autometa.optuna_studies` has it, for any number of objectives."""
    from optuna.trial import TrialState

    from autometa.optuna_studies import violation

    if trial.state is TrialState.PRUNED:
        return TrialStatus.PRUNED
    is_scored = trial.state is TrialState.COMPLETE and values and all(map(math.isfinite, values))
    return TrialStatus.COMPLETE if is_scored and not violation(trial) else TrialStatus.FAILED


def _direction(direction: Any) -> Direction:
    return "maximize" if direction.name == "MAXIMIZE" else "minimize"


def _slashless(name: str) -> str:
    """A learner's name: what stands before the slash in a space's."""
    return name.replace("/", "_")
