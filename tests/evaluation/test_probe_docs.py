"""The Python block on probing in docs/suggest.md runs as it stands."""

import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_block_on_probing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("AUTOMETA_STORE", raising=False)
    text = (ROOT / "docs" / "suggest.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```python\n(.*?probe_table.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    names: dict[str, Any] = {}
    exec(compile(block, "docs/suggest.md", "exec"), names)
    assert names["advice"].probes == names["probes"]
    assert len(names["advice"].recommendations) == 5
