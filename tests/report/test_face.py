"""The room's face: its names are there, and a report loads no more than it needs."""

from pathlib import Path

import pytest

from autometa import report
from tests.test_import_weight import HEAVY, command, loaded_by

BREAST_CANCER = Path(__file__).parents[2] / "docs" / "examples" / "breast_cancer.csv"


def test_public_names_exist() -> None:
    assert sorted(report.__all__) == sorted(set(report.__all__))
    assert all(hasattr(report, name) for name in report.__all__)


@pytest.mark.slow
def test_help_loads_nothing_heavy() -> None:
    assert not loaded_by(command("report", "--help")) & {*HEAVY, "plotly"}


@pytest.mark.slow
def test_the_report_on_a_table_loads_neither_torch_nor_optuna_nor_a_database_driver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("AUTOMETA_STORE", raising=False)
    loaded = loaded_by(command("report", str(BREAST_CANCER), "--out", str(tmp_path / "report.html")))
    assert not loaded & {"torch", "optuna", "openml", "sqlalchemy"}
