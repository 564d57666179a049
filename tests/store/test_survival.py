"""Several writers at once, and importers that are killed: nothing is lost, nothing is doubled."""

import pytest

from autometa_store.import_progress import ImportProgress
from autometa_store.trial_store import TrialStore
from benchmarks.bench_survival import kill_often
from benchmarks.synthetic_import import SOURCE, committed_pages, import_pages
from tests.store.processes import start_import
from tests.store.samples import SPACE

N_KILLS = 10  # `python -m benchmarks.bench_survival` does a hundred

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request):
    return request.getfixturevalue(f"{request.param}_url")


def test_four_writers_at_once_meet_no_lock_and_lose_nothing(url):
    names = ["north", "east", "south", "west"]
    writers = [start_import(url, source, 20) for source in names]
    errors = [writer.communicate()[1] for writer in writers]
    assert errors == ["", "", "", ""]
    with TrialStore.open(url, mode="read") as store:
        n_trials = {study.source: len(study.trials) for study in store.studies(SPACE.name)}
        assert n_trials == dict.fromkeys(names, 200)
        assert store.counts()["configurations"] == 200
        assert store.find_damage() == []


def test_an_import_killed_at_random_moments_loses_and_doubles_nothing(url, tmp_path):
    survival = kill_often(url, tmp_path, N_KILLS)
    assert (survival.n_wrong, survival.is_identical) == (0, True)
    assert survival.max_redone <= 1
    assert survival.n_amid_page > 0  # else the kills would have proven nothing


def test_the_audit_sees_a_cursor_that_is_ahead_of_its_rows(sqlite_url, tmp_path):
    import_pages(sqlite_url, tmp_path / "notes", n_pages=2)
    assert committed_pages(sqlite_url) == 2
    with TrialStore.open(sqlite_url) as store:
        store.add_progress(ImportProgress(SOURCE, {"page": 3}))
    assert committed_pages(sqlite_url) is None
