import pytest

from tests.store.contract import TrialStoreContract


class TestSqliteStore(TrialStoreContract):
    @pytest.fixture
    def url(self, sqlite_url):
        return sqlite_url
