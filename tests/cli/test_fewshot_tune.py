"""`autometa fewshot tune`: what it says, promises as JSON, records for the next search, and leaves alone."""

import json
from pathlib import Path

import numpy as np
import pytest

from autometa_cli import main
from autometa_store.trial_store import TrialStore

QUICK = ["--way", "3", "--query", "4", "--examples", "300", "--validation", "10"]


def run(*arguments: str, code: int = 0) -> None:
    with pytest.raises(SystemExit) as ending:
        main(list(arguments))
    assert int(ending.value.code or 0) == code


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    """Thirty classes of twelve vectors each, well apart."""
    generator = np.random.default_rng(0)
    x = np.repeat(4.0 * generator.normal(size=(30, 6)), 12, axis=0) + generator.normal(size=(360, 6))
    np.savez(tmp_path / "vectors.npz", x=x, y=np.repeat([f"c{i:02d}" for i in range(30)], 12))
    return tmp_path / "vectors.npz"


def test_json_is_a_promise_and_the_next_search_knows_of_this_one(
    vectors: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["fewshot", "tune", "--data", str(vectors), *QUICK, "--store", str(tmp_path / "s.db"), "--json"]
    run(*command, "--trials", "3")
    first = json.loads(capsys.readouterr().out)
    assert set(first) == {
        *("schema_version", "task", "meta_features", "data", "way", "shot", "query", "learner", "metric"),
        *("direction", "budget", "best", "test", "trials", "study", "store", "n_known_tasks"),
        *("was_interrupted", "seconds"),
    }
    assert set(first["trials"][0]) == {
        *("number", "origin", "params", "status", "score", "ci95", "seconds", "reason"),
    }
    assert (first["n_known_tasks"], first["trials"][0]["origin"]) == (0, "default")
    assert first["test"]["n_episodes"] == 600
    run(*command, "--trials", "1", "--shot", "2")
    second = json.loads(capsys.readouterr().out)
    assert (second["n_known_tasks"], second["trials"][0]["origin"]) == (1, "portfolio")
    assert second["trials"][0]["params"] == first["best"]["params"]
    run(*command, "--trials", "1", "--shot", "3", "--cold")
    assert json.loads(capsys.readouterr().out)["trials"][0]["origin"] == "default"


@pytest.mark.slow
def test_the_command_that_it_ends_with_runs(
    vectors: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("fewshot", "tune", "--data", str(vectors), *QUICK, "--trials", "2", "--store", str(tmp_path / "s.db"))
    told = capsys.readouterr()
    assert told.err == ""
    assert "vectors 3-way 1-shot, prototypical; learning from none, so cold" in told.out
    assert "The best on test episodes: 0." in told.out
    _, command = told.out.rstrip().rsplit("\n", 1)
    arguments = command.split()[1:]
    run(*arguments, "--steps", "3", "--out", str(tmp_path / "run"))
    card = json.loads((tmp_path / "run" / "run.json").read_text())
    assert (card["way"], card["query"], card["plan"]["schedule"]) == (3, 4, "cosine")


def test_suggestions_for_tables_do_not_change(
    vectors: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = str(tmp_path / "s.db")
    rows = "".join(f"{i},{i % 7},{'yes' if i % 3 else 'no'}\n" for i in range(60))
    (tmp_path / "table.csv").write_text("a,b,label\n" + rows)
    suggest = ["suggest", str(tmp_path / "table.csv"), "--store", store, "--json"]
    TrialStore.open(store).close()
    run(*suggest)
    before = json.loads(capsys.readouterr().out)
    run("fewshot", "tune", "--data", str(vectors), *QUICK, "--trials", "2", "--store", store)
    capsys.readouterr()
    run(*suggest)
    after = json.loads(capsys.readouterr().out)
    assert before["suggestions"]
    assert after["suggestions"] == before["suggestions"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "nowhere"], "there is no nowhere"),
        (["--data", "sinusoid", "--learner", "mmaml"], "did you mean 'maml'"),
        (["--data", "sinusoid", "--trials", "2"], "none of 2 trials has a score (the last one: Prototypical"),
    ],
)
def test_mistakes_are_one_sentence(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    run("fewshot", "tune", *arguments, "--store", "s.db", code=2)
    told = capsys.readouterr()
    assert message in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""
