"""The Python of docs/fewshot.md runs and learns."""

import re
from pathlib import Path
from typing import Any

import pytest

DOCS = Path(__file__).parents[2] / "docs" / "fewshot.md"


@pytest.mark.slow
def test_the_python_blocks_learn_to_tell_new_classes_apart(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"^```python\n(.*?)^```$", DOCS.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    for block in blocks:
        exec(compile(block, "docs/fewshot.md", "exec"), names)
    trained, tuned = capsys.readouterr().out.splitlines()
    assert float(trained.split(" ± ")[0]) > 0.6
    assert float(tuned.split(" with ")[0]) > 0.6
    assert "plan.learning_rate" in tuned
