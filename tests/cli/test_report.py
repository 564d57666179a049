"""`autometa report`: what it writes, promises as JSON, takes as an argument, and how it fails."""

import json
import shutil
from pathlib import Path

import optuna
import pytest

from autometa.report import plotly_bundle
from autometa_cli import main
from autometa_cli.report_contents import Asked, kind_of_thing
from tests.report.pages import write_run

BREAST_CANCER = Path(__file__).parents[2] / "docs" / "examples" / "breast_cancer.csv"


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("AUTOMETA_STORE", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three studies in two files: "warm" and "cold", and "anything"."""
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    folder = tmp_path_factory.mktemp("storage")
    for name, file in (("warm", "studies.db"), ("cold", "studies.db"), ("anything", "other.db")):
        study = optuna.create_study(
            storage=f"sqlite:///{folder / file}",
            study_name=name,
            sampler=optuna.samplers.RandomSampler(seed=len(name)),
            direction="maximize",
        )
        study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=3)
    return folder


@pytest.fixture
def studies(tmp_path: Path, storage: Path) -> Path:
    """The storage in the current folder."""
    for file in storage.iterdir():
        shutil.copy(file, tmp_path)
    return tmp_path / "studies.db"


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ending:
        main(["report", *arguments])
    return int(ending.value.code or 0)


@pytest.mark.slow
def test_json_is_a_promise(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(BREAST_CANCER), "--out", "page.html", "--json", "-n", "3") == 0
    printed = capsys.readouterr()
    answer = json.loads(printed.out)
    assert printed.err == ""
    assert set(answer) == {"schema_version", "report", "bytes", "sections", "seconds"}
    assert answer["report"] == "page.html"
    assert answer["bytes"] == (tmp_path / "page.html").stat().st_size
    assert [one["id"] for one in answer["sections"]] == ["suggestions", "map", "votes", "table"]
    for section in answer["sections"]:
        assert set(section) == {"id", "title", "figures"}
        assert all(set(figure) == {"id", "caption"} for figure in section["figures"])
    assert not list(tmp_path.glob("*.unfinished"))


@pytest.mark.slow
def test_without_an_argument_it_shows_all_that_is_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--json") == 0
    answer = json.loads(capsys.readouterr().out)
    ids = [one["id"] for one in answer["sections"]]
    kinds = ("known", "held-out", "map")
    assert ids == [f"{kind}-{task}" for task in ("classification", "regression") for kind in kinds]
    assert "What autometa knows" in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_a_search_beside_a_cold_one_and_a_training_fit_on_one_page(
    tmp_path: Path, studies: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_run(tmp_path / "run")
    assert run(str(studies), "--study", "warm", "--cold", "cold", str(folder)) == 0
    said = capsys.readouterr().out
    assert said.startswith("The search: warm\n  The best value, ")
    assert "The cold search found its best, " in said
    assert "Training: run (few-shot learner)" in said
    assert "report.html: 4.8 MB" in said or "report.html: 4.9 MB" in said


def test_a_cold_study_may_lie_in_another_storage(studies: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(f"sqlite:///{studies}", "--study", "warm", "--cold", "other.db", "--json") == 0
    (section,) = json.loads(capsys.readouterr().out)["sections"]
    assert "The cold search found its best" in section["figures"][0]["caption"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["studies.db"], "has 2 studies; say which: --study warm | cold"),
        (["studies.db", "--study", "worm"], "no study 'worm'; did you mean 'warm'?"),
        (["studies.db", "--study", "warm", "--cold", "colt"], "no study 'colt'; did you mean 'cold'?"),
        (["gone.csv"], "gone.csv"),
        (["empty"], "is not the folder of a run"),
        (["a.csv", "b.csv"], "a page shows one table"),
        (["a.csv", "--cold", "cold"], "--study and --cold are of a search; name its storage"),
        (["--study", "warm"], "--study and --cold are of a search; name its storage"),
        (["studies.db", "--study", "warm", "--out", "studies.db"], "does not end in .html"),
        (["--out", "nowhere/report.html"], "cannot be written"),
    ],
)
def test_bad_input_gets_one_clear_sentence(
    tmp_path: Path, studies: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert run(*arguments) == 2
    printed = capsys.readouterr()
    assert message in " ".join(printed.err.replace("│", " ").split())
    assert printed.out == ""
    assert not (tmp_path / "report.html").exists()


def test_a_missing_plotly_is_said_before_any_work(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(plotly_bundle, "find_spec", lambda name: None)
    assert run("gone.csv") == 2
    assert (
        capsys.readouterr().err
        == "autometa: reports need the package plotly; pip install 'autometa[report]'\n"
    )


def test_what_is_named_is_told_apart(tmp_path: Path, studies: Path) -> None:
    assert kind_of_thing(str(studies)) == "study"
    assert kind_of_thing("postgresql://user:secret@host/name") == "study"
    assert kind_of_thing("journal:log") == "study"
    assert kind_of_thing(str(tmp_path)) == "run"
    assert kind_of_thing(str(BREAST_CANCER)) == "table"


def test_passwords_are_not_in_the_title() -> None:
    assert "secret" not in Asked(("postgresql://user:secret@host/name", "redis://:secret@host")).title
