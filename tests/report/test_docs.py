"""docs/report.md: its Python runs, and its output is what the command prints."""

import re
from pathlib import Path

import pytest

from autometa_cli import main

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "report.md").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _nothing_but_the_shipped_knowledge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("AUTOMETA_STORE", raising=False)
    monkeypatch.chdir(ROOT)


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_the_output_is_what_the_command_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (command,) = blocks("console")
    arguments = command.split()[1:-1]
    with pytest.raises(SystemExit):
        main([*arguments, str(tmp_path / "report.html")])
    printed = capsys.readouterr().out.splitlines()
    shown = blocks("text")[0].splitlines()
    assert printed[:-1] == shown[:-1]
    assert re.fullmatch(r"report\.html: 4\.\d MB, \d+\.\d s\. Open it in any browser\.", shown[-1])


@pytest.mark.slow
def test_the_python_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = blocks("python")
    names: dict[str, object] = {}
    exec(compile(block, "docs/report.md", "exec"), names)
    assert capsys.readouterr().out.startswith("Try extremely randomised trees first")
    assert str(names["html"]).startswith("<!doctype html>")
