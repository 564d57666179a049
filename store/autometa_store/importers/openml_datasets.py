"""read_dataset: what an OpenML data set is to us: its id, its sizes, and its meta-features.

With the data at hand, its id is the content's fingerprint, so that a table that is known from elsewhere is
the same data set here; without, it is OpenML's number. It keeps the id that it got first.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from autometa.dataset import Dataset, TaskType
from autometa.errors import ImporterError, InvalidDatasetError
from autometa.metafeatures import MetaFeatures, extract, features
from autometa.metafeatures.openml_pack import VERSION
from autometa.warmstart.sources import DatasetInfo
from autometa_store.importers.base import Cursor, ImportedStudies
from autometa_store.importers.openml_records import ListedDataset, ListedTask, OpenMLServer

PACK = "openml"
MAX_CELLS = 50_000_000  # of a table that is fetched and measured
Qualities = Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class KnownDataset:
    """What an import remembers of a data set.

    Attributes:
        dataset_id: in the store.
        n_columns: input columns; None if the server does not say.
        has_data: whether its own meta-features were measured.
    """

    dataset_id: str
    n_columns: int | None
    has_data: bool

    @classmethod
    def of(cls, cursor: Cursor | None) -> "KnownDataset | None":
        """What a cursor says; None if there is none."""
        if cursor is None:
            return None
        n_columns = cursor["n_columns"]
        counted = n_columns if isinstance(n_columns, int) else None
        return cls(str(cursor["dataset_id"]), counted, cursor["has_data"] is True)


@dataclass(frozen=True, slots=True)
class Place:
    """Where things of a server stand in a store: `openml:` for the public one.

    Attributes:
        prefix: of every source and foreign id.
    """

    prefix: str = "openml:"

    def data(self, task: ListedTask) -> str:
        """The source of a data set with a target; several tasks may share it."""
        return f"{self.prefix}data/{task.data_id}/{task.target}"

    def task(self, task_id: int) -> str:
        """The source of all runs on a task."""
        return f"{self.prefix}task/{task_id}"

    def space(self, name: str) -> str:
        """Where is remembered what was seen of a search space."""
        return f"{self.prefix}space/{name}"


def place_of(server: str) -> Place:
    """The place of a server: numbers of two servers never mean the same.

    Args:
        server: its address.

    Example:
        >>> place_of("https://www.openml.org/api/v1/xml").prefix, place_of("http://127.0.0.1:8081").prefix
        ('openml:', 'openml@127.0.0.1:8081:')
    """
    host = server.partition("://")[2].partition("/")[0]
    return Place() if host in ("openml.org", "www.openml.org") else Place(f"openml@{host}:")


def read_dataset(
    server: OpenMLServer, task: ListedTask, place: Place, *, known: KnownDataset | None, folder: Path | None
) -> ImportedStudies:
    """A task's data set as an item without studies; its cursor is what `KnownDataset` reads.

    Args:
        server: asked for it.
        task: says the target.
        place: of the server.
        known: its id, if it was imported before.
        folder: where its file is fetched to; None to do without the data.

    Raises:
        ImporterError: the server cannot tell.
    """
    listed, qualities = server.dataset(task.data_id), server.qualities(task.data_id)
    notes: tuple[str, ...] = ()
    dataset = None
    if folder is not None:
        try:
            dataset = _fetch(server, listed, task, qualities, folder)
        except InvalidDatasetError as error:
            notes = (f"{listed.name}: its data is not used ({error})",)
    foreign = f"{place.prefix}{task.data_id}" + ("" if _is_default(listed, task) else f"/{task.target}")
    dataset_id = known.dataset_id if known else dataset.fingerprint() if dataset else foreign
    info = _info(dataset_id, listed, task, qualities, dataset)
    return ImportedStudies(
        source=place.data(task),
        title=f"data set {task.data_id} {listed.name}",
        datasets=(info,),
        meta_features=tuple((dataset_id, one) for one in _numbers(qualities, dataset)),
        studies=(),
        cursor={
            "dataset_id": dataset_id,
            "n_columns": info.n_columns or None,
            "has_data": folder is not None,
        },
        is_whole=False,
        notes=notes,
    )


def task_type_of(task: ListedTask) -> TaskType:
    """Classification or regression."""
    return TaskType.CLASSIFICATION if task.task_type_id == 1 else TaskType.REGRESSION


def _is_default(listed: ListedDataset, task: ListedTask) -> bool:
    return task.target == listed.default_target


def _fetch(
    server: OpenMLServer, listed: ListedDataset, task: ListedTask, qualities: Qualities, folder: Path
) -> Dataset:
    """The table with its declared types, without what OpenML says to ignore.

    Raises:
        InvalidDatasetError: it is too large, or no usable table.
    """
    from autometa.readers.arff_files import read_arff
    from autometa.readers.frames import table_from_frame

    n_cells = (qualities.get("NumberOfInstances") or 0) * (qualities.get("NumberOfFeatures") or 0)
    if n_cells > MAX_CELLS:
        raise InvalidDatasetError(f"{n_cells:,.0f} cells; at most {MAX_CELLS:,} are fetched")
    if listed.url is None:
        raise InvalidDatasetError("OpenML has no file of it")
    path = server.download(listed, folder)
    try:
        with path.open("rb") as handle:
            frame = read_arff(handle, source=listed.name)
    finally:
        path.unlink()
    ignored = {one.name for one in listed.features if one.is_ignored or one.is_row_identifier}
    frame = frame[[column for column in frame if column not in ignored - {task.target}]]
    table = table_from_frame(frame, target=task.target, task_type=task_type_of(task), name=listed.name)
    return table.dataset


def _info(
    dataset_id: str, listed: ListedDataset, task: ListedTask, qualities: Qualities, dataset: Dataset | None
) -> DatasetInfo:
    unused = sum(
        one.is_ignored or one.is_row_identifier or one.name == task.target for one in listed.features
    )
    n_columns = (
        len(listed.features) - unused if listed.features else _count(qualities, "NumberOfFeatures", -1)
    )
    is_classified = task_type_of(task) is TaskType.CLASSIFICATION
    return DatasetInfo(
        dataset_id=dataset_id,
        name=listed.name,
        family=listed.name,
        task_type=task_type_of(task),
        n_rows=dataset.n_rows if dataset else _count(qualities, "NumberOfInstances"),
        n_columns=dataset.n_columns if dataset else n_columns,
        n_classes=len(dataset.class_names)
        if dataset
        else _count(qualities, "NumberOfClasses") * is_classified,
        source="openml",
    )


def _count(qualities: Qualities, name: str, more: int = 0) -> int:
    """0 where it was not recorded."""
    recorded = qualities.get(name)
    is_counted = recorded is not None and math.isfinite(recorded) and recorded > 0
    return max(int(recorded) + more, 0) if recorded is not None and is_counted else 0


def _numbers(qualities: Qualities, dataset: Dataset | None) -> list[MetaFeatures]:
    """Our own packs where there is data; OpenML's always, as recorded, with our values in the gaps."""
    own = [extract(dataset, "core")] if dataset else []
    names = tuple(feature.name for feature in features(PACK))
    recorded = np.array([_real(qualities.get(name)) for name in names])
    measured = extract(dataset, PACK).values if dataset else np.full(len(names), np.nan)
    values = np.where(np.isnan(recorded), measured, recorded)
    return [*own, MetaFeatures(PACK, VERSION, names, values)]


def _real(value: float | None) -> float:
    return math.nan if value is None or not math.isfinite(value) else value


def require_target(task: ListedTask) -> None:
    """Raise unless the task predicts a column.

    Raises:
        ImporterError: it does not.
    """
    if task.task_type_id not in (1, 2) or task.target is None:
        raise ImporterError(
            f"task {task.task_id} is {task.task_type}; give supervised classification or regression"
        )
