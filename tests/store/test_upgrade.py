"""Stores of every released schema version open after an upgrade, and hold what they held."""

import shutil
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from autometa.errors import SchemaVersionError, StoreError
from autometa_store import schema
from autometa_store.location import as_store_url
from autometa_store.models import Base
from autometa_store.schema import SCHEMA_VERSION, upgrade_store
from autometa_store.trial_store import TrialStore
from tests.store.samples import SPACE, dataset, study

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


NEXT = """
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "0002", "0001", None, None
def upgrade():
    op.add_column("dataset", sa.Column("note", sa.Text()))
    op.execute("UPDATE dataset SET note = 'from 1'")
    {more}
"""


@pytest.fixture
def next_version(tmp_path, monkeypatch):
    """Installs an autometa with one more migration, whose last line is given."""

    def install(more=""):
        folder = tmp_path / "migrations"
        shutil.copytree(Path(schema.__file__).parent / "migrations", folder)
        (folder / "versions" / "0002_next.py").write_text(NEXT.format(more=more))
        monkeypatch.setattr(schema, "MIGRATIONS", str(folder))
        monkeypatch.setattr(schema, "SCHEMA_VERSION", 2)

    return install


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def test_a_later_schema_upgrades_a_store_that_has_contents(kind, request, next_version):
    url = as_store_url(request.getfixturevalue(f"{kind}_url"))
    with TrialStore.open(url) as store:
        store.add_dataset(dataset("iris"))
        store.add_study(study())
    next_version()
    with pytest.raises(SchemaVersionError, match="run `autometa store upgrade`"):
        TrialStore.open(url)
    assert [upgrade_store(url), upgrade_store(url)] == [(1, 2), (2, 2)]
    with TrialStore.open(url) as store, store._engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT note FROM dataset").scalar_one() == "from 1"
        assert store.studies(SPACE.name) == [study()]


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def test_an_upgrade_that_fails_leaves_the_store_as_it_was(kind, request, next_version, monkeypatch):
    url = as_store_url(request.getfixturevalue(f"{kind}_url"))
    with TrialStore.open(url) as store:
        store.add_dataset(dataset("iris"))
    next_version('op.execute("UPDATE nowhere SET a = 1")')
    with pytest.raises(StoreError, match="nowhere"):
        upgrade_store(url)
    monkeypatch.setattr(schema, "SCHEMA_VERSION", 1)
    with TrialStore.open(url) as store, store._engine.connect() as connection:
        columns = {column["name"] for column in inspect(connection).get_columns("dataset")}
        assert "note" not in columns
        assert store.counts()["datasets"] == 1
