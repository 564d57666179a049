"""A PostgreSQL server that goes away and comes back in the middle of an import."""

import threading

import pytest

from autometa.errors import StoreError
from autometa_store import session
from autometa_store.trial_store import TrialStore
from tests.store.processes import start_import
from tests.store.samples import SPACE, dataset, study, svm_trials

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


def restart(server):
    server.stop()
    server.start()


def test_an_import_cut_off_by_a_restart_goes_on_exactly(postgresql_server, postgresql_url):
    writer = start_import(postgresql_url, "openml", 1_000_000)
    assert writer.stdout is not None
    for _ in range(5):
        writer.stdout.readline()
    restart(postgresql_server)
    writer.kill()  # it ended with an error, or found the server again and went on
    writer.communicate()
    with TrialStore.open(postgresql_url, mode="read") as store:
        done = store.progress("openml").cursor["page"]
        assert done >= 5
        assert store.counts()["trials"] == 10 * done
    assert start_import(postgresql_url, "openml", done + 3).communicate()[1] == ""
    with TrialStore.open(postgresql_url, mode="read") as store:
        [found] = store.studies(SPACE.name)
        assert [trial.params["C"] for trial in found.trials] == [1.0 + i for i in range(10 * (done + 3))]


def test_a_store_that_is_open_waits_for_its_server(postgresql_server, postgresql_url):
    with TrialStore.open(postgresql_url) as store:
        store.add_dataset(dataset("iris"))
        postgresql_server.stop()
        starting = threading.Timer(1.0, postgresql_server.start)
        starting.start()
        store.add_study(study())  # while nobody answers
        starting.join()
        assert store.studies(SPACE.name) == [study()]


def test_a_restart_inside_a_transaction_undoes_it_and_says_what_to_do(postgresql_server, postgresql_url):
    with TrialStore.open(postgresql_url) as store:
        store.add_dataset(dataset("iris"))

        def write_through_a_restart():
            with store.transaction():
                store.add_study(study("iris", svm_trials(3)))
                restart(postgresql_server)
                store.add_study(study("iris", svm_trials(5)))

        with pytest.raises(StoreError, match="run again to go on, what was committed is kept"):
            write_through_a_restart()
        assert store.counts()["trials"] == 0
        assert store.add_study(study("iris", svm_trials(5))) == 5


def test_a_server_that_stays_away_is_an_error(postgresql_server, postgresql_url, monkeypatch):
    monkeypatch.setattr(session, "_RETRY_SECONDS", 0.01)
    monkeypatch.setattr(session, "SERVER_SECONDS", 0.1)
    with TrialStore.open(postgresql_url) as store:
        postgresql_server.stop()
        try:
            with pytest.raises(StoreError, match="is the server running"):
                store.counts()
        finally:
            postgresql_server.start()
