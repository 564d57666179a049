"""The names of a table's columns: as text, each once, and not too many of them."""

from collections import Counter
from collections.abc import Iterable

from autometa.errors import InvalidDatasetError

MAX_COLUMNS = 20_000  # wider tables take minutes to describe and were never learned from
MAX_NAME_LENGTH = 60  # of a name quoted in a message


def checked_names(columns: Iterable[object], *, source: str) -> list[str]:
    """The column names as text.

    Args:
        columns: the names as they came, of any type.
        source: what is read, for the messages.

    Raises:
        InvalidDatasetError: too few or too many columns, a name that stands twice, names of several levels.
    """
    names = [str(column) for column in columns]
    check_width(len(names), source=source)
    if any(isinstance(column, tuple) for column in columns):
        raise InvalidDatasetError(
            f"{source}: the columns have names of several levels, such as {quoted(names[0])}; "
            "give every column one name, e.g. frame.columns = ['_'.join(map(str, c)) for c in frame.columns]"
        )
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        places = [str(place) for place, name in enumerate(names, start=1) if name == repeated[0]]
        raise InvalidDatasetError(
            f"{source}: the column name {quoted(repeated[0])} stands {len(places)} times "
            f"(columns {', '.join(places[:5])}); give every column its own name"
        )
    return names


def check_width(n_columns: int, *, source: str) -> None:
    """Refuse tables without an input beside the target, and tables too wide to describe.

    Raises:
        InvalidDatasetError: fewer than 2 or more than MAX_COLUMNS columns.
    """
    if n_columns == 0:
        raise InvalidDatasetError(
            f"{source}: the table has no columns; give one column per input and one target"
        )
    if n_columns == 1:
        raise InvalidDatasetError(
            f"{source}: the table has one column; at least two are needed, an input and a target "
            "(values may be separated by commas, semicolons, tabs, pipes or spaces)"
        )
    if n_columns > MAX_COLUMNS:
        raise InvalidDatasetError(
            f"{source}: the table has {n_columns:,} columns; at most {MAX_COLUMNS:,} can be used, "
            "so choose or summarise columns first"
        )


def quoted(name: object) -> str:
    """A name in quotes on one line, shortened where it is very long."""
    text = str(name)
    return repr(text if len(text) <= MAX_NAME_LENGTH else text[: MAX_NAME_LENGTH - 1] + "…")


def listed(names: list[str], limit: int = 5) -> str:
    """A few names for a sentence: "a, b, c and 12 more"."""
    shown = ", ".join(quoted(name)[1:-1] for name in names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit:,} more"


def counted(n: int, noun: str) -> str:
    """A number with its noun: "1 row", "2,000 rows"."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
