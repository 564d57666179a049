"""Optuna's studies as imported items: every kind of storage, distribution, ending and objective."""

import logging
import math
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import optuna
import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState, create_trial

from autometa.dataset import TaskType
from autometa.errors import ImporterError, InvalidDatasetError, UnknownNameError
from autometa.history import TrialStatus
from autometa.optuna_studies import prior_study_from_optuna
from autometa.search_space import Choice, Condition, FloatRange, IntRange
from autometa.warmstart.sources import DatasetInfo
from autometa_store.importers.base import ImportedStudies, Importer, LeftOut, nothing_stored
from autometa_store.importers.described import DescribedDataset
from autometa_store.importers.optuna_places import OptunaPlace, open_place
from autometa_store.importers.optuna_storage import OptunaImporter
from autometa_store.importers.saving import ImportTally, save_all
from autometa_store.trial_store import TrialStore
from tests.contracts.importers import ImporterContract

optuna.logging.set_verbosity(logging.ERROR)
DATASET = DescribedDataset(DatasetInfo("iris", "iris", "iris", TaskType.CLASSIFICATION, 150, 4, 3), ())


def _objective(trial: optuna.Trial) -> float:
    """Conditional, of all kinds of distributions, sometimes failing or pruned."""
    learner = trial.suggest_categorical("learner", ["svm", "forest"])
    if learner == "svm":
        value = trial.suggest_float("C", 1e-3, 1e3, log=True)
        trial.suggest_float("coef0", -1.0, 1.0, step=0.25)
    else:
        value = trial.suggest_int("depth", 1, 64, log=True) + trial.suggest_int("leaf", 1, 9, step=2)
    if trial.number % 10 == 3:
        raise optuna.TrialPruned
    if trial.number % 10 == 7:
        raise ArithmeticError
    return 1 / (1 + value)


def _fill(storage: object, name: str = "tune", n_trials: int = 20) -> optuna.Study:
    study = optuna.create_study(
        storage=storage,  # type: ignore[arg-type]
        study_name=name,
        direction="maximize",
        sampler=optuna.samplers.RandomSampler(seed=0),
        load_if_exists=True,
    )
    study.optimize(_objective, n_trials=n_trials, catch=(ArithmeticError,))
    return study


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite storage with one study of twenty trials."""
    path = tmp_path_factory.mktemp("optuna") / "study.db"
    _fill(f"sqlite:///{path}")
    return path


@pytest.fixture
def opened() -> Iterator[Callable[[object], OptunaPlace]]:
    """Opens places and closes them in the end."""
    places: list[OptunaPlace] = []

    def call(where: object) -> OptunaPlace:
        places.append(open_place(str(where)))
        return places[-1]

    yield call
    for place in places:
        place.close()


Opened = Callable[[object], OptunaPlace]


class TestSqlite(ImporterContract):
    @pytest.fixture
    def importer(self, filled: Path, opened: Opened) -> Importer:
        return OptunaImporter(opened(filled), DATASET)


class TestJournal(ImporterContract):
    @pytest.fixture
    def importer(self, tmp_path: Path, opened: Opened) -> Importer:
        _fill(JournalStorage(JournalFileBackend(str(tmp_path / "journal.log"))))
        return OptunaImporter(opened(f"journal:{tmp_path / 'journal.log'}"), DATASET)


def _items(importer: Importer) -> list[ImportedStudies]:
    return [item for item in importer.items(nothing_stored) if isinstance(item, ImportedStudies)]


def test_space_and_endings_are_what_was_asked_and_came(filled: Path, opened: Opened) -> None:
    (item,) = _items(OptunaImporter(opened(filled), DATASET))
    (study,) = item.studies
    assert study.search_space.name == "tune/classification"
    by_name = {parameter.name: parameter for parameter in study.search_space.parameters}
    svm, forest = Condition("learner", ("svm",)), Condition("learner", ("forest",))
    assert by_name == {
        "learner": Choice("learner", ("svm", "forest")),
        "C": FloatRange("C", 1e-3, 1e3, log=True, condition=svm),
        "coef0": FloatRange("coef0", -1.0, 1.0, condition=svm),
        "depth": IntRange("depth", 1, 64, log=True, condition=forest),
        "leaf": IntRange("leaf", 1, 9, condition=forest),
    }
    endings = [trial.status for trial in study.trials]
    assert [place for place, one in enumerate(endings) if one is TrialStatus.PRUNED] == [3, 13]
    assert [place for place, one in enumerate(endings) if one is TrialStatus.FAILED] == [7, 17]
    for trial in study.trials:
        study.search_space.check(trial.params)
    assert (study.metric, study.direction) == ("value_to_maximize", "maximize")
    assert "name it, e.g. --metric" in item.notes[0]


def test_agrees_with_the_librarys_own_conversion(filled: Path, opened: Opened) -> None:
    (item,) = _items(OptunaImporter(opened(filled), DATASET, metrics=("roc_auc",)))
    there = optuna.load_study(study_name="tune", storage=f"sqlite:///{filled}")
    expected = prior_study_from_optuna(there, search_space="tune/classification")
    (study,) = item.studies
    assert (study.trials, study.search_space) == (expected.trials, expected.search_space)


def test_url_path_and_another_way_to_write_it_are_one_source(
    filled: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(filled.parent)
    labels = {
        opened(where).label for where in (filled, f"sqlite:///{filled}", filled.name, "sqlite:///study.db")
    }
    assert labels == {f"sqlite:///{filled}"}


def test_unchanged_study_is_left_out_and_a_longer_one_is_read_again(tmp_path: Path, opened: Opened) -> None:
    path = tmp_path / "study.db"
    _fill(f"sqlite:///{path}", n_trials=5)
    with TrialStore.open(tmp_path / "store.db") as store:

        def outcome() -> tuple[int, int, int]:
            tally = ImportTally()
            for one in save_all(store, OptunaImporter(opened(path), DATASET)):
                tally.add(one)
            return tally.n_unchanged, tally.n_trials, store.counts()["trials"]

        assert outcome() == (0, 5, 5)
        assert outcome() == (1, 0, 5)
        _fill(f"sqlite:///{path}", n_trials=15)
        assert outcome() == (0, 15, 20)


def test_another_metric_or_learner_reads_an_unchanged_study_again(filled: Path, opened: Opened) -> None:
    place = opened(filled)
    cursors = [
        _items(importer)[0].cursor
        for importer in (
            OptunaImporter(place, DATASET),
            OptunaImporter(place, DATASET, metrics=("roc_auc",)),
            OptunaImporter(place, DATASET, learner="mine"),
        )
    ]
    assert len({str(cursor) for cursor in cursors}) == 3


def _study_of(tmp_path: Path, directions: list[str], *trials: optuna.trial.FrozenTrial) -> Path:
    path = tmp_path / "made.db"
    study = optuna.create_study(storage=f"sqlite:///{path}", study_name="made", directions=directions)
    if len(directions) == 2:
        with pytest.warns(optuna.exceptions.ExperimentalWarning):
            study.set_metric_names(["latency", "roc_auc"])
    study.add_trials(trials)
    return path


UNIT = {"x": FloatDistribution(0.0, 1.0)}


def test_objectives_have_their_names_and_the_known_one_comes_first(tmp_path: Path, opened: Opened) -> None:
    path = _study_of(
        tmp_path,
        ["minimize", "maximize"],
        create_trial(params={"x": 0.5}, distributions=UNIT, values=[12.0, 0.75]),
        create_trial(params={"x": 0.25}, distributions=UNIT, values=[math.inf, 0.5]),
    )
    (item,) = _items(OptunaImporter(opened(path), DATASET))
    (study,) = item.studies
    assert (study.metric, study.direction) == ("roc_auc", "maximize")
    first, second = study.trials
    assert (first.value, first.other_values) == (0.75, {"latency": 12.0})
    assert (second.value, second.status) == (None, TrialStatus.FAILED)


def test_metrics_among_user_attributes_are_kept(tmp_path: Path, opened: Opened) -> None:
    attributes = {"log_loss": 0.25, "roc_auc": float("nan"), "remark": 3.0}
    trial = create_trial(params={"x": 0.5}, distributions=UNIT, value=0.75, user_attrs=attributes)
    path = _study_of(tmp_path, ["maximize"], trial)
    (item,) = _items(OptunaImporter(opened(path), DATASET, metrics=("balanced_accuracy",)))
    assert item.studies[0].trials[0].other_values == {"log_loss": 0.25}


def test_what_is_not_finished_or_has_no_parameter_is_left_out_and_said(
    tmp_path: Path, opened: Opened
) -> None:
    path = _study_of(
        tmp_path,
        ["maximize"],
        create_trial(params={"x": 0.5}, distributions=UNIT, value=0.75),
        create_trial(state=TrialState.FAIL),
        create_trial(params={"x": 0.1}, distributions=UNIT, state=TrialState.WAITING),
    )
    (item,) = _items(OptunaImporter(opened(path), DATASET, metrics=("roc_auc",)))
    assert len(item.studies[0].trials) == 1
    assert item.notes == (
        "made: 1 trials are not finished and left for later",
        "made: 1 trials without a parameter are left out",
    )


def test_choices_that_are_lists_become_text(tmp_path: Path, opened: Opened) -> None:
    with pytest.warns(UserWarning, match="Choices for a categorical distribution"):
        layers = CategoricalDistribution(([64, 64], None))  # type: ignore[list-item,arg-type]
    trial = create_trial(params={"layers": [64, 64]}, distributions={"layers": layers}, value=1.0)
    path = _study_of(tmp_path, ["maximize"], trial)
    with pytest.warns(UserWarning, match="Choices for a categorical distribution"):
        (item,) = _items(OptunaImporter(opened(path), DATASET))
    (study,) = item.studies
    assert study.search_space.parameters == (Choice("layers", ("[64, 64]", None)),)
    assert study.trials[0].params == {"layers": "[64, 64]"}


def test_learners_trials_go_to_the_catalogues_space(tmp_path: Path, opened: Opened) -> None:
    distributions = {"svc__C": FloatDistribution(1e-2, 1e5), "svc__gamma": FloatDistribution(1e-3, 1.0)}
    rng = np.random.default_rng(0)
    trials = [
        create_trial(params={"svc__C": c, "svc__gamma": 0.1}, distributions=distributions, value=rng.random())
        for c in (0.5, 10.0, 5e4)
    ]
    path = _study_of(tmp_path, ["maximize"], *trials)
    (item,) = _items(OptunaImporter(opened(path), DATASET, learner="svm", metrics=("roc_auc",)))
    inside, outside = item.studies
    assert inside.search_space.name == outside.search_space.name == "svm/classification"
    assert [dict(trial.params) for trial in inside.trials] == [
        {"C": 0.5, "gamma": 0.1, "class_weight": None},
        {"C": 10.0, "gamma": 0.1, "class_weight": None},
    ]
    assert [dict(trial.params) for trial in outside.trials] == [{"C": 5e4, "gamma": 0.1}]
    assert "made: 2 of 3 trials fit the catalogue's space svm/classification" in item.notes


@pytest.mark.parametrize(
    ("metrics", "message"),
    [
        pytest.param(("log_loss",), "maximize what it calls log_loss, a score to minimize", id="direction"),
        pytest.param(("a", "b"), "1 objectives, but 2 metrics are named (a, b)", id="number of objectives"),
    ],
)
def test_metric_that_cannot_be_meant_leaves_the_study_out(
    filled: Path, opened: Opened, metrics: tuple[str, ...], message: str
) -> None:
    (item,) = OptunaImporter(opened(filled), DATASET, metrics=metrics).items(nothing_stored)
    assert isinstance(item, LeftOut)
    assert item.why == "unusable"
    assert message in item.reason


def test_unknown_study_is_named_with_the_closest(filled: Path, opened: Opened) -> None:
    with pytest.raises(UnknownNameError, match="no study 'tuna'; did you mean 'tune'"):
        _items(OptunaImporter(opened(filled), DATASET, study_names=("tuna",)))


def test_reading_changes_nothing_in_the_storage(filled: Path, opened: Opened) -> None:
    before = filled.read_bytes()
    _items(OptunaImporter(opened(filled), DATASET))
    assert filled.read_bytes() == before


def test_places_that_are_none_are_refused_and_nothing_is_made(tmp_path: Path) -> None:
    foreign, text = tmp_path / "foreign.db", tmp_path / "notes.txt"
    connection = sqlite3.connect(foreign)
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    text.write_text("hello\n", encoding="utf-8")
    for where, message in {
        "nowhere.db": "no such file; give the URL or the file",
        "sqlite:///nowhere.db": "no such file; give the URL or the file",
        "journal:nowhere.log": "no such file; give the URL or the file",
        str(foreign): "an SQLite file without Optuna's tables",
        str(text): "neither SQLite nor a journal of Optuna",
        "nonsense://host/db": "the storage URL cannot be understood",
    }.items():
        with pytest.raises(InvalidDatasetError, match=message):
            open_place(where)
    assert not Path("nowhere.db").exists()
    assert not Path("nowhere.log").exists()


def test_silent_server_is_said_without_its_password() -> None:
    with pytest.raises(ImporterError, match="the database does not answer") as caught:
        open_place("postgresql://me:secret@127.0.0.1:1/studies")
    assert "secret" not in str(caught.value)
