"""Tables to evaluate on, and one thread to do it with."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from threadpoolctl import threadpool_limits

from autometa.readers import Table, table_from_frame


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """As the worker has it; sums in another order would differ in the last digit."""
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="session")
def flowers() -> Table:
    """90 rows of three classes with numbers, categories and missing values."""
    rng = np.random.default_rng(0)
    kind = np.repeat(["iris", "lily", "rose"], 30)
    frame = pd.DataFrame(
        {
            "length": rng.normal(size=90) + (kind == "lily"),
            "width": rng.normal(size=90) + 2 * (kind == "rose"),
            "colour": rng.choice(np.array(["red", "white", None], dtype=object), 90),
            "kind": kind,
        }
    )
    frame.loc[::10, "length"] = np.nan
    return table_from_frame(frame.sample(frac=1, random_state=0, ignore_index=True), target="kind")


@pytest.fixture(scope="session")
def houses() -> Table:
    """60 rows with a real target."""
    rng = np.random.default_rng(1)
    area = rng.uniform(50, 150, 60)
    frame = pd.DataFrame({"area": area, "price": 3 * area + rng.normal(0, 20, 60)})
    return table_from_frame(frame, target="price")
