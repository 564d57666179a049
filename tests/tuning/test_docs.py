"""The code in docs/tune.md runs."""

import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "tune.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
PRINTED = ["malignant", "{'x': 0.", "first 0.968, best 0.982\nfirst 0.968, best 0.968\n", "{'n_layers': 2.0}"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("block", "printed"),
    list(zip(BLOCKS, PRINTED, strict=True)),
    ids=["model", "objective", "recorded", "task"],
)
def test_the_code_in_the_docs_runs(
    block: str,
    printed: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shutil.copytree(ROOT / "docs" / "examples", tmp_path / "docs" / "examples")
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "docs/tune.md", "exec"), {})
    assert printed in capsys.readouterr().out
