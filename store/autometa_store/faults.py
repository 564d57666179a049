"""What went wrong in the database, as one sentence with a remedy."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import SQLAlchemyError

from autometa.errors import StoreError

_SERVER_WENT = "the server went away; run again to go on, what was committed is kept"
# What the driver says -> what to do. The first that occurs in the message wins.
_REMEDIES = {
    "database is locked": "another process has been writing for long; try again when it is done",
    "file is not a database": "this is no store; give another --store, or move the file away",
    "malformed": "the file is damaged; restore a copy, or save what can be read with `autometa store export`",
    "disk i/o error": "the disk is full or failing; make room and run again, what was committed is kept",
    "disk is full": "make room and run again, what was committed is kept",
    "readonly": "the store cannot be written; give another --store, or change its permissions",
    "unable to open": "there is no such file, or its folder cannot be used; check path and permissions",
    "closed the connection": _SERVER_WENT,
    "terminating connection": _SERVER_WENT,
    "connection is lost": _SERVER_WENT,
    "connection is closed": _SERVER_WENT,
    "no space left": "make room and run again, what was committed is kept",
    "connection": "is the server running, and are host, port and user right?",
}
_DEFAULT_REMEDY = "look at the store with `autometa store check`"


@contextmanager
def as_store_errors(where: str) -> Iterator[None]:
    """Turn the database's errors into `StoreError`.

    Args:
        where: the store, for people.

    Raises:
        StoreError: with the driver's reason and a remedy.
    """
    try:
        yield
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        remedy = next((text for key, text in _REMEDIES.items() if key in reason.lower()), _DEFAULT_REMEDY)
        raise StoreError(f"{where}: {reason}; {remedy}") from error


@contextmanager
def as_refused_values() -> Iterator[None]:
    """Turn what the drivers say of values that no column can hold into `StoreError`; also a decorator.

    Raises:
        StoreError: a number beyond 64 bits, or text that is no Unicode.
    """
    try:
        yield
    except (OverflowError, UnicodeError) as error:
        raise StoreError(
            f"a value cannot be stored ({error}); give numbers of 64 bits and text that is Unicode"
        ) from error
