"""tune_few_shot: a warm-started search over a few-shot learner's parameters, by episodes. Costs torch."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path

import optuna

from autometa.dataset import TaskType
from autometa.errors import InvalidDatasetError, TrainingError, TuningError
from autometa.fewshot.configuration_trial import (
    Budget,
    measure_learner,
    score_name,
    train_configuration,
)
from autometa.fewshot.evaluation import Accuracy, RegressionError
from autometa.fewshot.search_spaces import default_configuration, search_space
from autometa.fewshot.task_distribution import TaskDistribution
from autometa.fewshot.task_features import FEATURES, PACK, VERSION, compute
from autometa.history import Direction
from autometa.metafeatures.base import Feature
from autometa.optuna_spaces import fold_switches, suggest_configuration
from autometa.samplers import TrialArchive
from autometa.search_space import Configuration, SearchSpace
from autometa.tuning.ended import REASON, Remembered, complete_trials, why_nothing
from autometa.tuning.few_shot_trials import INTERVAL
from autometa.tuning.search import Callback, tune
from autometa.tuning.task import TuningTask
from autometa.warmstart.sources import StudySource

N_TRIALS = 20
N_TEST = 600
OURS = "autometa"


@dataclass(frozen=True, slots=True, eq=False)
class TunedFewShot:
    """What a search found.

    Attributes:
        task: what was tuned for.
        learner: name in the catalogue.
        search_space: that was searched.
        metric: of validation episodes, e.g. "episode_accuracy".
        direction: of it.
        study: Optuna's, with every trial.
        params: the best trial's.
        score: its mean over the validation episodes.
        was_interrupted: True if Ctrl-C ended the search.
    """

    task: TuningTask
    learner: str
    search_space: SearchSpace
    metric: str
    direction: Direction
    study: optuna.Study
    params: Configuration
    score: float
    was_interrupted: bool = False


class EpisodeObjective:
    """An objective for Optuna: train a configuration, give its mean score on the validation episodes.

    Args:
        tasks: whose training part is learned from, and whose validation part chooses.
        learner: name in the catalogue.
        search_space: to suggest from.
        budget: of each trial.
    """

    def __init__(self, tasks: TaskDistribution, learner: str, *, search_space: SearchSpace, budget: Budget):
        self._tasks, self._learner = tasks, learner
        self._search_space, self._budget = search_space, budget

    def __call__(self, trial: optuna.Trial) -> float:
        """The mean score.

        Raises:
            TrainingError: the training came to nothing.
            InvalidDatasetError: the configuration does not fit the data.
        """
        params = suggest_configuration(trial, self._search_space)
        try:
            found = self._measured(params)
        except (TrainingError, InvalidDatasetError) as error:
            trial.set_user_attr(REASON, str(error))
            raise
        trial.set_user_attr(INTERVAL, found.ci95)
        return found.mean

    def _measured(self, params: Configuration) -> Accuracy | RegressionError:
        learner = train_configuration(self._tasks, self._learner, params, budget=self._budget)
        return measure_learner(learner, self._tasks, "validation", n_episodes=self._budget.n_validation)


def few_shot_task(tasks: TaskDistribution) -> TuningTask:
    """A task distribution as `tune` and the store know it, measured.

    Args:
        tasks: to describe.
    """
    shape = tasks.sampler("validation").shape
    is_regression = shape.n_targets > 0
    return TuningTask.of(
        tasks.name,
        tasks.fingerprint(),
        compute(tasks),
        [Feature(one.name, one.group, one.definition, OURS) for one in FEATURES],
        pack=PACK,
        version=VERSION,
        family=tasks.family,
        task_type=TaskType.REGRESSION if is_regression else TaskType.CLASSIFICATION,
        n_rows=tasks.n_examples,
        n_columns=prod(shape.feature_shape),
        n_classes=0 if is_regression else shape.n_way,
    )


def tune_few_shot(
    tasks: TaskDistribution,
    learner: str,
    *,
    source: str | Path | StudySource | None = None,
    archive: TrialArchive | None = None,
    budget: Budget | None = None,
    n_trials: int = N_TRIALS,
    timeout: float | None = None,
    seed: int = 0,
    storage: str | None = None,
    callbacks: Sequence[Callback] = (),
) -> TunedFewShot:
    """Search the best parameters of a learner for a task distribution.

    Each trial trains from scratch on training classes and is measured on validation classes, the same
    episodes for all; test classes are never touched. A training that fails counts as the worst. Ctrl-C ends
    the search, and what was found is returned.

    Args:
        tasks: to learn.
        learner: name in the catalogue.
        source: past studies, as in `tune`; None searches cold, the learner's defaults first.
        archive: where every trial is recorded, as in `tune`.
        budget: of each trial.
        n_trials: of the study.
        timeout: seconds after which no trial begins.
        seed: of the draws.
        storage: Optuna's storage URL, or the path of an SQLite file: the same call goes on there.
        callbacks: called after every trial.

    Raises:
        UnknownNameError: no such learner.
        InvalidDatasetError: too few classes or examples.
        StoreError: the store or the storage cannot be used.
        TuningError: no trial has a score.
        KeyboardInterrupt: before any trial had a score.
    """
    chosen = budget or Budget()
    space = search_space(learner, way=tasks.way, n_train_classes=tasks.n_train_classes)
    usual = default_configuration(learner, space, tasks.sampler("validation").shape)
    task = few_shot_task(tasks)
    metric, direction = score_name(tasks)
    remembered = Remembered()
    was_interrupted = False
    try:
        study = tune(
            EpisodeObjective(tasks, learner, search_space=space, budget=chosen),
            task,
            direction=direction,
            source=source,
            archive=archive,
            search_space=space,
            metric=metric,
            mixes_metrics=True,  # molecules have scores of their own
            first=[usual] if source is None and usual else (),
            n_trials=n_trials,
            timeout=timeout,
            seed=seed,
            storage=storage,
            study_name=_study_name(task, learner, chosen, seed),
            callbacks=[remembered, *callbacks],
            catch=(TrainingError, InvalidDatasetError),
        )
    except KeyboardInterrupt:
        if remembered.study is None or not complete_trials(remembered.study):
            raise
        study, was_interrupted = remembered.study, True
    if not complete_trials(study):
        raise TuningError(why_nothing(study, advice="give more trials or other episodes"))
    return TunedFewShot(
        task=task,
        learner=learner,
        search_space=space,
        metric=metric,
        direction=direction,
        study=study,
        params=fold_switches(study.best_params),
        score=study.best_value,
        was_interrupted=was_interrupted,
    )


def score_on_test_classes(
    tasks: TaskDistribution,
    learner: str,
    params: Configuration,
    *,
    budget: Budget | None = None,
    n_episodes: int = N_TEST,
) -> Accuracy | RegressionError:
    """The score on test classes of a configuration, trained again as in its trial.

    Args:
        tasks: as in the search.
        learner: likewise.
        params: chosen by the search.
        budget: of the training, as in the search.
        n_episodes: of test classes.
    """
    trained = train_configuration(tasks, learner, params, budget=budget or Budget())
    return measure_learner(trained, tasks, "test", n_episodes=n_episodes)


def _study_name(task: TuningTask, learner: str, budget: Budget, seed: int) -> str:
    """The same for the same search, so that it goes on in a storage, and is recorded once."""
    text = f"{task.info.dataset_id} {learner} {budget} {seed}"
    return f"fewshot-{learner}-{hashlib.blake2b(text.encode(), digest_size=6).hexdigest()}"
