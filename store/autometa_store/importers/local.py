"""Populate from files of tables: read, describe and evaluate each, in parallel; nothing is written here.

The work goes to joblib, so the caller decides where it runs: `joblib.parallel_config(backend="loky")` for
this machine, "dask" with a `distributed.Client` for a cluster, whose machines must see the files under the
same paths.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from joblib import Parallel, delayed

from autometa.errors import AutometaError
from autometa.evaluation import EvaluationPlan, evaluate_table
from autometa.evaluation.job import Job
from autometa.history import PriorStudy
from autometa.metafeatures import MetaFeatures, extract
from autometa.readers import Table, read_table
from autometa.search_space import SearchSpace
from autometa.warmstart.sources import DatasetInfo
from autometa_store.importers.table_files import TableFile

SOURCE = "local"
PACKS = ("core", "openml")  # cheap, and comparable with what OpenML records
T = TypeVar("T")

CountKnown = Callable[[str, SearchSpace, int], int]
"""Data set, search space and rows of a fit give how many of the plan's first configurations are known."""


@dataclass(frozen=True, slots=True)
class SkippedTable:
    """A file that cannot be used, and why."""

    file: TableFile
    reason: str


@dataclass(frozen=True, slots=True)
class SurveyedTable:
    """A readable table, and how many trials it still wants."""

    file: TableFile
    info: DatasetInfo
    n_wanted: int


@dataclass(frozen=True, slots=True, eq=False)
class MeasuredTable:
    """What was found out about a table.

    Attributes:
        file: where it is.
        info: what it is.
        meta_features: of every pack in `PACKS`; none if nothing was left to measure.
        studies: new trials only, one study per learner; none if all were known.
    """

    file: TableFile
    info: DatasetInfo
    meta_features: tuple[MetaFeatures, ...]
    studies: tuple[PriorStudy, ...]


def nothing_known(dataset_id: str, search_space: SearchSpace, n_fit_rows: int) -> int:
    """The first run knows no configuration."""
    return 0


def survey_tables(
    files: Sequence[TableFile], plan: EvaluationPlan, *, count_known: CountKnown = nothing_known
) -> Iterator[SurveyedTable | SkippedTable]:
    """What `measure_tables` would have to do; reads the tables and fits nothing.

    Args:
        files: the tables.
        plan: what would be tried and how.
        count_known: what is known already.
    """
    yield from _in_parallel(_survey, files, plan, count_known)


def measure_tables(
    files: Sequence[TableFile], plan: EvaluationPlan, *, count_known: CountKnown = nothing_known
) -> Iterator[MeasuredTable | SkippedTable]:
    """Everything measured about each table, as soon as it is done, in any order.

    A table that cannot be read or evaluated is skipped with the reason; the rest goes on.

    Args:
        files: the tables.
        plan: what is tried and how.
        count_known: what is known already and left out; it is sent to the processes that do the work.
    """
    yield from _in_parallel(_measure, files, plan, count_known)


def _in_parallel(
    work: Callable[[TableFile, EvaluationPlan, CountKnown], T],
    files: Sequence[TableFile],
    plan: EvaluationPlan,
    count_known: CountKnown,
) -> Iterator[T | SkippedTable]:
    tasks = (delayed(_or_skip)(work, file, plan, count_known) for file in files)
    yield from Parallel(return_as="generator_unordered", batch_size=1)(tasks)


def _or_skip(
    work: Callable[[TableFile, EvaluationPlan, CountKnown], T],
    file: TableFile,
    plan: EvaluationPlan,
    count_known: CountKnown,
) -> T | SkippedTable:
    try:
        return work(file, plan, count_known)
    except (AutometaError, OSError, RuntimeError) as error:
        return SkippedTable(file, str(error))


def _survey(file: TableFile, plan: EvaluationPlan, count_known: CountKnown) -> SurveyedTable:
    table = _read(file)
    n_known = _count_known(table, plan, count_known)
    return SurveyedTable(file, _info(file, table), len(Job.of(table, plan, n_known=n_known).attempts))


def _measure(file: TableFile, plan: EvaluationPlan, count_known: CountKnown) -> MeasuredTable:
    table = _read(file)
    studies = evaluate_table(table, plan, source=SOURCE, n_known=_count_known(table, plan, count_known))
    packs = PACKS if studies else ()
    meta_features = tuple(extract(table.dataset, pack, seed=plan.seed) for pack in packs)
    return MeasuredTable(file, _info(file, table), meta_features, tuple(studies))


def _read(file: TableFile) -> Table:
    return read_table(file.path, target=file.target, task_type=file.task_type, name=file.name)


def _count_known(table: Table, plan: EvaluationPlan, count_known: CountKnown) -> dict[str, int]:
    """By learner."""
    task, dataset_id = table.dataset.task_type, table.dataset.fingerprint()
    n_fit_rows = Job.of(table, plan).n_fit_rows
    return {
        learner.name: count_known(dataset_id, learner.search_spaces[task], n_fit_rows)
        for learner in plan.learners(task)
    }


def _info(file: TableFile, table: Table) -> DatasetInfo:
    dataset = table.dataset
    return DatasetInfo(
        dataset_id=dataset.fingerprint(),
        name=file.name,
        family=file.family or file.name,
        task_type=dataset.task_type,
        n_rows=dataset.n_rows,
        n_columns=dataset.n_columns,
        n_classes=len(dataset.class_names),
        source=SOURCE,
    )
