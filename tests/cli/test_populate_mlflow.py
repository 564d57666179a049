"""`autometa populate mlflow`: a folder of runs is stored once; bad input is one sentence."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from autometa_cli.main import main


def _fill(folder: Path) -> None:
    """Three runs and their table."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(60, 2)), columns=["a", "b"])
    frame.assign(label=np.where(frame["a"] > 0, "x", "y")).to_csv(folder / "churn.csv", index=False)
    experiment = folder / "mlruns" / "1"
    for number in range(3):
        run = experiment / f"r{number}"
        (run / "params").mkdir(parents=True)
        (run / "metrics").mkdir()
        (run / "params" / "C").write_text(str(10.0**number), encoding="utf-8")
        (run / "metrics" / "roc_auc").write_text(f"17 0.{number + 5} 0\n", encoding="utf-8")
        (run / "meta.yaml").write_text(f"start_time: {number}\nstatus: 3\n", encoding="utf-8")
    (experiment / "meta.yaml").write_text("name: tune\n", encoding="utf-8")


def _run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ending:
        main(["populate", "mlflow", *arguments, "--store", "store.db"])
    return int(ending.value.code or 0)


def test_runs_are_stored_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    _fill(tmp_path)
    arguments = ("mlruns", "--dataset", "churn.csv", "--learner", "svm")
    assert _run(*arguments, "--json") == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["trials"]["new"] == 3
    assert "3 of 3 trials fit the catalogue's space svm/classification" in captured.err
    assert _run(*arguments, "--json") == 0
    assert json.loads(capsys.readouterr().out)["items"]["unchanged"] == 1

    assert _run("elsewhere", "--dataset", "churn.csv") == 2
    assert "elsewhere: no such folder; give an mlruns folder" in capsys.readouterr().err
