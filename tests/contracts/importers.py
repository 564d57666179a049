"""The contract of every importer: plain data that a store takes, once, with counts that add up.

A new importer subclasses `ImporterContract` and gives one fixture: itself, over a place with a usable item.
"""

import json
from pathlib import Path

import pytest

from autometa_store.importers.base import ImportedStudies, Importer, LeftOut, nothing_stored
from autometa_store.importers.saving import ImportTally, save_all
from autometa_store.trial_store import TrialStore


class ImporterContract:
    """Subclasses give the importer; reading it again must give the same."""

    @pytest.fixture
    def importer(self) -> Importer:
        raise NotImplementedError

    def test_gives_at_least_one_study_with_a_scored_trial(self, importer: Importer) -> None:
        trials = [trial for item in _studies(importer) for study in item.studies for trial in study.trials]
        assert any(trial.value is not None for trial in trials)

    def test_reading_twice_gives_the_same(self, importer: Importer) -> None:
        first, second = _studies(importer), _studies(importer)
        assert [item.studies for item in first] == [item.studies for item in second]
        assert [item.cursor for item in first] == [item.cursor for item in second]

    def test_every_item_has_a_name_of_its_own_and_a_cursor_of_json(self, importer: Importer) -> None:
        items = _studies(importer)
        whole = [item.source for item in items if item.is_whole]
        assert len(set(whole)) == len(whole)  # or one would take the place of another
        for item in items:
            assert json.loads(json.dumps(dict(item.cursor), allow_nan=False)) == dict(item.cursor)

    def test_every_trial_is_of_its_space(self, importer: Importer) -> None:
        for item in _studies(importer):
            for study in item.studies:
                parameters = {parameter.name: parameter for parameter in study.search_space.parameters}
                for trial in study.trials:
                    assert trial.params.keys() <= parameters.keys()
                    assert all(parameters[name].contains(value) for name, value in trial.params.items())

    def test_is_stored_once_and_adds_up(self, importer: Importer, tmp_path: Path) -> None:
        with TrialStore.open(tmp_path / "history.db") as store:
            first = _tally(store, importer)
            counts = store.counts()
            second = _tally(store, importer)
            assert store.counts() == counts
        assert first.n_trials == counts["trials"] > 0
        assert first.n_trials + first.n_known_trials == sum(first.n_by_status.values())
        assert (second.n_new, second.n_trials, second.n_removed_trials) == (0, 0, 0)
        assert second.n_seen == first.n_seen

    def test_what_was_stored_comes_back(self, importer: Importer, tmp_path: Path) -> None:
        items = _studies(importer)
        with TrialStore.open(tmp_path / "history.db") as store:
            _tally(store, importer)
            for study in (study for item in items for study in item.studies):
                found = store.studies(study.search_space.name, [study.dataset_id])
                assert study in found


def _studies(importer: Importer) -> list[ImportedStudies]:
    return [item for item in importer.items(nothing_stored) if not isinstance(item, LeftOut)]


def _tally(store: TrialStore, importer: Importer) -> ImportTally:
    tally = ImportTally()
    for outcome in save_all(store, importer):
        tally.add(outcome)
    return tally
