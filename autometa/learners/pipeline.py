"""build_pipeline: learner, configuration and data set give a pipeline that takes the raw data frame."""

import numpy as np
from sklearn.pipeline import Pipeline

from autometa.dataset import Dataset, TaskType
from autometa.errors import InvalidDatasetError
from autometa.learners.base import Learner, Setting
from autometa.learners.catalogue import require_installed
from autometa.learners.encoding import make_encoder, n_categorical
from autometa.search_space import Configuration


def build_pipeline(
    learner: Learner, params: Configuration, dataset: Dataset, *, seed: int = 0, n_jobs: int = 1
) -> Pipeline:
    """An unfitted pipeline: cleaning, encoding, estimator.

    It is fitted on the raw data frame that the data set was made from (any dtypes, missing values,
    infinities) and predicts on frames with unseen categories.

    Args:
        learner: a member of the catalogue.
        params: a configuration of its search space.
        dataset: tells the columns' kinds and the task; its values are not used.
        seed: of the estimator's randomness.
        n_jobs: threads it may use, as scikit-learn counts them.

    Raises:
        SearchSpaceMismatchError: the configuration is not one of the learner's.
        InvalidDatasetError: the learner cannot do this task.
        UnknownNameError: the learner's package is not installed.
    """
    if dataset.task_type not in learner.search_spaces:
        raise InvalidDatasetError(f"{learner.name} does not do {dataset.task_type}; choose another learner")
    require_installed(learner)
    learner.search_spaces[dataset.task_type].check(params)
    smallest = int(np.bincount(dataset.target).min()) if dataset.task_type is TaskType.CLASSIFICATION else 0
    setting = Setting(dataset.task_type, n_categorical(dataset.columns), smallest, seed, n_jobs)
    encoder = make_encoder(learner.encoding, dataset.columns)
    return Pipeline([*encoder.steps, ("model", learner.make(params, setting))])
