"""Two stores become one: what the other has and this one does not."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from autometa_store.contents import read_contents, take_in
from autometa_store.reading import count_rows


@dataclass(frozen=True, slots=True)
class MergeCount:
    """What became of one kind of thing in the other store.

    Attributes:
        n_seen: in the other store.
        n_new: of them, not known here before.
    """

    n_seen: int
    n_new: int

    @property
    def n_known(self) -> int:
        """Of them, known here already."""
        return self.n_seen - self.n_new


def merge_contents(connection: Connection, other: Connection) -> Mapping[str, MergeCount]:
    """Take in everything that another store has; doing it again changes nothing.

    Data sets are the same under one id (a fingerprint of the contents, or a foreign id), configurations under
    one search space and text, trials as `TrialStore.add_study` says. What is stored here stays as it is.

    Args:
        connection: of this store, in a transaction.
        other: of the other store, for reading.

    Returns:
        Counts of every kind of thing.

    Raises:
        StoreError: the stores contradict each other, or the other one is damaged.
    """
    before = count_rows(connection)
    for noun in read_contents(other):
        take_in(connection, noun)
    after = count_rows(connection)
    return {
        name: MergeCount(n_seen, after[name] - before[name]) for name, n_seen in count_rows(other).items()
    }
