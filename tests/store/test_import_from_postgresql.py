"""An Optuna storage on PostgreSQL, as a team has it, becomes experience in a store beside it."""

import logging
from pathlib import Path

import optuna
import pytest
from sqlalchemy.engine import make_url

from autometa.dataset import TaskType
from autometa.errors import InvalidDatasetError
from autometa.warmstart.sources import DatasetInfo
from autometa_store.importers.described import DescribedDataset
from autometa_store.importers.optuna_places import open_place
from autometa_store.importers.optuna_storage import OptunaImporter
from autometa_store.importers.saving import ImportTally, save_all
from autometa_store.trial_store import TrialStore

optuna.logging.set_verbosity(logging.ERROR)
ABOUT = DescribedDataset(DatasetInfo("iris", "iris", "iris", TaskType.CLASSIFICATION, 150, 4, 3), ())


@pytest.mark.slow
def test_studies_on_a_server_are_stored_once(postgresql_url: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidDatasetError, match="a database without Optuna's tables"):
        open_place(postgresql_url)
    url = make_url(postgresql_url).set(drivername="postgresql+psycopg")
    storage = optuna.storages.RDBStorage(url.render_as_string(hide_password=False))
    study = optuna.create_study(storage=storage, study_name="tune", direction="maximize")
    study.optimize(lambda trial: trial.suggest_float("C", 0.1, 10.0, log=True), n_trials=5)
    storage.engine.dispose()
    place = open_place(postgresql_url.replace("postgresql+psycopg", "postgresql"))
    importer = OptunaImporter(place, ABOUT, metrics=("roc_auc",))
    tally = ImportTally()
    with TrialStore.open(tmp_path / "store.db") as store:
        for _ in range(2):
            for outcome in save_all(store, importer):
                tally.add(outcome)
        assert store.counts()["trials"] == 5
    place.close()
    assert (tally.n_new, tally.n_unchanged, tally.n_trials) == (1, 1, 5)
    assert place.label.startswith("postgresql")
