"""Stores of every released schema version open after an upgrade, and hold what they held."""

import shutil
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from autometa.errors import StoreError
from autometa_store.models import Base
from autometa_store.schema import SCHEMA_VERSION, upgrade_store
from autometa_store.trial_store import TrialStore

FOLDER = Path(__file__).parents[1] / "data" / "upgrade"


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION + 1))
def test_an_upgraded_store_holds_what_it_held(version, tmp_path):
    path = tmp_path / "store.db"
    shutil.copy(FOLDER / f"store_v{version}.db", path)
    assert upgrade_store(f"sqlite:///{path}") == (version, SCHEMA_VERSION)
    with TrialStore.open(path) as store:
        store.export(tmp_path / "export.jsonl")
        assert store.find_damage() == []
    assert (tmp_path / "export.jsonl").read_text() == (FOLDER / f"store_v{version}.jsonl").read_text()


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def test_the_migrations_make_what_the_models_say(kind, request):
    url = request.getfixturevalue(f"{kind}_url")
    with TrialStore.open(url) as store, store._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_upgrade_never_makes_a_store(tmp_path):
    with pytest.raises(StoreError, match="there is no store"):
        upgrade_store(f"sqlite:///{tmp_path / 'none.db'}")
    assert list(tmp_path.iterdir()) == []
