"""The README's commands and Python blocks run, and print what it shows."""

import re
from pathlib import Path

import pytest

from autometa_cli import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The fenced blocks in this language, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


def words(text: str) -> list[str]:
    """Text without its numbers, which differ in the last digit from machine to machine."""
    return re.sub(r"[\d.,\[\]]+", " ", text).split()


@pytest.fixture(autouse=True)
def _at_the_root_without_a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("AUTOMETA_STORE", raising=False)


@pytest.mark.slow
def test_the_first_command_prints_what_the_readme_shows(capsys: pytest.CaptureFixture[str]) -> None:
    install, command = blocks("console")[0].strip().split(" && ")
    assert install == "pip install ."
    with pytest.raises(SystemExit) as ending:
        main(command.split()[1:])
    assert not ending.value.code
    assert words(capsys.readouterr().out) == words(blocks("text")[0])


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # an honest word to the reader
def test_the_python_blocks_run_one_after_another(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    for block in blocks("python"):
        exec(compile(block, "README.md", "exec"), names)
    printed = capsys.readouterr().out.strip().splitlines()
    assert "portfolio" in printed[0]
    assert printed[1].startswith("1 ")
    assert set(printed[4].strip("[]").replace("'", "").split()) <= {"benign", "malignant"}
    assert 0.9 < float(printed[-1]) <= 1.0


def test_the_gate_calls_exactly_the_readmes_test_command() -> None:
    marker = "<!-- test command -->\n```console\n"
    assert README.count(marker) == 1
    assert README.split(marker)[1].splitlines()[0] == 'pip install ".[dev]" && pytest -n auto'


def test_every_link_to_a_file_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
