import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DatabaseError

from autometa.errors import StoreError
from autometa_store.faults import as_store_errors
from autometa_store.session import fetch_rows, placeholder


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
