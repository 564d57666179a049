"""tune with any objective: warm, cold, going on in a storage, and first configurations."""

from pathlib import Path

import optuna
import pytest

from autometa.errors import StoreError
from autometa.history import PriorStudy, PriorTrial
from autometa.search_space import FloatRange, SearchSpace
from autometa.tuning import tune
from autometa.warmstart.in_memory import InMemoryTrialSource

SPACE = SearchSpace("bowl", 1, (FloatRange("x", 0.0, 1.0), FloatRange("y", 0.0, 1.0)))


def bowl(trial: optuna.Trial) -> float:
    return height(trial.suggest_float("x", 0, 1), trial.suggest_float("y", 0, 1))


def height(x: float, y: float) -> float:
    return (x - 0.7) ** 2 + (y - 0.2) ** 2


@pytest.fixture
def past() -> InMemoryTrialSource:
    grid = [{"x": i / 10, "y": j / 10} for i in range(0, 11, 2) for j in range(0, 11, 2)]
    trials = tuple(PriorTrial(one, height(one["x"] + 0.05, one["y"])) for one in grid)
    return InMemoryTrialSource([PriorStudy("yesterday", SPACE, "loss", "minimize", trials)])


def test_warm_is_better_than_cold_from_the_first_trial_on(past: InMemoryTrialSource) -> None:
    warm = tune(bowl, direction="minimize", source=past, n_trials=6, seed=0)
    cold = tune(bowl, direction="minimize", n_trials=6, seed=0)
    assert warm.trials[0].values[0] < 0.02
    assert warm.best_value < cold.best_value
    assert len(warm.trials) == len(cold.trials) == 6


def test_first_configurations_come_first_and_once(tmp_path: Path) -> None:
    again = {"storage": str(tmp_path / "study.db"), "study_name": "bowl"}
    for n_trials in (2, 4):
        study = tune(
            bowl,
            direction="minimize",
            search_space=SPACE,
            first=[{"x": 0.5, "y": 0.25}, {"x": 0.75, "y": 0.5}],
            n_trials=n_trials,
            seed=0,
            **again,
        )
    assert [trial.params for trial in study.trials[:2]] == [{"x": 0.5, "y": 0.25}, {"x": 0.75, "y": 0.5}]
    assert len(study.trials) == 4


def test_a_study_that_has_enough_trials_is_left_alone(tmp_path: Path) -> None:
    again = {"storage": f"sqlite:///{tmp_path / 'study.db'}", "study_name": "bowl"}
    for _ in range(2):
        study = tune(bowl, direction="minimize", n_trials=3, seed=0, **again)
    assert len(study.trials) == 3


def test_a_study_that_goes_on_does_not_draw_the_same_again(tmp_path: Path) -> None:
    again = {"storage": str(tmp_path / "study.db"), "study_name": "bowl"}
    for n_trials in (3, 6):
        study = tune(bowl, direction="minimize", n_trials=n_trials, seed=0, **again)
    assert len({trial.params["x"] for trial in study.trials}) == 6


def test_callbacks_see_every_trial_and_the_timeout_ends_the_search() -> None:
    seen: list[int] = []
    tune(
        bowl, direction="minimize", n_trials=3, seed=0, callbacks=[lambda _, trial: seen.append(trial.number)]
    )
    assert seen == [0, 1, 2]
    study = tune(bowl, direction="minimize", n_trials=10**6, timeout=0.2, seed=0)
    assert 0 < len(study.trials) < 10**6


def test_the_same_seed_gives_the_same_trials(past: InMemoryTrialSource) -> None:
    runs = [tune(bowl, direction="minimize", source=past, n_trials=5, seed=3).trials for _ in range(2)]
    assert [trial.params for trial in runs[0]] == [trial.params for trial in runs[1]]


@pytest.mark.parametrize("storage", ["nosuch://host/study", "/nowhere/study.db"])
def test_a_storage_that_cannot_be_used_is_one_clear_sentence(storage: str) -> None:
    with pytest.raises(StoreError, match=r"cannot be used .*; give e\.g\. sqlite:///study\.db"):
        tune(bowl, direction="minimize", n_trials=1, storage=storage, study_name="bowl")
