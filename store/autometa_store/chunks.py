"""Long lists in pieces: a statement takes a limited number of bound values."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

CHUNK_SIZE = 5_000  # below SQLite's 32,766 variables; larger ones are no faster

Item = TypeVar("Item")


def chunks(items: Sequence[Item], size: int = CHUNK_SIZE) -> Iterator[Sequence[Item]]:
    """The items in order, at most `size` at a time.

    Example:
        >>> list(chunks([1, 2, 3], size=2))
        [[1, 2], [3]]
    """
    for start in range(0, len(items), size):
        yield items[start : start + size]
