"""What a search knows before its first trial: where to begin, and which past studies to learn from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from autometa.dataset import TaskType
from autometa.errors import EmptyHistoryError, SearchSpaceMismatchError
from autometa.evaluation.probe import probe_table
from autometa.history import PriorStudy
from autometa.learners.catalogue import learner
from autometa.metafeatures import MetaFeatures, features
from autometa.search_space import Value
from autometa.similarity import ScaledL1, SimilarityModel
from autometa.similarity.base import nearest
from autometa.similarity.trained import TrainedSimilarity
from autometa.tuning.joint_source import JointSource
from autometa.tuning.joint_space import join
from autometa.tuning.setup import SEARCHED, Setup
from autometa.warmstart import Recommendation, Recommender
from autometa.warmstart.encoding import better_trials
from autometa.warmstart.probing import Probe
from autometa.warmstart.sources import StudySource, TrialSource

N_FIRST = 3  # recommended trials, before past studies are weighed by what was observed
N_NEAREST = 5  # data sets among which those that were searched before give their best, too
N_SEARCHED = 2  # of them, at most
N_SOURCES = 40  # nearest data sets whose surfaces are fitted; each costs about 0.1 s

Similarity = SimilarityModel | TrainedSimilarity


class Experience(TrialSource, StudySource, Protocol):
    """Past experience both as a table of scores and trial by trial; `MergedSource` is one."""


@dataclass(frozen=True, slots=True, eq=False)
class Knowledge:
    """What past studies say about a table.

    Attributes:
        first: joint configurations to begin with, the most promising first.
        source: past studies of similar data sets; None where there are none.
        similarity: of data sets.
        notes: sentences about what was decided for the user.
    """

    first: tuple[dict[str, Value], ...] = ()
    source: JointSource | None = None
    similarity: SimilarityModel | None = None
    notes: tuple[str, ...] = ()


def consult(
    experience: Experience,
    setup: Setup,
    *,
    meta_features: MetaFeatures,
    similarity: Similarity | None,
    probe_seconds: float | None = None,
) -> Knowledge:
    """What is known for a table; nothing, and a note that says so, where no learner was ever tried.

    The first trials are those that `Recommender` recommends, i.e. what `autometa suggest` says. Before them
    come the best configurations of earlier searches on the nearest tables, if there are any: a portfolio over
    all data sets hardly hears of configurations that were tried on a single one.

    Args:
        experience: past trials.
        setup: of the search.
        meta_features: the table's.
        similarity: orders and weighs data sets; `ScaledL1` where None.
        probe_seconds: wall time of quick fits on part of the table, which sharpen what is recommended; none
            where None.
    """
    dataset, metric = setup.table.dataset, setup.metric
    names = [member.name for member in setup.learners]
    recommender = Recommender(experience, similarity)
    try:
        probes = _probes(setup, recommender, probe_seconds)
        advice = recommender.recommend(dataset, n=N_FIRST, metric=metric, learners=names, probes=probes)
    except EmptyHistoryError as error:
        return Knowledge(notes=(f"nothing to begin with, so the search is cold: {error}",))
    task_type = dataset.task_type
    model = _model(similarity, task_type)
    known = experience.meta_features(task_type)
    near = nearest(model.distances(meta_features, known), known, N_SOURCES)
    near_ids = [one.dataset_id for one in near]
    source = JointSource(experience, setup.learners, task_type, metric=metric, dataset_ids=near_ids)
    searched = _best_of_searches(source.studies(setup.search_space.name, near_ids[:N_NEAREST]), near_ids)
    valid = [one for one in advice.recommendations if _is_valid(one, task_type)]
    first = {repr(sorted(one.items())): one for one in searched[:N_SEARCHED]}
    for one in valid:
        joined = join(one.learner, one.params)
        first.setdefault(repr(sorted(joined.items())), joined)
    notes = () if probe_seconds is None else (_said(probes),)
    return Knowledge(tuple(first.values()), source, model, notes)


def _probes(setup: Setup, recommender: Recommender, seconds: float | None) -> tuple[Probe, ...]:
    if seconds is None:
        return ()
    names = [member.name for member in setup.learners]
    return probe_table(
        setup.table,
        recommender,
        seconds=seconds,
        seed=setup.job.plan.seed,
        metric=setup.metric,
        learners=names,
    )


def _said(probes: Sequence[Probe]) -> str:
    """What was probed, in a sentence."""
    if not probes:
        return "probed nothing: no configuration was expected to finish in the time, or did"
    tried = ", ".join(one.candidate.learner for one in probes)
    return f"probed on {probes[0].n_rows} rows first: {tried}"


def _best_of_searches(studies: Sequence[PriorStudy], near_ids: Sequence[str]) -> list[dict[str, Value]]:
    """The best joint configuration of each earlier search, the nearest table's first."""
    searches = [study for study in studies if study.source == SEARCHED]
    searches.sort(key=lambda study: near_ids.index(study.dataset_id))
    best = [better_trials(study)[:1] for study in searches]
    return [dict(trial.params) for trials in best for trial in trials]


def _model(similarity: Similarity | None, task_type: TaskType) -> SimilarityModel:
    given = similarity.model(task_type) if isinstance(similarity, TrainedSimilarity) else similarity
    return given or ScaledL1(features("core"))


def _is_valid(one: Recommendation, task_type: TaskType) -> bool:
    """False for a configuration that was imported from elsewhere and is not in the catalogue's space."""
    try:
        learner(one.learner).search_spaces[task_type].check(one.params)
    except SearchSpaceMismatchError:
        return False
    return True
