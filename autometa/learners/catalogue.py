"""The catalogue: every learner that can be suggested and tuned on a table here."""

from importlib.util import find_spec

from autometa.dataset import TaskType
from autometa.errors import UnknownNameError
from autometa.learners import boosting, forests, hist_gradient_boosting, linear, mlp, neighbors, svm
from autometa.learners.base import Learner
from autometa.search_space import Configuration

BASE_LEARNERS: tuple[Learner, ...] = (
    hist_gradient_boosting.LEARNER,
    forests.RANDOM_FOREST,
    forests.EXTRA_TREES,
    linear.LOGISTIC_REGRESSION,
    linear.RIDGE,
    linear.ELASTIC_NET,
    svm.LEARNER,
    neighbors.LEARNER,
    mlp.LEARNER,
)
BOOSTING_LEARNERS: tuple[Learner, ...] = (boosting.LIGHTGBM, boosting.XGBOOST, boosting.CATBOOST)


def learners(task_type: TaskType, *, only_installed: bool = True) -> tuple[Learner, ...]:
    """The learners for this task, those that need a further package only if it is installed."""
    return tuple(
        learner
        for learner in BASE_LEARNERS + BOOSTING_LEARNERS
        if task_type in learner.search_spaces and (not only_installed or is_installed(learner))
    )


def learner(name: str) -> Learner:
    """The learner of this name.

    Raises:
        UnknownNameError: there is none.
    """
    by_name = {member.name: member for member in BASE_LEARNERS + BOOSTING_LEARNERS}
    if name not in by_name:
        raise UnknownNameError.of("learner", name, list(by_name))
    return by_name[name]


def is_library_default(name: str, params: Configuration, task_type: TaskType) -> bool:
    """True if this is the named learner's own default; False also for learners that the catalogue has not."""
    defaults = [m.defaults.get(task_type) for m in BASE_LEARNERS + BOOSTING_LEARNERS if m.name == name]
    return dict(params) in [dict(default) for default in defaults if default is not None]


def is_installed(learner: Learner) -> bool:
    """True if the package that the learner needs can be imported."""
    return learner.package is None or find_spec(learner.package) is not None


def require_installed(learner: Learner) -> None:
    """Raise unless the learner can be used here.

    Raises:
        UnknownNameError: the package that it needs cannot be imported.
    """
    if not is_installed(learner):
        raise UnknownNameError(
            f"learner {learner.name!r} needs the package {learner.package}; pip install 'autometa[boosting]'"
        )
