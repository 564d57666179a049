"""The package face: what it offers and what it costs."""

import subprocess
import sys

import pytest

import autometa.learners
from autometa.dataset import TaskType
from autometa.errors import UnknownNameError
from autometa.learners import Encoding, Learner, is_installed, learner, learners
from autometa.learners.catalogue import BASE_LEARNERS, BOOSTING_LEARNERS, require_installed

HEAVY = ("sklearn", "pandas", "optuna", "lightgbm", "xgboost", "catboost", "torch")


def test_importing_the_face_and_reading_the_catalogue_loads_nothing_heavy() -> None:
    code = (
        "import sys; from autometa.learners import learners; from autometa.dataset import TaskType;"
        "[list(learners(task)) for task in TaskType];"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_exists() -> None:
    assert all(hasattr(autometa.learners, name) for name in autometa.learners.__all__)


@pytest.mark.parametrize("task", TaskType)
def test_learners_of_a_task_all_do_it(task: TaskType) -> None:
    assert all(task in member.search_spaces for member in learners(task))


def test_learners_can_be_listed_whether_installed_or_not() -> None:
    names = {member.name for member in learners(TaskType.REGRESSION, only_installed=False)}
    assert names >= {"lightgbm", "xgboost", "catboost", "ridge"}


def test_names_are_unique() -> None:
    names = [member.name for member in BASE_LEARNERS + BOOSTING_LEARNERS]
    assert len(names) == len(set(names))


def test_learner_is_found_by_name() -> None:
    assert learner("ridge").title == "ridge regression"


def test_unknown_learner_gets_a_suggestion() -> None:
    with pytest.raises(UnknownNameError, match="no learner 'random_forrest'; did you mean 'random_forest'"):
        learner("random_forrest")


def test_missing_package_is_said_with_the_command_that_installs_it() -> None:
    member = Learner(
        "dream", "a dream", Encoding.ORDINAL, {}, {}, lambda params, setting: None, "", "no_such_pkg"
    )
    assert not is_installed(member)
    with pytest.raises(
        UnknownNameError, match=r"'dream' needs the package no_such_pkg; pip install 'autometa\["
    ):
        require_installed(member)
