import pytest

from tests.store.contract import TrialStoreContract


@pytest.mark.slow
class TestPostgresqlStore(TrialStoreContract):
    @pytest.fixture
    def url(self, postgresql_url):
        return postgresql_url
