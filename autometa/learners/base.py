"""Learner: something that can be tuned on a table, with its typed search space and its library default."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from autometa.dataset import TaskType
from autometa.search_space import Configuration, SearchSpace


class Encoding(StrEnum):
    """How a table becomes the numbers that an estimator takes.

    ORDINAL keeps missing values and gives categories as codes, first in the matrix; ONE_HOT imputes, scales
    to unit variance, and gives categories as indicator columns.
    """

    ORDINAL = "ordinal"
    ONE_HOT = "one_hot"


@dataclass(frozen=True, slots=True)
class Setting:
    """What an estimator's construction may depend on, beside its configuration.

    Attributes:
        task_type: classification or regression.
        n_categorical: leading columns of an ordinal encoding that are category codes.
        smallest_class: rows of the rarest class; 0 for regression.
        seed: of the estimator's own randomness.
        n_jobs: threads an estimator may use, as scikit-learn counts them.
    """

    task_type: TaskType
    n_categorical: int = 0
    smallest_class: int = 0
    seed: int = 0
    n_jobs: int = 1


@dataclass(frozen=True, slots=True)
class Learner:
    """A member of the catalogue.

    Attributes:
        name: as on the command line, e.g. "random_forest".
        title: for people, e.g. "random forest".
        encoding: what its estimator takes.
        search_spaces: by task type; a task that is absent cannot be done.
        defaults: the library's own default by task type, a member of the search space.
        make: configuration and setting give an unfitted scikit-learn estimator.
        ranges_from: where the ranges come from.
        package: the import that it needs beyond the base install; None if nothing.
    """

    name: str
    title: str
    encoding: Encoding
    search_spaces: Mapping[TaskType, SearchSpace]
    defaults: Mapping[TaskType, Configuration]
    make: Callable[[Configuration, Setting], Any]
    ranges_from: str
    package: str | None = None
