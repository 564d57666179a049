"""Odd tables with an easy pattern, for whoever must take tables as people have them."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

N_ROWS = 120


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Tiny fits on many threads mostly wait for each other."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session")
def odd_frame() -> Callable[..., pd.DataFrame]:
    """Makes a frame with numbers, infinities, missing values, booleans, dates, text, and an empty column."""

    def make(target: str = "binary", n_rows: int = N_ROWS, seed: int = 0) -> pd.DataFrame:
        rng = np.random.default_rng(seed)
        signal = rng.normal(size=n_rows)
        shade = rng.choice(np.array(["red", "green", "blue"], dtype=object), n_rows)
        level = 2 * signal + (shade == "red")
        frame = pd.DataFrame(
            {
                "signal": signal,
                "count": rng.integers(0, 50, n_rows),
                "shade": shade,
                "member": rng.random(n_rows) < 0.5,
                "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(rng.integers(0, 900, n_rows), unit="D"),
                "remark": [f"note {number} on {number % 7}" for number in rng.permutation(n_rows)],
                "empty": np.nan,
            }
        )
        frame.loc[::9, "signal"] = np.nan
        frame.loc[4, "signal"] = np.inf
        frame.loc[::11, "shade"] = None
        frame.loc[::13, "since"] = pd.NaT
        return frame.assign(target=_target(target, level))

    return make


def _target(kind: str, level: Any) -> Any:
    if kind == "number":
        return 40.0 + 10 * level
    edges = {"binary": [0.0], "three": [-1.0, 1.0], "single": [0.0]}[kind]
    labels = np.array(["low", "mid", "top"], dtype=object)[np.digitize(level, edges)]
    if kind == "single":
        labels[3] = "once"
    return labels
