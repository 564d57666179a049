"""The page on the sampler: its example runs as it is printed, and is short."""

import re
from pathlib import Path

import optuna
import pytest

from autometa.samplers import Origin
from tests.samplers.past import bowl

PAGE = Path(__file__).parents[2] / "docs" / "sampler.md"


@pytest.mark.slow
def test_example_turns_an_existing_study_warm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    example = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)[0]
    assert len([line for line in example.splitlines() if line]) <= 11
    random = optuna.samplers.RandomSampler(seed=0)
    for name, file, n_trials in (("past", "old.db", 20), ("now", "study.db", 3)):
        study = optuna.create_study(study_name=name, storage=f"sqlite:///{file}", sampler=random)
        study.optimize(bowl(), n_trials=n_trials)
    names: dict[str, object] = {}
    exec(example, names)
    assert capsys.readouterr().out.startswith("Explanation(number=12")
    study = optuna.load_study(study_name="now", storage="sqlite:///study.db")
    assert len(study.trials) == 13
    assert any(study.user_attrs[f"autometa:{n}"]["origin"] == Origin.TRANSFER for n in range(3, 13))
