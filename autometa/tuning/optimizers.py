"""tune_optimizer: a warm-started search over the training of an LSTM optimizer on a task family. Costs torch.

Past searches say which outer rate, unroll, truncation and size to try; past optimizers give first weights.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import optuna

from autometa.errors import TrainingError, TuningError
from autometa.learned_optimizers import LearnedOptimizer, LSTMOptimizer, MetaStep, meta_train
from autometa.learned_optimizers.search_space import METRIC, SEARCH_SPACE, USUAL, OptimizerBudget
from autometa.learned_optimizers.stored import StoredOptimizer, digest_of
from autometa.learned_optimizers.tasks import TaskFamily
from autometa.optuna_spaces import suggest_configuration
from autometa.samplers import TrialArchive
from autometa.search_space import Configuration
from autometa.tuning.ended import REASON, Remembered, complete_trials, why_nothing
from autometa.tuning.optimizer_journal import OptimizerJournal
from autometa.tuning.optimizer_shelf import Start, choose_start, keep_optimizer
from autometa.tuning.optimizer_task import optimizer_task
from autometa.tuning.search import Callback, tune
from autometa.tuning.task import TuningTask
from autometa.warmstart.fitted_source import MIN_TRIALS, ArrayShelf, configuration_key
from autometa.warmstart.sources import StudySource

START, DISTANCE = "start", "distance"  # user attributes of a trial
OPTIMIZER = "optimizer.npz"


class OptimizerArchive(TrialArchive, ArrayShelf, Protocol):
    """Where trials and optimizers are kept: the SQL store is one."""


@dataclass(frozen=True, slots=True, eq=False)
class TunedOptimizer:
    """What a search found.

    Attributes:
        task: the family, measured.
        study: Optuna's, with every trial; the user attribute "start" of a trial names the stored optimizer
            whose weights it began with.
        params: the best trial's, of `SEARCH_SPACE`.
        optimizer: that it trained.
        stored: the same as a store keeps it, with curve, score and start.
        was_interrupted: True if Ctrl-C ended the search.
    """

    task: TuningTask
    study: optuna.Study
    params: Configuration
    optimizer: LearnedOptimizer
    stored: StoredOptimizer
    was_interrupted: bool = False

    @property
    def score(self) -> float:
        """Meta-validation loss over the horizon; lower is better."""
        return self.stored.score


class MetaTrainingObjective:
    """An objective for Optuna: train an optimizer, give its meta-validation loss; the best one is kept.

    Args:
        task: the family, measured.
        family: the same.
        budget: of each trial.
        stored: trained optimizers to begin with; none trains from fresh weights.
        shelf: where every optimizer is kept, if it is better than what is there.
        journal: of the search.
        progress: called after every update.
    """

    def __init__(
        self,
        task: TuningTask,
        family: TaskFamily,
        *,
        budget: OptimizerBudget,
        stored: Sequence[StoredOptimizer],
        shelf: ArrayShelf | None,
        journal: OptimizerJournal,
        progress: Callable[[MetaStep], None] | None,
    ):
        self._task, self._family, self._budget = task, family, budget
        self._stored, self._shelf = stored, shelf
        self._journal, self._progress = journal, progress
        self.best: StoredOptimizer | None = None

    def __call__(self, trial: optuna.Trial) -> float:
        """The meta-validation loss.

        Raises:
            TrainingError: the training came to nothing.
        """
        params = suggest_configuration(trial, SEARCH_SPACE)
        try:
            found = self._trained(params, trial)
        except TrainingError as error:
            trial.set_user_attr(REASON, str(error))
            raise
        if self.best is None or found.score < self.best.score:
            self.best = found
        if self._shelf is not None:
            keep_optimizer(self._shelf, found)
        return found.score

    def _trained(self, params: Configuration, trial: optuna.Trial) -> StoredOptimizer:
        plan = self._budget.plan(params)
        name = self._journal.start_of(params)
        if self._journal.has_begun(params):
            start = Start(LSTMOptimizer.build(plan.network, seed=plan.seed))  # its weights are in the folder
        else:
            start = choose_start(self._task, self._family, plan=plan, stored=self._stored)
            name = start.stored.name if start.stored is not None else None
            self._journal.begin(params, start=name)
        trial.set_user_attr(START, name)
        trial.set_user_attr(DISTANCE, start.distance)
        result = meta_train(
            self._family,
            plan=plan,
            optimizer=start.optimizer,
            callback=self._progress,
            out=self._journal.folder_of(params),
            resume=True,
        )
        if not math.isfinite(result.best_validation):
            raise TrainingError("no validation was finite; a smaller outer_rate may help")
        numbers = zip(self._task.meta_features.names, self._task.meta_features.values.tolist(), strict=True)
        return StoredOptimizer.of(
            result.optimizer,
            task_id=self._task.info.dataset_id,
            task_name=self._task.info.name,
            features=dict(numbers),
            plan=plan,
            start=name,
            score=result.best_validation,
            n_steps=result.n_steps,
            curve=result.curve,
        )


def tune_optimizer(
    family: TaskFamily,
    *,
    source: StudySource | None = None,
    stored: Sequence[StoredOptimizer] = (),
    archive: OptimizerArchive | None = None,
    budget: OptimizerBudget | None = None,
    n_trials: int = 1,
    timeout: float | None = None,
    out: Path | None = None,
    progress: Callable[[MetaStep], None] | None = None,
    callbacks: Sequence[Callback] = (),
) -> TunedOptimizer:
    """Train an LSTM optimizer on a family, with the hyper-parameters and first weights that served others.

    Where no past search has tried three configurations, the first trial takes the usual one, and TPE chooses
    the others. Ctrl-C ends the search, and the best optimizer so far is returned; the same call with the same
    folder goes on.

    Args:
        family: of tasks.
        source: past searches, as in `tune`; None searches cold.
        stored: trained optimizers, as `read_optimizers` gives them; without any, weights are fresh.
        archive: where every trial is recorded, and every optimizer that is better than the one that is there.
        budget: of each trial.
        n_trials: of the study.
        timeout: seconds after which no trial begins.
        out: folder of the search, with the best optimizer as "optimizer.npz"; nothing is written where None.
        progress: called after every update of a training.
        callbacks: called after every trial.

    Raises:
        StoreError: the store cannot be used.
        TrainingError: the folder is of another search.
        TuningError: no trial has a score.
        KeyboardInterrupt: before any trial had a score.
    """
    chosen = budget or OptimizerBudget()
    task = optimizer_task(family, horizon=chosen.horizon)
    asked = {"task": task.info.name, "task_id": task.info.dataset_id, "budget": asdict(chosen)}
    journal = OptimizerJournal(out, asked=asked)
    objective = MetaTrainingObjective(
        task,
        family,
        budget=chosen,
        stored=stored,
        shelf=archive,
        journal=journal,
        progress=progress,
    )
    is_warm = source is not None and _can_teach(source)
    remembered = Remembered()
    was_interrupted = False
    try:
        tune(
            objective,
            task,
            direction="minimize",
            source=source if is_warm else None,
            archive=archive,
            search_space=SEARCH_SPACE,
            metric=METRIC,
            first=journal.tried or ([] if is_warm else [USUAL]),
            n_trials=n_trials,
            timeout=timeout,
            seed=chosen.seed,
            study_name=f"optimizer-{digest_of(asked)}",
            callbacks=[remembered, *callbacks],
            catch=(TrainingError,),
        )
    except KeyboardInterrupt:
        if objective.best is None:
            raise
        was_interrupted = True
    study = remembered.study
    if objective.best is None or study is None:
        raise TuningError(why_nothing(study, advice="give more trials or another family"))
    found = objective.best
    trained = found.build()
    if out is not None:
        trained.save(out / OPTIMIZER, notes={**asked, "plan": dict(found.plan), "score": found.score})
    best = min(complete_trials(study), key=lambda trial: trial.value or 0.0)
    return TunedOptimizer(task, study, dict(best.params), trained, found, was_interrupted)


def _can_teach(source: StudySource) -> bool:
    """A past search has tried enough to tell what is good."""
    return any(
        len({configuration_key(trial.params) for trial in study.trials if trial.value is not None})
        >= MIN_TRIALS
        for study in source.studies(SEARCH_SPACE.name)
    )
