"""Printing: tables for people, JSON for programs, one progress line for whoever waits at a terminal."""

import json
import math
import sys
from collections.abc import Mapping
from typing import Any

import typer

SCHEMA_VERSION = 1  # of every --json answer; raised when a field changes its meaning or goes
LINE_WIDTH = 79  # of the progress line


def print_json(data: Mapping[str, Any]) -> None:
    """One JSON object on stdout; NaN becomes null."""
    typer.echo(json.dumps({"schema_version": SCHEMA_VERSION, **_plain(data)}, indent=2, ensure_ascii=False))


def print_note(text: str) -> None:
    """A sentence on stderr."""
    typer.echo(text, err=True)


def is_terminal() -> bool:
    """True if a person watches stderr."""
    return sys.stderr.isatty()


def show_progress(line: str) -> None:
    """Write over the progress line on stderr, for a person who watches."""
    if is_terminal():
        typer.echo(f"\r{line[:LINE_WIDTH]:<{LINE_WIDTH}}", err=True, nl=False)


def clear_progress() -> None:
    """Leave nothing of the progress line."""
    if is_terminal():
        typer.echo(f"\r{'':<{LINE_WIDTH}}\r", err=True, nl=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
