"""DatasetNames: what the data sets are that a table of results calls by name."""

from collections.abc import Sequence
from dataclasses import dataclass

from autometa.dataset import TaskType
from autometa.errors import InvalidDatasetError
from autometa.warmstart.sources import DatasetInfo, TrialSource
from autometa_store.importers.described import DescribedDataset, describe_table, find_described
from autometa_store.importers.table_files import TableFile


@dataclass(frozen=True, slots=True, eq=False)
class DatasetNames:
    """Finds the data set of a name: among tables, which are profiled, then among known ones.

    A name that is nowhere gives a data set of its own, of which nothing but the name is known.

    Attributes:
        the_one: what rows without a name are about; None if every row must have one.
        tables: files of data sets.
        known: where names and ids are looked up, the first one first.
        task_type: of data sets of which nothing else is known.
    """

    the_one: DescribedDataset | None
    tables: Sequence[TableFile]
    known: Sequence[TrialSource]
    task_type: TaskType

    def __call__(self, name: str) -> DescribedDataset:
        """The data set.

        Args:
            name: in the table of results; "" where it has none.

        Raises:
            InvalidDatasetError: there is no name, and not one data set for all rows; or a broken table.
        """
        if not name:
            if self.the_one is None:
                raise InvalidDatasetError(
                    "the rows do not say what data set they are about; give --dataset FILE or NAME for all, "
                    "or --dataset-column"
                )
            return self.the_one
        for file in self.tables:
            if file.name == name:
                return describe_table(file.path, name=name, target=file.target, task_type=file.task_type)
        found = find_described(name, self.known)
        if found is not None:
            return found
        return DescribedDataset(DatasetInfo(f"name:{name}", name, name, self.task_type, 0, 0), ())
