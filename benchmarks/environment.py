"""What a figure was measured on: commit, versions, hardware, time."""

import os
import platform
import sqlite3
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = (
    "alembic",
    "lxml",
    "numpy",
    "openml",
    "optuna",
    "pandas",
    "pymfe",
    "scikit-learn",
    "scipy",
    "sqlalchemy",
    "torch",
)


def environment() -> dict[str, object]:
    """JSON values that say where and when a benchmark ran."""
    return {
        "commit": _git("rev-parse", "HEAD"),
        "is_clean": not _git("status", "--porcelain", "--untracked-files=no"),
        "measured": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "versions": {name: found for name in PACKAGES if (found := _version(name))},
        "hardware": {
            "processor": _processor(),
            "n_cpus": os.cpu_count(),
            "load": [round(load, 2) for load in os.getloadavg()],
            "system": platform.platform(),
        },
    }


def _git(*arguments: str) -> str:
    folder = Path(__file__).parent
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine()
    )
