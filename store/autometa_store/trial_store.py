"""TrialStore: the face of the store. Nouns go in and come out; no row, session or connection leaves it."""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from numpy.typing import NDArray
from sqlalchemy import Connection, Engine

from autometa.dataset import TaskType
from autometa.errors import StoreError
from autometa.history import PriorStudy
from autometa.metafeatures.base import MetaFeatures, MetaFeatureTable
from autometa.warmstart.sources import DatasetInfo, PerformanceTable
from autometa_store import artifacts, import_progress, reading, recording, replacing, top_trials
from autometa_store.faults import as_store_errors
from autometa_store.forgetting import Forgotten, Kind, forget
from autometa_store.import_progress import ImportProgress
from autometa_store.integrity import Finding, find_damage
from autometa_store.interchange import read_export, write_export
from autometa_store.location import as_store_url
from autometa_store.merging import MergeCount, merge_contents
from autometa_store.performance import read_performance
from autometa_store.schema import check_schema, check_sqlite_file, ensure_schema, store_label
from autometa_store.session import Mode, make_engine, read_transaction, sqlite_path, write_transaction
from autometa_store.top_trials import ScoredConfiguration


class TrialStore:
    """Everything that was tried, in SQLite or PostgreSQL; a `TrialSource`.

    Every `add_…` may be repeated without effect and is one transaction; `with store.transaction():` makes
    several of them one. Threads may share a store; a process opens its own.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from autometa.dataset import TaskType
        >>> from autometa.history import PriorStudy, PriorTrial
        >>> from autometa.search_space import FloatRange, SearchSpace
        >>> space = SearchSpace("svm/classification", 1, (FloatRange("C", 0.1, 10.0),))
        >>> study = PriorStudy("iris", space, "accuracy", "maximize", (PriorTrial({"C": 1.0}, 0.97),))
        >>> with TemporaryDirectory() as folder, TrialStore.open(f"{folder}/history.db") as store:
        ...     store.add_dataset(DatasetInfo("iris", "iris", "iris", TaskType.CLASSIFICATION, 150, 4, 3))
        ...     store.add_study(study), store.add_study(study)
        ...     store.performance(TaskType.CLASSIFICATION, "accuracy").scores
        (1, 0)
        array([[0.97]])
    """

    def __init__(self, engine: Engine, label: str, mode: Mode) -> None:
        self._engine = engine
        self._mode = mode
        self._local = threading.local()
        self.label = label

    @classmethod
    def open(cls, url: str | Path, *, mode: Mode = "write") -> Self:
        """The store at a URL, or in an SQLite file.

        Args:
            url: "sqlite:///…", "postgresql://…", or a path.
            mode: "write" makes a store where there is none, "update" does not; "read" changes nothing.

        Raises:
            StoreError: there is no store, it is damaged, or it is something else.
            SchemaVersionError: another version of autometa made it.
        """
        url = as_store_url(str(url))
        label = store_label(url)
        with as_store_errors(label):
            path = sqlite_path(url)
            if path is not None:
                check_sqlite_file(path, mode)
            engine = make_engine(url, mode=mode)
            try:
                if path is None and mode == "write":
                    ensure_schema(engine)
                check_schema(engine, label)
            except BaseException:
                engine.dispose()
                raise
        return cls(engine, label, mode)

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing: what is added inside is stored together at the end, or not at all after an error.

        The store's write lock is held meanwhile: other writers wait, up to 30 s on SQLite. May be nested.

        Raises:
            StoreError: the store is open for reading, or cannot be written.
        """
        with self._writing():
            yield

    def add_dataset(self, info: DatasetInfo) -> None:
        """Store a data set; of one that is known, fill in what was empty or 0.

        Raises:
            StoreError: it is known with another task type.
        """
        with self._writing() as connection:
            recording.record_dataset(connection, info)

    def add_meta_features(self, dataset_id: str, meta_features: MetaFeatures) -> None:
        """Store the numbers of a known data set, in the place of those of the same pack and version.

        Raises:
            StoreError: the data set is not stored.
            IncompatibleMetaFeaturesError: the pack's version is stored with other names.
        """
        with self._writing() as connection:
            recording.record_meta_features(connection, dataset_id, meta_features)

    def add_study(self, study: PriorStudy) -> int:
        """Store the trials of a study that are not stored yet.

        A study is known by data set, search space, metric, source, versions and fit rows; a trial by its
        study, configuration, seed, and how many with the same three stand before it in `trials`. What is
        stored stays as it is.

        Returns:
            How many trials were new.

        Raises:
            StoreError: the data set is not stored.
            DuplicateStudyError: the metric is stored with the other direction.
            SearchSpaceMismatchError: a trial has a parameter that the space does not have.
        """
        with self._writing() as connection:
            return recording.record_study(connection, study)

    def replace_studies(self, source: str, studies: Sequence[PriorStudy]) -> tuple[int, int]:
        """Store studies of a source in the place of all that it had; how many trials were and are stored.

        Raises:
            StoreError: as `add_study`.
        """
        with self._writing() as connection:
            return replacing.replace_studies(connection, source, studies)

    def add_progress(self, progress: ImportProgress) -> None:
        """Store where an import stands; in one `transaction` with the page that it stands for."""
        with self._writing() as connection:
            import_progress.write_progress(connection, progress)

    def add_artifact(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> str:
        """Store arrays under a name, in the place of what was there; returns their digest.

        Raises:
            StoreError: an array of Python objects.
        """
        with self._writing() as connection:
            return artifacts.put_arrays(connection, name, arrays)

    def datasets(self, task_type: TaskType) -> list[DatasetInfo]:
        """The data sets with at least one study of this task type."""
        with self._reading() as connection:
            return reading.read_datasets(connection, task_type)

    def meta_features(self, task_type: TaskType, pack: str = "core") -> MetaFeatureTable:
        """The numbers of those data sets that have them, in the pack's newest version; perhaps no rows."""
        with self._reading() as connection:
            return reading.read_meta_feature_table(connection, task_type, pack)

    def performance(self, task_type: TaskType, metric: str) -> PerformanceTable:
        """Scores of every configuration tried, in a study's own metric or one beside it.

        Raises:
            UnknownNameError: no study is in this metric, and autometa does not know its direction.
        """
        with self._reading() as connection:
            return read_performance(connection, task_type, metric)

    def studies(self, search_space: str, dataset_ids: Sequence[str] | None = None) -> list[PriorStudy]:
        """The studies of the search spaces with this name, of all or of some data sets."""
        with self._reading() as connection:
            return list(reading.read_studies(connection, search_space, dataset_ids))

    def best(
        self, search_space: str, metric: str, dataset_ids: Sequence[str], n: int = 10
    ) -> dict[str, list[ScoredConfiguration]]:
        """The n best distinct configurations on each of the data sets, the best first."""
        with self._reading() as connection:
            return top_trials.read_best(connection, search_space, metric, dataset_ids, n=n)

    def progress(self, source: str) -> ImportProgress | None:
        """Where the import of a source stands; None if it never began."""
        with self._reading() as connection:
            return next(iter(import_progress.read_progress(connection, source)), None)

    def artifact(self, name: str) -> dict[str, NDArray[Any]]:
        """The arrays under a name.

        Raises:
            StoreError: there is no such artifact, or it is damaged.
        """
        with self._reading() as connection:
            return artifacts.get_arrays(connection, name)

    def artifact_names(self) -> list[str]:
        """The names of all artifacts, sorted."""
        with self._reading() as connection:
            return artifacts.artifact_names(connection)

    def counts(self) -> dict[str, int]:
        """How many there are of everything, by name."""
        with self._reading() as connection:
            return reading.count_rows(connection)

    def export(self, path: Path) -> int:
        """Write everything to a file of JSON lines, compressed if it ends in .gz; returns how many records.

        Raises:
            StoreError: the file cannot be written.
        """
        with self._reading() as connection:
            return write_export(connection, path)

    def take_over(self, path: Path) -> int:
        """Store everything in an exported file that is not stored yet; returns how many trials were new.

        Raises:
            StoreError: the file is not an export, or damaged; nothing is stored then.
        """
        with self._writing() as connection:
            return read_export(connection, path)

    def merge(self, other: "TrialStore") -> Mapping[str, MergeCount]:
        """Store what another store has and this one does not; gives how many of everything were seen and new.

        Raises:
            StoreError: the stores contradict each other, or the other is damaged; nothing is stored then.
        """
        with other._reading() as source, self._writing() as connection:
            return merge_contents(connection, source)

    def forget(self, name: str, *, kind: Kind | None = None, dry_run: bool = False) -> Forgotten:
        """Remove a data set or a source, and everything that was learned from it.

        Args:
            name: a data set's id or name, or a source's name.
            kind: which of the two, where both have the name.
            dry_run: say what would be removed, and leave it.

        Raises:
            UnknownNameError: there is neither, or several are meant.
        """
        with self._writing() as connection, connection.begin_nested() as savepoint:
            forgotten = forget(connection, name, kind=kind)
            if dry_run:
                savepoint.rollback()
        return forgotten

    def find_damage(self) -> list[Finding]:
        """Everything that is wrong with the file and its contents; reads all of it."""
        with self._reading() as connection:
            return find_damage(connection)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        if self._mode == "read":
            raise StoreError(f"{self.label}: open for reading only; open it with mode='write'")
        outer: Connection | None = getattr(self._local, "connection", None)
        with as_store_errors(self.label):
            if outer is not None:
                with outer.begin_nested():  # an error that is caught must not leave half an add behind
                    yield outer
                return
            with write_transaction(self._engine) as connection:
                self._local.connection = connection
                try:
                    yield connection
                finally:
                    self._local.connection = None

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        outer: Connection | None = getattr(self._local, "connection", None)
        with as_store_errors(self.label):
            if outer is not None:
                yield outer  # sees what the transaction has added
                return
            with read_transaction(self._engine) as connection:
                yield connection
