"""Support vector machines of scikit-learn (libsvm).

Since scikit-learn 1.9 a classifier gives probabilities only through calibration: a sigmoid fitted on three
inner folds (Platt 1999), the machine itself on all rows. A class with a single row cannot be in two folds;
then the plain machine is used, which predicts classes but no probabilities. A regression target is
standardised, so that C and epsilon mean the same on every table.
"""

from typing import Any

from autometa.dataset import TaskType
from autometa.learners.base import Encoding, Learner, Setting
from autometa.search_space import Choice, Configuration, FloatRange, SearchSpace

CALIBRATION_FOLDS = 3
MAX_ITER = 100_000  # libsvm's own bound is none; large C on noisy rows would never end

_SHARED = (
    FloatRange("C", 0.03, 1e3, log=True),
    FloatRange("gamma", 1e-4, 8.0, log=True, alternatives=("scale",)),
)


def _make(params: Configuration, setting: Setting) -> Any:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC, SVR

    if setting.task_type is TaskType.REGRESSION:
        return TransformedTargetRegressor(SVR(**params, max_iter=MAX_ITER), transformer=StandardScaler())
    machine = SVC(**params, max_iter=MAX_ITER, random_state=setting.seed)
    folds = min(CALIBRATION_FOLDS, setting.smallest_class)
    return machine if folds < 2 else CalibratedClassifierCV(machine, cv=folds, ensemble=False)


LEARNER = Learner(
    name="svm",
    title="support vector machine",
    encoding=Encoding.ONE_HOT,
    search_spaces={
        TaskType.CLASSIFICATION: SearchSpace(
            "svm/classification", 1, (*_SHARED, Choice("class_weight", (None, "balanced")))
        ),
        TaskType.REGRESSION: SearchSpace(
            "svm/regression", 1, (*_SHARED, FloatRange("epsilon", 1e-3, 1.0, log=True))
        ),
    },
    defaults={
        TaskType.CLASSIFICATION: {"C": 1.0, "gamma": "scale", "class_weight": None},
        TaskType.REGRESSION: {"C": 1.0, "gamma": "scale", "epsilon": 0.1},
    },
    make=_make,
    ranges_from="auto-sklearn 0.15 and van Rijn & Hutter 2018: C and gamma, narrowed to standardised inputs",
)
