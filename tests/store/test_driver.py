import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DatabaseError

from autometa.errors import StoreError
from autometa_store.driver import fetch_rows, insert_rows, placeholder
from autometa_store.faults import as_store_errors


@pytest.fixture(params=["sqlite", "postgresql"])
def connection(request):
    url = request.getfixturevalue(f"{request.param}_url").replace("postgresql:", "postgresql+psycopg:")
    engine = create_engine(url)
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def test_fetch_rows_gives_plain_tuples(connection):
    mark = placeholder(connection)
    [row] = fetch_rows(connection, f"SELECT 1 + {mark}, 'a'", (2,))
    assert (row, type(row)) == ((3, "a"), tuple)


def test_fetch_rows_raises_what_sqlalchemy_would_raise(connection):
    with pytest.raises(DatabaseError, match="nowhere") as raised:
        fetch_rows(connection, "SELECT * FROM nowhere", ())
    assert isinstance(raised.value.orig, connection.dialect.loaded_dbapi.Error)


def test_fetch_rows_fails_as_the_store_does(connection):
    with (
        pytest.raises(StoreError, match=r"team: .*nowhere.*; look at the store with"),
        as_store_errors("team"),
    ):
        fetch_rows(connection, "SELECT * FROM nowhere", ())


def test_insert_rows_leaves_what_is_there_and_counts_what_is_new(connection):
    connection.exec_driver_sql("CREATE TEMPORARY TABLE pair (a INTEGER PRIMARY KEY, b TEXT, c INT DEFAULT 5)")
    n_new = [
        insert_rows(connection, "pair", ("b", "a"), rows)
        for rows in ([("x", 1), ("y", 2)], [("z", 2), ("%s?", 3), ("w", 3)], [])
    ]
    rows = fetch_rows(connection, "SELECT * FROM pair ORDER BY a", ())
    assert (n_new, rows) == ([2, 1, 0], [(1, "x", 5), (2, "y", 5), (3, "%s?", 5)])
