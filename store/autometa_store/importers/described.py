"""The data set that foreign trials are about: a table that is profiled, or one that is known by its name."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from autometa.dataset import Dataset, TaskType
from autometa.errors import UnknownNameError
from autometa.metafeatures.base import MetaFeatures
from autometa.warmstart.sources import DatasetInfo, TrialSource

PACKS = ("core", "openml")  # cheap, and comparable with what OpenML records


@dataclass(frozen=True, slots=True, eq=False)
class DescribedDataset:
    """A data set with its numbers.

    Attributes:
        info: what it is.
        meta_features: of the packs that are known; perhaps none.
        notes: sentences about what was chosen for the user.
    """

    info: DatasetInfo
    meta_features: tuple[MetaFeatures, ...]
    notes: tuple[str, ...] = ()

    @property
    def numbers(self) -> tuple[tuple[str, MetaFeatures], ...]:
        """As an imported item has them."""
        return tuple((self.info.dataset_id, one) for one in self.meta_features)


def describe(
    given: str,
    *,
    known: Sequence[TrialSource] = (),
    target: str | None = None,
    task_type: TaskType | None = None,
) -> DescribedDataset:
    """The data set in a file, or the known one with this name or id.

    Args:
        given: path of a table, or a name.
        known: where names are looked up, the first one first.
        target: the table's column to predict; chosen as for `suggest` where None.
        task_type: inferred where None.

    Raises:
        UnknownNameError: neither a file nor a known data set, or a name that several data sets have.
        InvalidDatasetError: the file is no usable table.
    """
    if Path(given).expanduser().is_file():
        return describe_table(Path(given).expanduser(), target=target, task_type=task_type)
    found = find_described(given, known)
    if found is None:
        raise UnknownNameError(f"no file and no known data set {given!r}; {_hint(given, known)}")
    return found


def describe_table(
    path: Path, *, name: str | None = None, target: str | None = None, task_type: TaskType | None = None
) -> DescribedDataset:
    """A table, read and profiled.

    Args:
        path: of the file.
        name: for people; the file's where None.
        target: as in `describe`.
        task_type: as in `describe`.

    Raises:
        InvalidDatasetError: the file is no usable table.
        UnknownNameError: it has no such target column.
    """
    from autometa.readers import read_table

    table = read_table(path, target=target, task_type=task_type, name=name)
    return describe_dataset(
        table.dataset, notes=tuple(f"{table.dataset.name}: {note}" for note in table.notes)
    )


def describe_dataset(dataset: Dataset, *, notes: tuple[str, ...] = ()) -> DescribedDataset:
    """A table that was read already, profiled.

    Args:
        dataset: the table.
        notes: what was said on reading it.
    """
    from autometa.metafeatures import extract

    info = DatasetInfo(
        dataset_id=dataset.fingerprint(),
        name=dataset.name,
        family=dataset.name,
        task_type=dataset.task_type,
        n_rows=dataset.n_rows,
        n_columns=dataset.n_columns,
        n_classes=len(dataset.class_names),
    )
    return DescribedDataset(info, tuple(extract(dataset, pack) for pack in PACKS), notes)


def find_described(name: str, known: Sequence[TrialSource]) -> DescribedDataset | None:
    """The known data set with this id or name; None if there is none.

    Raises:
        UnknownNameError: several data sets of one source have the name.
    """
    for source in known:
        for by_id in (True, False):
            found = [info for info in _infos(source) if name == (info.dataset_id if by_id else info.name)]
            if len(found) > 1:
                ids = ", ".join(info.dataset_id for info in found)
                raise UnknownNameError(f"{len(found)} known data sets are called {name!r}; give an id: {ids}")
            if found:
                info = found[0]
                note = f"{name}: the known data set of {info.n_rows:,} rows and {info.n_columns:,} columns"
                return DescribedDataset(info, _numbers(source, info), (note,))
    return None


def _infos(source: TrialSource) -> list[DatasetInfo]:
    return [info for task in TaskType for info in source.datasets(task)]


def _numbers(source: TrialSource, info: DatasetInfo) -> tuple[MetaFeatures, ...]:
    numbers = []
    for pack in PACKS:
        table = source.meta_features(info.task_type, pack)
        if info.dataset_id in table.dataset_ids:
            values = table.values[table.dataset_ids.index(info.dataset_id)]
            numbers.append(MetaFeatures(pack, table.version, table.names, values))
    return tuple(numbers)


def _hint(name: str, known: Sequence[TrialSource]) -> str:
    names = [info.name for source in known for info in _infos(source)]
    close = get_close_matches(name, names, n=1)
    if close:
        return f"did you mean {close[0]!r}? else give the table itself (CSV, TSV, Parquet or ARFF)"
    return "give the table itself (CSV, TSV, Parquet or ARFF), so that it is profiled"
