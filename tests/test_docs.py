"""What the pages say to type can be typed: their Python runs, and their commands and options exist."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest
import typer
from typer.core import TyperCommand, TyperGroup

from autometa.dataset import TaskType
from autometa.learners import learner
from autometa.metafeatures.base import MetaFeatures
from autometa.samplers import RecordTrials
from autometa_cli.main import app
from autometa_store.importers import openml_client
from autometa_store.trial_store import TrialStore
from tests.importers.openml_fake import FakeServer, forest_run
from tests.store.samples import SPACE, dataset, study, svm_trials

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def _blocks(page: str) -> list[str]:
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def _run(page: str, number: int, names: dict[str, Any]) -> dict[str, Any]:
    exec(compile(_blocks(page)[number], f"docs/{page}.md", "exec"), names)
    return names


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("AUTOMETA_STORE", raising=False)


@pytest.fixture
def store() -> Iterator[TrialStore]:
    with TrialStore.open("history.db") as opened:
        yield opened


@pytest.mark.slow
def test_openml_runs_are_imported_and_warm_a_study(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    served = FakeServer([forest_run(number, number / 30, min_samples_leaf=number) for number in range(1, 21)])
    monkeypatch.setattr(openml_client, "OpenMLClient", lambda: served)
    _run("openml", 1, {})
    assert "n_seen=10" in capsys.readouterr().out
    sampler = _run("openml", 0, {})["sampler"]
    space = learner("random_forest").search_spaces[TaskType.CLASSIFICATION]
    assert space.name == "random_forest/classification"
    asked = optuna.create_study(direction="maximize", sampler=sampler).ask()
    asked.suggest_int("min_samples_leaf", 1, 20)
    assert sampler.explain(asked.study)[0].origin != "base"


def test_a_table_is_read_as_the_page_says() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"spent": rng.normal(size=30), "churn": ["yes", "no"] * 15})
    frame.to_csv("customers.csv.gz", index=False)
    table = _run("reading", 0, {})["table"]
    assert (table.dataset.n_rows, list(table.frame)) == (30, ["spent"])


@pytest.mark.slow
def test_a_study_file_turns_warm(capsys: pytest.CaptureFixture[str]) -> None:
    for storage, name in (("sqlite:///old.db", "past"), ("sqlite:///study.db", "now")):
        made = optuna.create_study(
            study_name=name, storage=storage, sampler=optuna.samplers.RandomSampler(seed=0)
        )
        names = _objective()
        made.optimize(names, n_trials=20 if name == "past" else 1)
    _run("sampler", 0, {})
    assert "Explanation(" in capsys.readouterr().out


def _objective() -> Any:
    names: dict[str, Any] = {}
    definition = _blocks("sampler")[0].split("study = ")[0]
    exec(compile(definition, "docs/sampler.md", "exec"), names)
    return names["objective"]


def test_finished_trials_go_back_to_the_store(store: TrialStore) -> None:
    store.add_dataset(dataset("wine"))
    names = {"store": store, "dataset": "wine", "space": SPACE, "RecordTrials": RecordTrials}
    names["study"] = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=0))
    names["objective"] = lambda trial: trial.suggest_float("C", 1e-3, 1e3, log=True)
    _run("sampler", 1, names)
    assert store.counts()["trials"] == 50


@pytest.mark.slow
def test_the_similarity_says_how_good_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(80, 3)), columns=["a", "b", "price"])
    assert len(_run("similarity", 0, {"frame": frame})["advice"].recommendations) == 5
    assert 0 < float(capsys.readouterr().out) < 1


def test_the_store_keeps_what_it_is_given() -> None:
    info = dataset("iris")
    meta_features = MetaFeatures("core", 1, ("n_rows",), np.array([150.0]))
    given = {"info": info, "meta_features": meta_features, "study": study(), "neighbor_ids": ["iris"]}
    store = _run("store", 0, given | {"TaskType": TaskType})["store"]
    with TrialStore.open("history.db") as again:
        assert again.studies(SPACE.name) == [study()]
    assert store is not None


def test_an_import_in_pages_goes_on_after_its_cursor(store: TrialStore) -> None:
    pages = [[(dataset(name), study(name, svm_trials(2), source="openml"))] for name in ("iris", "wine")]
    names = {"store": store, "pages_from": lambda offset: pages[offset:]}
    for _ in range(2):
        progress = _run("store", 1, names)["store"].progress("openml")
        assert (progress.cursor["offset"], progress.state) == (2, "done")
    assert store.counts()["trials"] == 4


def test_every_page_with_python_is_tested() -> None:
    here = {"openml", "reading", "sampler", "similarity", "store"}
    others = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    with_python = {page for page in PAGES if "```python" in page.read_text(encoding="utf-8")}
    assert [
        page.name
        for page in with_python
        if page.stem not in here and not any(f'"{page.name}"' in text for text in others)
    ] == []


def _commands(page: Path) -> list[list[str]]:
    """The words after `autometa` of every command in the blocks of a page."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^```(?:console|bash|sh|text)?\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    found = [re.match(r"(?:\$ |.*&& )?autometa ((?:[a-z]+|--).*)", line) for line in lines]
    return [shlex.split(match[1].partition(" > ")[0], comments=True) for match in found if match]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_and_options_of_a_page_exist(page: Path) -> None:
    for words in _commands(page):
        command: Any = typer.main.get_command(app)
        names = list(words)
        while isinstance(command, TyperGroup):
            found = command.commands.get(names[0])
            assert isinstance(found, TyperCommand | TyperGroup), f"{page.name}: autometa {' '.join(words)}"
            command = found
            names.pop(0)
        options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
        unknown = {word for word in names if re.match(r"--?[a-z]", word)} - options
        assert not unknown, f"{page.name}: autometa {' '.join(words)}"


def test_commands_are_found_where_they_are_shown() -> None:
    shown = {page.stem: len(_commands(page)) for page in PAGES}
    assert all(shown[name] >= 2 for name in ("README", "openml", "populate", "fewshot", "tune", "store"))
