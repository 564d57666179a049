"""The Python of docs/fewshot.md runs and learns."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs" / "fewshot.md"


@pytest.mark.slow
def test_the_python_block_learns_to_tell_new_classes_apart(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = re.findall(
        r"^```python\n(.*?)^```$", DOCS.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    exec(compile(block, "docs/fewshot.md", "exec"), {})
    mean = float(capsys.readouterr().out.split(" ± ")[0])
    assert mean > 0.6
