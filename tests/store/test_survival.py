"""Two writers at once, and a writer that is killed: nothing is lost, nothing is doubled."""

import signal

import pytest

from autometa_store.trial_store import TrialStore
from tests.store.processes import start_import
from tests.store.samples import SPACE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request):
    return request.getfixturevalue(f"{request.param}_url")


def test_two_writers_at_once_lose_nothing(url):
    writers = [start_import(url, source, 30) for source in ("left", "right")]
    errors = [writer.communicate()[1] for writer in writers]
    with TrialStore.open(url, mode="read") as store:
        assert errors == ["", ""]
        assert {study.source: len(study.trials) for study in store.studies(SPACE.name)} == {
            "left": 300,
            "right": 300,
        }
        assert store.counts()["configurations"] == 300
        assert store.find_damage() == []


@pytest.mark.parametrize("n_pages", [1, 7])
def test_a_killed_writer_leaves_what_it_committed_and_resumes_exactly(url, n_pages):
    writer = start_import(url, "openml", 1_000_000)
    for _ in range(n_pages):
        assert writer.stdout is not None
        writer.stdout.readline()
    writer.send_signal(signal.SIGKILL)
    writer.communicate()
    with TrialStore.open(url, mode="read") as store:
        done = store.progress("openml").cursor["page"]
        assert done >= n_pages
        assert store.counts()["trials"] == 10 * done
        assert store.find_damage() == []

    assert start_import(url, "openml", done + 3).communicate()[1] == ""
    with TrialStore.open(url, mode="read") as store:
        assert store.counts()["trials"] == 10 * (done + 3)
        [study] = store.studies(SPACE.name)
        assert [trial.params["C"] for trial in study.trials] == [1.0 + i for i in range(10 * (done + 3))]
