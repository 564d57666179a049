"""Where the store is: what was asked for, else AUTOMETA_STORE, else the user's data folder."""

import os
from collections.abc import Mapping
from pathlib import Path

from autometa.errors import StoreError

VARIABLE = "AUTOMETA_STORE"
_SCHEMES = ("sqlite:///", "postgresql://", "postgresql+psycopg://")


def resolve_store_url(explicit: str | None = None, environment: Mapping[str, str] | None = None) -> str:
    """The URL of the store to use.

    Args:
        explicit: a URL, or the path of an SQLite file; wins over all else.
        environment: where to look for AUTOMETA_STORE; the process's own if None.

    Raises:
        StoreError: a URL of an unknown kind.

    Example:
        >>> resolve_store_url("sqlite:////data/history.db")
        'sqlite:////data/history.db'
        >>> resolve_store_url(None, {"AUTOMETA_STORE": "postgresql://host/team"})
        'postgresql+psycopg://host/team'
    """
    variables = os.environ if environment is None else environment
    given = explicit or variables.get(VARIABLE)
    return as_store_url(given) if given else as_store_url(str(default_store_path()))


def as_store_url(given: str) -> str:
    """A store URL from a URL or a path.

    Raises:
        StoreError: a URL of an unknown kind.
    """
    if given.startswith("postgresql://"):
        return given.replace("postgresql://", "postgresql+psycopg://", 1)
    if given.startswith(_SCHEMES):
        return given
    if "://" in given:
        raise StoreError(
            f"the store {given!r} is of an unknown kind; give a path, or one of {', '.join(_SCHEMES)}"
        )
    return f"sqlite:///{Path(given).expanduser().absolute()}"


def default_store_path() -> Path:
    """The store's file in the user's data folder; it need not exist."""
    from platformdirs import user_data_path

    return user_data_path("autometa", appauthor=False) / "knowledge.db"
