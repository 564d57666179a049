"""The pages become a site without a warning: no dead reference, no page outside the contents."""

from pathlib import Path

import pytest

DOCS = Path(__file__).parents[1] / "docs"


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # Sphinx's own deprecations are not ours; its build warnings fail here
def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    sphinx = pytest.importorskip("sphinx.cmd.build", reason="the extra docs is not installed")
    assert sphinx.main(["-q", "-W", "-d", str(tmp_path / "trees"), str(DOCS), str(tmp_path / "site")]) == 0
    assert "WarmStartSampler" in (tmp_path / "site" / "api.html").read_text(encoding="utf-8")
