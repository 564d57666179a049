"""Trials as tables and trackers have them, without declared spaces, and how they become imported studies."""

import hashlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from autometa.dataset import TaskType
from autometa.errors import InvalidDatasetError
from autometa.history import Direction, PriorStudy, PriorTrial, TrialStatus
from autometa.metrics import METRICS
from autometa_store.codecs import encode_json
from autometa_store.importers.base import CursorOf, ImportedStudies, Item, LeftOut
from autometa_store.importers.catalogue_fit import fit_to_learner
from autometa_store.importers.described import DescribedDataset
from autometa_store.importers.inferred_space import InferredSpace, infer_space
from autometa_store.records import study_record

MAX_NAMES = 5  # that a note lists
_NO_FOLDS: Mapping[str, tuple[float, ...]] = MappingProxyType({})
Key = tuple[str, TaskType]  # learner and task: what shares a search space


@dataclass(frozen=True, slots=True)
class ObservedTrial:
    """A row of somebody's results.

    Attributes:
        dataset: its name there.
        learner: its name there.
        params: what was tried; absent where it did not apply.
        scores: by metric; None or NaN where there is none.
        fold_scores: by metric.
        seed: of the run; None if unknown.
        fit_seconds: of one fit; None if unknown.
        is_finished: False if the run says itself that it failed.
    """

    dataset: str
    learner: str
    params: Mapping[str, Any]
    scores: Mapping[str, float | None]
    fold_scores: Mapping[str, tuple[float, ...]] = field(default_factory=lambda: _NO_FOLDS)
    seed: int | None = None
    fit_seconds: float | None = None
    is_finished: bool = True


@dataclass(frozen=True, slots=True)
class ResultSource:
    """What all trials of a place have in common.

    Attributes:
        kind: of the place, e.g. "table"; the sources' names begin with it.
        label: where it is.
        metrics: directions by name; the first one that autometa knows is a study's own, else the first.
        notes: sentences about what was chosen for the user.
    """

    kind: str
    label: str
    metrics: Mapping[str, Direction]
    notes: tuple[str, ...] = ()


def imported_items(
    trials: Sequence[ObservedTrial],
    place: ResultSource,
    describe: Callable[[str], DescribedDataset],
    cursor_of: CursorOf,
) -> Iterator[Item]:
    """One item a data set, a study for each learner; a learner's space is that of all its trials.

    Args:
        trials: of the place.
        place: what they have in common.
        describe: a data set's name there gives the data set.
        cursor_of: as in `Importer`.

    Raises:
        InvalidDatasetError: a metric has a direction that it cannot have.
    """
    datasets = {name: describe(name) for name in dict.fromkeys(trial.dataset for trial in trials)}
    spaces = _spaces(trials, datasets)
    notes = (*place.notes, *_notes_on(list(datasets.values())))
    for name, about in datasets.items():
        source = f"{place.kind}:{place.label}#{name}"
        check_directions(place.metrics, about.info.task_type)
        mine = [trial for trial in trials if trial.dataset == name]
        studies, fit_notes = _studies(mine, place, about, spaces, source)
        cursor = {"trials": len(mine), "digest": _digest(studies, about)}
        if cursor_of(source) == cursor:
            yield LeftOut(source, name, "unchanged", f"{len(mine):,} trials, as stored")
            continue
        yield ImportedStudies(
            source=source,
            title=name,
            datasets=(about.info,),
            meta_features=about.numbers,
            studies=studies,
            cursor=cursor,
            notes=(*notes, *about.notes, *fit_notes),
        )
        notes = ()  # those of the place are said once


def _notes_on(datasets: Sequence[DescribedDataset]) -> list[str]:
    names = [about.info.name for about in datasets if not about.meta_features]
    if not names:
        return []
    shown = ", ".join(names[:MAX_NAMES]) + (" …" if len(names) > MAX_NAMES else "")
    return [
        f"{len(names):,} data sets have no meta-features ({shown}), so that nothing tells what is like them; "
        "give their tables"
    ]


def check_directions(metrics: Mapping[str, Direction], task_type: TaskType) -> None:
    """Raise unless every known metric has the direction that it has.

    Raises:
        InvalidDatasetError: with what to say instead.
    """
    for name, direction in metrics.items():
        known = METRICS[task_type].get(name, direction)
        if known != direction:
            raise InvalidDatasetError(
                f"{name} is a score to {known}, not to {direction}; say {name}:{known}, or rename the score"
            )


def _spaces(
    trials: Sequence[ObservedTrial], datasets: Mapping[str, DescribedDataset]
) -> dict[Key, InferredSpace]:
    configurations: dict[Key, list[Mapping[str, Any]]] = {}
    for trial in trials:
        key = (trial.learner, datasets[trial.dataset].info.task_type)
        configurations.setdefault(key, []).append(trial.params)
    return {
        (learner, task): infer_space(f"{learner}/{task}", seen)
        for (learner, task), seen in configurations.items()
    }


def _studies(
    trials: Sequence[ObservedTrial],
    place: ResultSource,
    about: DescribedDataset,
    spaces: Mapping[Key, InferredSpace],
    source: str,
) -> tuple[tuple[PriorStudy, ...], tuple[str, ...]]:
    task = about.info.task_type
    metric = next((name for name in place.metrics if name in METRICS[task]), next(iter(place.metrics)))
    studies, notes = list[PriorStudy](), list[str]()
    for learner in dict.fromkeys(trial.learner for trial in trials):
        inferred = spaces[learner, task]
        mine = [trial for trial in trials if trial.learner == learner]
        study = PriorStudy(
            dataset_id=about.info.dataset_id,
            search_space=inferred.search_space,
            metric=metric,
            direction=place.metrics[metric],
            trials=tuple(_prior_trial(trial, inferred, metric) for trial in mine),
            source=source,
        )
        fitted = fit_to_learner(study, learner, task, constants=inferred.constants)
        studies += fitted.studies
        notes += [f"{about.info.name}, {learner}: {note}" for note in fitted.notes]
    return tuple(studies), tuple(notes)


def _prior_trial(trial: ObservedTrial, inferred: InferredSpace, metric: str) -> PriorTrial:
    finite = {
        name: float(score)
        for name, score in trial.scores.items()
        if score is not None and math.isfinite(score) and trial.is_finished
    }
    value = finite.pop(metric, None)
    return PriorTrial(
        params=inferred.configuration(trial.params),
        value=value,
        status=TrialStatus.FAILED if value is None else TrialStatus.COMPLETE,
        seed=trial.seed,
        fold_scores=() if value is None else trial.fold_scores.get(metric, ()),
        fit_seconds=trial.fit_seconds,
        other_values={} if value is None else finite,
    )


def _digest(studies: Sequence[PriorStudy], about: DescribedDataset) -> str:
    """32 hexadecimal digits of all that would be stored."""
    digest = hashlib.blake2b(digest_size=16)
    for study in studies:
        digest.update(encode_json(study_record(study)).encode())
    for numbers in about.meta_features:
        digest.update(f"{numbers.pack} {numbers.version}".encode())
    return digest.hexdigest()
