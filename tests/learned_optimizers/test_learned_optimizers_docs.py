"""The Python of docs/learned_optimizers.md runs and learns."""

import re
from pathlib import Path

import pytest
import torch

DOCS = Path(__file__).parents[2] / "docs" / "learned_optimizers.md"


@pytest.mark.slow
def test_the_optimizer_of_the_page_trains_a_model(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.manual_seed(0)  # of the page's model
    [block] = re.findall(
        r"^```python\n(.*?)^```$", DOCS.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    exec(compile(block, "docs/learned_optimizers.md", "exec"), {})
    assert float(capsys.readouterr().out.split()[-1]) < 1.5  # chance is 2.3
