"""Where a sampler's past studies come from, and which of them it uses.

Shapes: k past studies.
"""

import logging
from collections.abc import Callable, Sequence
from importlib.metadata import entry_points
from pathlib import Path

import numpy as np
import optuna

from autometa.dataset import FloatArray, TaskType
from autometa.errors import UnknownNameError
from autometa.history import PriorStudy
from autometa.metafeatures import MetaFeatureTable
from autometa.optuna_studies import FINISHED, prior_study_from_optuna
from autometa.search_space import SearchSpace
from autometa.warmstart.fitted_source import N_FOR_TEST, ArrayShelf, fit_source
from autometa.warmstart.in_memory import InMemoryTrialSource
from autometa.warmstart.source_set import SourceSet
from autometa.warmstart.sources import StudySource

ENTRY_POINTS = "autometa.sources"  # openers of a URL; `autometa_store` brings one
MAX_SOURCES = 100  # that are used: those that weigh most, and of equal ones the larger
DOUBT = 0.5  # how much more evidence is wanted of a past study where all others teach nothing

logger = logging.getLogger(__name__)


class OptunaStudySource:
    """A `StudySource` over Optuna's studies, read when they are first needed.

    Args:
        load: gives the studies; those with several objectives are left out, with a log.
    """

    def __init__(self, load: Callable[[], Sequence[optuna.Study]]):
        self._load = load

    def meta_features(self, task_type: TaskType, pack: str = "core") -> MetaFeatureTable:
        """Nothing: Optuna's studies do not know what data they were about."""
        return MetaFeatureTable(pack, 0, (), (), np.empty((0, 0)))

    def studies(self, search_space: str, dataset_ids: Sequence[str] | None = None) -> list[PriorStudy]:
        """The studies whose name this is, each being a search space of its own."""
        found = [study for study in self._single() if study.study_name == search_space]
        prior = [prior_study_from_optuna(study) for study in found]
        return [study for study in prior if dataset_ids is None or study.dataset_id in dataset_ids]

    def all_but(self, target: optuna.Study) -> list[PriorStudy]:
        """All studies but the target itself, which may well live in the same storage."""
        return [prior_study_from_optuna(study) for study in self._single() if not _is_same(study, target)]

    def _single(self) -> list[optuna.Study]:
        studies = self._load()
        single = [study for study in studies if len(study.directions) == 1]
        if len(single) < len(studies):
            logger.info("%d past studies have several objectives: left out", len(studies) - len(single))
        return single


def stored_studies(
    storage: str | optuna.storages.BaseStorage, study_names: Sequence[str] | None
) -> list[optuna.Study]:
    """The studies of an Optuna storage.

    Args:
        storage: or its URL.
        study_names: only these; all where None.
    """
    names = optuna.get_all_study_names(storage) if study_names is None else study_names
    return [optuna.load_study(study_name=name, storage=storage) for name in names]


def open_source(source: str | Path | StudySource) -> StudySource:
    """The source at a URL or path, or the source itself.

    A text goes to the opener installed under the entry point group "autometa.sources": a `TrialStore`, opened
    for writing, so that fitted surfaces can be kept in it.

    Args:
        source: URL, path, or object.

    Raises:
        UnknownNameError: a text, but no opener is installed.
        StoreError: there is no store at the URL that could be read.
    """
    if not isinstance(source, str | Path):
        return source
    for entry_point in entry_points(group=ENTRY_POINTS):
        opened: StudySource = entry_point.load()(str(source))
        return opened
    raise UnknownNameError(
        f"nothing installed opens {str(source)!r}; install autometa again, or give a TrialStore"
    )


def past_studies(
    source: StudySource, target: optuna.Study, *, search_space: SearchSpace | str | None, metric: str | None
) -> list[PriorStudy]:
    """The past studies to learn from.

    Args:
        source: has them.
        target: the study that runs now; never among them.
        search_space: the one they are of, or its name; every space where None.
        metric: only studies scored by it; all where None.
    """
    name = search_space.name if isinstance(search_space, SearchSpace) else search_space
    if isinstance(source, OptunaStudySource):
        found = source.all_but(target)
    elif isinstance(source, InMemoryTrialSource):
        found = source.studies(name)
    else:
        found = list(source.studies(name or ""))
    return [study for study in found if metric in (None, study.metric)]


def fit_sources(
    studies: Sequence[PriorStudy], weights: FloatArray, *, shelf: ArrayShelf | None
) -> SourceSet | None:
    """The studies that weigh most with their surfaces; None if there is nothing to learn from.

    The more of the studies that are long enough to tell teach nothing, the likelier one that seems to is
    noise by luck: where nearly all teach nothing, a surface must foretell half as much again as where all
    teach something.

    Args:
        studies: k of them.
        weights: (k,).
        shelf: where fitted surfaces are kept; None keeps none.
    """
    sizes = np.array([len(study.trials) for study in studies])
    order = np.lexsort((-sizes, -weights))[:MAX_SOURCES]
    fitted = {index: source for index in order if (source := fit_source(studies[index], shelf=shelf))}
    tested = [index for index in order if sizes[index] >= N_FOR_TEST]
    n_idle = sum(index not in fitted for index in tested)
    wanted = 1.0 + DOUBT * n_idle / max(len(tested), 1)
    kept = [index for index, source in fitted.items() if source.evidence >= wanted]
    return SourceSet(tuple(fitted[index] for index in kept), weights[kept]) if kept else None


def _is_same(study: optuna.Study, target: optuna.Study) -> bool:
    """True if both are the same study of the same storage, perhaps through two handles."""
    if study is target:
        return True
    if study.study_name != target.study_name:
        return False
    begun = {trial.datetime_start for trial in study.get_trials(deepcopy=False, states=FINISHED)}
    return any(trial.datetime_start in begun for trial in target.get_trials(deepcopy=False, states=FINISHED))
