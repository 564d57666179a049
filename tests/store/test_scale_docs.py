"""The team's worker in docs/scale.md runs against a PostgreSQL server."""

import gc
import re
from pathlib import Path

import optuna
import psycopg
import pytest

from autometa.samplers import RecordTrials, WarmStartSampler
from autometa_store.location import as_store_url
from autometa_store.trial_store import TrialStore
from benchmarks.synthetic_import import SPACE
from tests.store.samples import dataset

DOC = Path(__file__).parents[2] / "docs" / "scale.md"


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # Optuna leaves connections open
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_two_workers_share_a_study_and_give_back_what_they_find(postgresql_url):
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS optuna")
        connection.execute("CREATE DATABASE optuna")
    [block] = re.findall(r"^```python\n(.*?)^```$", DOC.read_text(), flags=re.MULTILINE | re.DOTALL)
    optuna_url = as_store_url(postgresql_url).replace("/postgres?", "/optuna?")
    names = {
        "optuna": optuna,
        "RecordTrials": RecordTrials,
        "TrialStore": TrialStore,
        "WarmStartSampler": WarmStartSampler,
        "info": dataset("iris"),
        "objective": lambda trial: trial.suggest_float("C", 1e-3, 1e9, log=True) ** 0.01,
        "optuna_url": optuna_url,
        "space": SPACE,
        "store_url": postgresql_url,
    }
    for worker in range(2):
        exec(compile(block, DOC.name, "exec"), {**names, "worker": worker})
    with TrialStore.open(postgresql_url, mode="read") as store:
        assert sum(len(study.trials) for study in store.studies(SPACE.name)) == 8
    assert len(optuna.load_study(study_name="churn", storage=optuna_url).trials) == 8
    gc.collect()  # here, lest a later test is blamed
