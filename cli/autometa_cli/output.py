"""Printing: tables for people, JSON for programs, one progress line for whoever waits at a terminal."""

import json
import math
import sys
from collections.abc import Mapping
from typing import Any

import typer

SCHEMA_VERSION = 1  # of every --json answer; raised when a field changes its meaning or goes


def print_json(data: Mapping[str, Any]) -> None:
    """One JSON object on stdout; NaN becomes null."""
    typer.echo(json.dumps({"schema_version": SCHEMA_VERSION, **_plain(data)}, indent=2, ensure_ascii=False))


def print_note(text: str) -> None:
    """A sentence on stderr."""
    typer.echo(text, err=True)


def is_terminal() -> bool:
    """True if a person watches stderr."""
    return sys.stderr.isatty()


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
