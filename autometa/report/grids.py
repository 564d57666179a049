"""Grid: a table of a page; beside a figure, what the figure says in words and numbers."""

from dataclasses import dataclass

Cell = str | int | float | None  # None is written as a dash


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of a page.

    Attributes:
        title: the line above it, which opens and closes it.
        head: names of the columns.
        rows: one cell a column; the first one names the row.
        is_open: whether it is to be seen before anybody asks for it.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    is_open: bool = False
