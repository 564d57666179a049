"""Saving imported items: replacing, adding beside, contradictions, and counts."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from autometa.errors import ImporterError
from autometa.history import PriorStudy, PriorTrial, TrialStatus
from autometa.search_space import FloatRange, SearchSpace
from autometa_store.importers.base import CursorOf, ImportedStudies, Importer, Item, LeftOut
from autometa_store.importers.saving import ImportTally, SavedItem, save_all, save_item
from autometa_store.trial_store import TrialStore
from tests.contracts.importers import ImporterContract
from tests.store.samples import dataset, study, svm_trials

SOURCE = "test:somewhere"


def _item(*studies: PriorStudy, is_whole: bool = True, n: int = 0) -> ImportedStudies:
    return ImportedStudies(
        SOURCE, "somewhere", (dataset("iris"),), (), studies, cursor={"n": n}, is_whole=is_whole
    )


class Listed:
    """An importer over a list that leaves out what the store has."""

    def __init__(self, *items: Item):
        self._items = items

    def items(self, cursor_of: CursorOf) -> Iterator[Item]:
        for item in self._items:
            known = cursor_of(item.source)
            if isinstance(item, ImportedStudies) and known == item.cursor:
                yield LeftOut(item.source, item.title, "unchanged", "as it was")
            else:
                yield item


class TestListed(ImporterContract):
    @pytest.fixture
    def importer(self) -> Importer:
        return Listed(_item(study(source=SOURCE)), LeftOut("x", "x", "unusable", "broken"))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TrialStore]:
    with TrialStore.open(tmp_path / "history.db") as opened:
        yield opened


def test_cursor_and_trials_are_stored_together(store: TrialStore) -> None:
    outcome = save_item(store, _item(study(source=SOURCE), n=3))
    assert isinstance(outcome, SavedItem)
    assert (outcome.n_new, outcome.n_known) == (3, 0)
    progress = store.progress(SOURCE)
    assert progress is not None
    assert (progress.cursor, progress.state) == ({"n": 3}, "done")


def test_whole_item_takes_the_place_of_what_was_stored(store: TrialStore) -> None:
    save_item(store, _item(study(source=SOURCE, trials=svm_trials(4))))
    corrected = [replace(trial, value=0.5) for trial in svm_trials(3)]
    outcome = save_item(store, _item(study(source=SOURCE, trials=tuple(corrected))))
    assert isinstance(outcome, SavedItem)
    assert (outcome.n_new, outcome.n_known, outcome.n_removed) == (0, 3, 1)
    (found,) = store.studies("svm/classification")
    assert [trial.value for trial in found.trials] == [0.5] * 3
    assert store.counts()["configurations"] == 3


def test_space_that_grew_leaves_no_trial_behind_under_the_old_one(store: TrialStore) -> None:
    def tried(high: float) -> PriorStudy:
        space = SearchSpace("ridge", 1, (FloatRange("alpha", 0.0, high),))
        return PriorStudy("iris", space, "r2", "maximize", (PriorTrial({"alpha": 0.5}, 0.9),), SOURCE)

    save_item(store, _item(tried(1.0)))
    save_item(store, _item(tried(2.0)))
    (found,) = store.studies("ridge")
    assert found == tried(2.0)
    counts = store.counts()
    assert (counts["trials"], counts["configurations"], counts["search_spaces"]) == (1, 1, 1)
    assert store.find_damage() == []


def test_other_sources_keep_their_trials_and_configurations(store: TrialStore) -> None:
    store.add_dataset(dataset("iris"))
    store.add_study(study(source="mine", trials=svm_trials(2)))
    save_item(store, _item(study(source=SOURCE, trials=svm_trials(3))))
    save_item(store, _item())
    (found,) = store.studies("svm/classification")
    assert found == study(source="mine", trials=svm_trials(2))
    assert store.counts()["configurations"] == 2


def test_page_goes_beside_what_was_stored(store: TrialStore) -> None:
    save_item(store, _item(study(source=SOURCE, trials=svm_trials(3)), is_whole=False))
    page = study(source=SOURCE, trials=svm_trials(2, first=2))
    outcome = save_item(store, _item(page, is_whole=False))
    assert isinstance(outcome, SavedItem)
    assert (outcome.n_new, outcome.n_known) == (1, 1)
    assert store.counts()["trials"] == 4


def test_item_that_contradicts_the_store_is_left_out_and_the_rest_goes_on(store: TrialStore) -> None:
    wrong = replace(study(source="test:wrong"), direction="minimize")
    items = [
        _item(study(source=SOURCE)),
        ImportedStudies("test:wrong", "wrong", (dataset("wine"),), (), (replace(wrong, dataset_id="wine"),)),
    ]
    tally = ImportTally()
    for outcome in save_all(store, Listed(*items)):
        tally.add(outcome)
    assert (tally.n_seen, tally.n_new) == (2, 1)
    assert "is stored as one to maximize" in tally.skipped[0].reason
    assert store.counts()["datasets"] == 1  # nothing of the second item


def test_tally_counts_items_and_trials(store: TrialStore) -> None:
    tally = ImportTally()
    importer = Listed(_item(study(source=SOURCE)), LeftOut("x", "x", "unusable", "broken"))
    for _ in range(2):
        for outcome in save_all(store, importer):
            tally.add(outcome)
    assert (tally.n_seen, tally.n_new, tally.n_known, tally.n_unchanged) == (4, 1, 0, 1)
    assert [one.reason for one in tally.skipped] == ["broken", "broken"]
    assert tally.n_by_status == {TrialStatus.COMPLETE: 2, TrialStatus.TIMEOUT: 1}


def test_interrupted_import_keeps_the_items_before(store: TrialStore) -> None:
    first = _item(study(source=SOURCE))
    outcomes = save_all(store, Listed(first, LeftOut("x", "x", "unusable", "never seen")))
    next(outcomes)
    outcomes.close()  # type: ignore[attr-defined]
    assert store.counts()["trials"] == 3


def test_studies_of_another_source_are_refused() -> None:
    with pytest.raises(ImporterError, match="a study is of the source 'test', its item of 'test:somewhere'"):
        _item(study())
