"""What is opened: nothing, damage, other programs' files, other versions' stores."""

import sqlite3

import numpy as np
import pytest

from autometa.errors import SchemaVersionError, StoreError
from autometa_store import schema
from autometa_store.models import Base
from autometa_store.schema import upgrade_store
from autometa_store.trial_store import TrialStore
from tests.store.damage import execute, spoil_a_leaf
from tests.store.samples import SPACE, dataset, study, svm_trials


@pytest.fixture
def path(tmp_path):
    """A store with a few hundred trials, closed."""
    path = tmp_path / "store.db"
    with TrialStore.open(path) as store:
        store.add_dataset(dataset("iris"))
        store.add_study(study("iris", svm_trials(500)))
    return path


def test_reading_never_makes_a_store(tmp_path):
    with pytest.raises(StoreError, match="there is no store; run `autometa populate` first"):
        TrialStore.open(tmp_path / "new" / "store.db", mode="read")
    assert list(tmp_path.iterdir()) == []


def test_writing_makes_a_store_and_nothing_else(tmp_path):
    TrialStore.open(tmp_path / "new" / "store.db").close()
    assert [found.name for found in (tmp_path / "new").iterdir()] == ["store.db"]


@pytest.mark.parametrize("mode", ["read", "write"])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "an empty file, not a store; restore a copy, or delete it"),
        (b"sepal,petal\n1,2\n" * 100, "not a database; give another --store, or restore a copy"),
        (b"SQLite format 3\x00" + b"\xff" * 4096, "damaged; restore a copy"),
    ],
    ids=["empty", "a table", "noise after the head"],
)
def test_a_file_that_is_no_store_is_named_and_left_alone(tmp_path, mode, content, message):
    path = tmp_path / "data.csv"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=message):
        TrialStore.open(path, mode=mode)
    assert path.read_bytes() == content


@pytest.mark.parametrize("mode", ["read", "write"])
def test_another_programs_database_is_left_alone(tmp_path, mode):
    path = tmp_path / "browser.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE history (url TEXT)")
    connection.close()
    content = path.read_bytes()
    with pytest.raises(StoreError, match="a database, but no autometa store"):
        TrialStore.open(path, mode=mode)
    assert path.read_bytes() == content


def test_a_folder_is_no_store(tmp_path):
    with pytest.raises(StoreError, match="a folder, not a store"):
        TrialStore.open(tmp_path)


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot make a store here"):
        TrialStore.open(tmp_path / "file" / "store.db")


def test_half_a_file_is_an_error(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(StoreError, match="the file ends too early, it is damaged; restore a copy"):
        TrialStore.open(path, mode="read").studies(SPACE.name)


def test_a_newer_store_asks_for_an_update(path):
    execute(path, "UPDATE alembic_version SET version_num = '0002'")
    for open_ in (TrialStore.open, lambda file: upgrade_store(f"sqlite:///{file}")):
        with pytest.raises(
            SchemaVersionError, match="schema version 2, this autometa knows up to 1; update autometa"
        ):
            open_(path)


def test_an_older_store_asks_for_an_upgrade(path, monkeypatch):
    monkeypatch.setattr(schema, "SCHEMA_VERSION", 2)
    with pytest.raises(SchemaVersionError, match="this autometa wants 2; run `autometa store upgrade`"):
        TrialStore.open(path)


@pytest.mark.slow
def test_a_server_without_a_store_is_not_filled_by_a_reader(postgresql_url):
    with pytest.raises(StoreError, match="a database, but no autometa store"):
        TrialStore.open(postgresql_url, mode="read")


def test_a_server_that_is_away_is_an_error(tmp_path):
    with pytest.raises(StoreError, match="is the server running"):
        TrialStore.open(f"postgresql://nobody@/nothing?host={tmp_path}")


def test_a_folder_that_cannot_be_written_can_be_read(path, monkeypatch):
    monkeypatch.setattr("autometa_store.session.os.access", lambda *_: False)
    with TrialStore.open(path, mode="read") as store:
        assert store.counts()["trials"] == 500
    assert [found.name for found in path.parent.iterdir()] == [path.name]


def test_noise_in_an_index_is_seen_by_the_check_only(path):
    spoil_a_leaf(path, "ix_trial_study_id_value")
    with TrialStore.open(path, mode="read") as store:
        assert store.counts()["trials"] == 500
        assert store.find_damage()[0].where == "file"


def test_a_changed_configuration_is_found(path):
    execute(path, "UPDATE configuration SET params = '[2.0,\"rbf\",[],0.1]' WHERE config_id = 5")
    with TrialStore.open(path, mode="read") as store:
        assert [finding.what for finding in store.find_damage()] == [
            "configuration 5 is not the one that was stored"
        ]


def test_an_artifact_with_changed_bytes_is_refused_and_found(path):
    with TrialStore.open(path) as store:
        store.add_artifact("model", {"weights": np.eye(2)})
        execute(path, "UPDATE artifact SET payload = CAST(x'00' || payload AS BLOB)")
        with pytest.raises(StoreError, match="'model' is damaged: its digest differs"):
            store.artifact("model")
        assert [finding.where for finding in store.find_damage()] == ["artifact"]


def test_a_number_column_has_no_nan(path):
    with pytest.raises(sqlite3.IntegrityError, match="value_iff_complete"):
        execute(
            path, "UPDATE trial SET value = 9e999 - 9e999 WHERE number = 3"
        )  # NaN, which SQLite turns to NULL


def test_the_engine_protects_itself(path):
    with TrialStore.open(path) as store, store._engine.connect() as connection:
        pragmas = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 1, "foreign_keys": 1, "busy_timeout": 30_000}


def test_every_table_that_counts_never_reuses_a_key(path):
    connection = sqlite3.connect(path)
    [text] = [
        "".join(sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master WHERE type = 'table'"))
    ]
    connection.close()
    assert text.count("AUTOINCREMENT") == 6
    assert len(Base.metadata.tables) == 9
