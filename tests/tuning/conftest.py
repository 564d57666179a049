"""Small tables to search on, past studies of them, and no chatter of Optuna."""

import numpy as np
import optuna
import pandas as pd
import pytest

from autometa.dataset import TaskType
from autometa.history import PriorStudy, PriorTrial
from autometa.learners import learner
from autometa.metafeatures import MetaFeatureTable, extract
from autometa.readers import Table, table_from_frame
from autometa.warmstart.in_memory import InMemoryTrialSource
from autometa.warmstart.sources import DatasetInfo

optuna.logging.set_verbosity(optuna.logging.ERROR)


def flower_frame(seed: int = 0, n_rows: int = 120) -> pd.DataFrame:
    """Three classes with a number that tells them apart, one that does not, and a category."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(["iris", "lily", "rose"], n_rows)
    return pd.DataFrame(
        {
            "length": rng.normal(size=n_rows) + 3 * (kind == "lily") - 3 * (kind == "rose"),
            "width": np.where(rng.uniform(size=n_rows) < 0.1, np.nan, rng.normal(size=n_rows)),
            "colour": rng.choice(np.array(["red", "white", None], dtype=object), n_rows),
            "kind": kind,
        }
    )


@pytest.fixture(scope="session")
def flowers() -> Table:
    return table_from_frame(flower_frame(), target="kind", name="flowers")


@pytest.fixture(scope="session")
def houses() -> Table:
    rng = np.random.default_rng(1)
    area = rng.uniform(50, 150, 80)
    frame = pd.DataFrame({"area": area, "price": 3 * area + rng.normal(0, 20, 80)})
    return table_from_frame(frame, target="price", name="houses")


@pytest.fixture(scope="session")
def experience() -> InMemoryTrialSource:
    """Two learners on six tables like the flowers: neighbours do well with few of them, regression always."""
    studies, infos, rows = [], [], []
    for number in range(6):
        table = table_from_frame(flower_frame(seed=10 + number), target="kind", name=f"flowers-{number}")
        dataset_id = table.dataset.fingerprint()
        infos.append(
            DatasetInfo(dataset_id, table.dataset.name, f"f{number}", TaskType.CLASSIFICATION, 120, 3, 3)
        )
        described = extract(table.dataset)
        rows.append(described.values)
        studies += [_neighbors(dataset_id, number), _regressions(dataset_id)]
    meta = MetaFeatureTable(
        described.pack,
        described.version,
        tuple(info.dataset_id for info in infos),
        described.names,
        np.stack(rows),
    )
    return InMemoryTrialSource(studies, meta, datasets=infos)


def _neighbors(dataset_id: str, seed: int) -> PriorStudy:
    rng = np.random.default_rng(seed)
    space = learner("k_nearest_neighbors").search_spaces[TaskType.CLASSIFICATION]
    draws = [space.draw(rng) for _ in range(8)]
    trials = tuple(_trial(one, 0.9 - 0.01 * float(str(one["n_neighbors"]))) for one in draws)
    return PriorStudy(dataset_id, space, "balanced_accuracy", "maximize", trials)


def _regressions(dataset_id: str) -> PriorStudy:
    space = learner("logistic_regression").search_spaces[TaskType.CLASSIFICATION]
    strengths = (0.001, 0.01, 0.1, 1.0, 10.0)
    trials = tuple(
        _trial({"C": C, "l1_ratio": 0.0, "class_weight": None}, 0.95 + 0.001 * place)
        for place, C in enumerate(strengths)
    )
    return PriorStudy(dataset_id, space, "balanced_accuracy", "maximize", trials)


def _trial(params: dict, score: float) -> PriorTrial:  # type: ignore[type-arg]
    return PriorTrial(params, score, seed=0, fit_seconds=0.01, other_values={"log_loss": 1.0 - score})
