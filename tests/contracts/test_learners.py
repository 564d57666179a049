"""What every learner of the catalogue keeps: one class, run for every learner and task."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from autometa.dataset import TaskType
from autometa.learners.base import Learner
from autometa.learners.catalogue import BASE_LEARNERS, BOOSTING_LEARNERS, is_installed
from autometa.learners.pipeline import build_pipeline
from autometa.readers import Table, table_from_frame
from autometa.search_space import Choice, Configuration

SIZES = ("n_estimators", "iterations", "max_iter")  # of ensembles: the smallest will do here
MakeFrame = Callable[..., pd.DataFrame]


def cases(*tasks: TaskType) -> list[Any]:
    """Every learner with each of the tasks that it does; skipped where its package is missing."""
    return [
        pytest.param(
            learner,
            task,
            id=f"{learner.name}-{task}",
            marks=pytest.mark.skipif(not is_installed(learner), reason=f"{learner.package} is not installed"),
        )
        for learner in BASE_LEARNERS + BOOSTING_LEARNERS
        for task in tasks
        if task in learner.search_spaces
    ]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # the library's own advice
@pytest.mark.parametrize(("learner", "task"), cases(*TaskType))
class TestLearner:
    def test_default_is_a_member_of_the_search_space(self, learner: Learner, task: TaskType) -> None:
        learner.search_spaces[task].check(learner.defaults[task])

    def test_search_space_is_named_after_learner_and_task(self, learner: Learner, task: TaskType) -> None:
        assert learner.search_spaces[task].name == f"{learner.name}/{task}"

    def test_search_space_and_default_speak_of_the_same_tasks(self, learner: Learner, task: TaskType) -> None:
        assert learner.defaults.keys() == learner.search_spaces.keys()

    def test_predicts_one_value_for_every_row(
        self, learner: Learner, task: TaskType, odd_frame: MakeFrame
    ) -> None:
        table = _table(odd_frame, _kind(task))
        predicted = _fitted(learner, task, table).predict(_unseen(odd_frame, _kind(task)))
        assert predicted.shape == (40,)
        if task is TaskType.CLASSIFICATION:
            assert set(predicted) <= {"low", "mid"}
        else:
            assert np.isfinite(predicted.astype(float)).all()

    def test_default_or_a_drawn_configuration_beats_a_constant(
        self, learner: Learner, task: TaskType, odd_frame: MakeFrame
    ) -> None:
        table, test = _table(odd_frame, _kind(task)), odd_frame(_kind(task), n_rows=200, seed=1)
        tried = [_fitted(learner, task, table), *(_fit(learner, p, table) for p in _drawn(learner, task, 2))]
        assert max(_skill(pipeline.predict(test), test["target"], task) for pipeline in tried) > 0.3

    def test_drawn_configurations_fit(self, learner: Learner, task: TaskType, odd_frame: MakeFrame) -> None:
        table = _table(odd_frame, _kind(task))
        for params in _drawn(learner, task, 3):
            assert _fit(learner, params, table).predict(table.frame).shape == (len(table.frame),)

    def test_same_seed_gives_the_same_predictions_also_from_a_clone(
        self, learner: Learner, task: TaskType, odd_frame: MakeFrame
    ) -> None:
        table, test = _table(odd_frame, _kind(task)), _unseen(odd_frame, _kind(task))
        pipeline = build_pipeline(learner, _drawn(learner, task, 1)[0], table.dataset, seed=7)
        first, second = (_learned(clone(pipeline), table).predict(test) for _ in range(2))
        np.testing.assert_array_equal(first, second)

    def test_row_order_of_what_is_predicted_does_not_matter(
        self, learner: Learner, task: TaskType, odd_frame: MakeFrame
    ) -> None:
        pipeline = _fitted(learner, task, _table(odd_frame, _kind(task)))
        test = _unseen(odd_frame, _kind(task))
        forwards, backwards = pipeline.predict(test), pipeline.predict(test.iloc[::-1])[::-1]
        if task is TaskType.CLASSIFICATION:
            np.testing.assert_array_equal(forwards, backwards)
        else:
            np.testing.assert_allclose(forwards, backwards, rtol=1e-6)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # the library's own advice
@pytest.mark.parametrize(("learner", "task"), cases(TaskType.CLASSIFICATION))
class TestClassifier:
    def test_probabilities_sum_to_one(self, learner: Learner, task: TaskType, odd_frame: MakeFrame) -> None:
        pipeline = _fitted(learner, task, _table(odd_frame, "three"))
        probabilities = pipeline.predict_proba(_unseen(odd_frame, "three"))
        assert probabilities.shape == (40, 3)
        assert list(pipeline.classes_) == ["low", "mid", "top"]
        np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)
        assert (probabilities >= 0).all()

    def test_three_classes_are_predicted_by_their_labels(
        self, learner: Learner, task: TaskType, odd_frame: MakeFrame
    ) -> None:
        pipeline = _fitted(learner, task, _table(odd_frame, "three"))
        predicted = pipeline.predict(_unseen(odd_frame, "three"))
        assert predicted.shape == (40,)
        assert set(predicted) <= {"low", "mid", "top"}

    def test_class_with_a_single_row_is_taken(
        self, learner: Learner, task: TaskType, odd_frame: MakeFrame
    ) -> None:
        table = _table(odd_frame, "single")
        assert set(_fitted(learner, task, table).predict(table.frame)) <= {"low", "mid", "once"}


_TABLES: dict[str, Table] = {}


def _table(odd_frame: MakeFrame, kind: str) -> Table:
    """The odd table with this kind of target; the same object for all learners."""
    if kind not in _TABLES:
        _TABLES[kind] = table_from_frame(odd_frame(kind), target="target")
    return _TABLES[kind]


def _unseen(odd_frame: MakeFrame, kind: str) -> pd.DataFrame:
    """Forty rows with categories, texts and missing values that training did not have."""
    frame = odd_frame(kind, n_rows=40, seed=5).drop(columns="target")
    frame.loc[:5, "shade"] = "violet"
    frame.loc[10, ["signal", "count"]] = [-np.inf, np.nan]
    frame["member"] = frame["member"].astype(object)
    frame.loc[12, "member"] = None
    frame.loc[14:16, "remark"] = None
    return frame


def _kind(task: TaskType) -> str:
    return "binary" if task is TaskType.CLASSIFICATION else "number"


_FITTED: dict[tuple[str, int], Pipeline] = {}


def _fitted(learner: Learner, task: TaskType, table: Table) -> Pipeline:
    """The default, in small, on a table; fitted once for all tests."""
    key = (learner.search_spaces[task].name, id(table))
    if key not in _FITTED:
        _FITTED[key] = _fit(learner, _cheap(learner, task, learner.defaults[task]), table)
    return _FITTED[key]


def _fit(learner: Learner, params: Configuration, table: Table) -> Pipeline:
    return _learned(build_pipeline(learner, params, table.dataset), table)


def _learned(pipeline: Pipeline, table: Table) -> Pipeline:
    return pipeline.fit(table.frame, _labels(table))


def _labels(table: Table) -> NDArray[Any]:
    """The target as a person has it: class labels, not codes."""
    names = np.array(table.dataset.class_names, dtype=object)
    return names[table.dataset.target] if len(names) else table.dataset.target


def _drawn(learner: Learner, task: TaskType, n: int) -> list[Configuration]:
    rng = np.random.default_rng(3)
    return [_cheap(learner, task, learner.search_spaces[task].draw(rng)) for _ in range(n)]


def _cheap(learner: Learner, task: TaskType, params: Configuration) -> Configuration:
    """The configuration with as small an ensemble as its range allows."""
    smallest = {
        parameter.name: parameter.low
        for parameter in learner.search_spaces[task].parameters
        if parameter.name in SIZES and not isinstance(parameter, Choice)
    }
    return {**params, **smallest}


def _skill(predicted: Any, target: "pd.Series[Any]", task: TaskType) -> float:
    """What is gained over the best constant: 0 is nothing, 1 is everything."""
    if task is TaskType.REGRESSION:
        return float(1 - np.mean((predicted - target) ** 2) / np.var(target))
    baseline = float(target.value_counts(normalize=True).max())
    return float((np.mean(predicted == target) - baseline) / (1 - baseline))
