"""tune_table: a warm-started search over learners and their parameters on one table."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import optuna

from autometa.errors import TuningError
from autometa.metafeatures import MetaFeatures, extract
from autometa.optuna_spaces import fold_switches, to_optuna_params
from autometa.readers.table import Table
from autometa.samplers import TrialArchive
from autometa.search_space import Configuration
from autometa.tuning.ended import complete_trials, why_nothing
from autometa.tuning.folds import FitFailedError, FoldServers, SearchEndedError
from autometa.tuning.interruption import run_until_ended
from autometa.tuning.joint_space import split
from autometa.tuning.knowledge import Experience, Knowledge, Similarity, consult
from autometa.tuning.objective import SCORES, FoldObjective
from autometa.tuning.pruning import FoldPruner
from autometa.tuning.recording import TrialRecorder
from autometa.tuning.search import Callback, fresh_seed, open_study, search, warm_sampler
from autometa.tuning.setup import Setup

N_TRIALS = 30


@dataclass(frozen=True, slots=True, eq=False)
class TunedTable:
    """What a search found.

    Attributes:
        setup: what was searched, and how it was measured.
        study: Optuna's, with every trial.
        learner: the best one's name.
        params: its configuration.
        score: cross-validated mean of the metric.
        fold_scores: one a fold.
        was_interrupted: True if Ctrl-C ended the search.
        n_recorded: trials that were new to the archive.
        n_unrecorded: trials that the archive did not take.
        notes: sentences about what was decided for the user.
    """

    setup: Setup
    study: optuna.Study
    learner: str
    params: Configuration
    score: float
    fold_scores: tuple[float, ...]
    was_interrupted: bool = False
    n_recorded: int = 0
    n_unrecorded: int = 0
    notes: tuple[str, ...] = ()


def tune_table(
    table: Table,
    *,
    experience: Experience | None = None,
    similarity: Similarity | None = None,
    archive: TrialArchive | None = None,
    metric: str | None = None,
    learner_names: Sequence[str] = (),
    probe_seconds: float | None = None,
    n_trials: int = N_TRIALS,
    timeout: float | None = None,
    n_jobs: int = 1,
    seed: int = 0,
    storage: str | None = None,
    callbacks: Sequence[Callback] = (),
) -> TunedTable:
    """Search for the best learner and configuration by cross-validation.

    The first trials are those that experience recommends; from then on a `WarmStartSampler` weighs the past
    studies of the nearest data sets by what was observed. Trials that fall behind the best one on the same
    folds are ended early. Fits run in other processes, with limits of time and memory.

    Ctrl-C, or the timeout once a trial has succeeded, cuts the running trial off; what was found is returned.

    Args:
        table: the data.
        experience: past trials; None searches cold, with TPE.
        similarity: of data sets, learned or not; `ScaledL1` where None.
        archive: where every trial goes; None records nothing.
        metric: the task's default where None.
        learner_names: only these; the base catalogue, and what else was tried before, if empty.
        probe_seconds: of quick fits on part of the table before the first trial; none where None.
        n_trials: of the study, those included that it has in the storage already.
        timeout: seconds.
        n_jobs: trials at a time.
        seed: of folds, estimators and draws.
        storage: Optuna's storage URL, or the path of an SQLite file: the same call goes on there.
        callbacks: called after every trial.

    Raises:
        UnknownNameError: there is no such metric or learner; or it cannot do this task, or is not installed.
        InvalidDatasetError: too little is left of the table to be evaluated.
        StoreError: the storage cannot be used.
        TuningError: no trial has a score.
        KeyboardInterrupt: before any trial had a score.
    """
    setup = Setup.of(table, metric=metric, learner_names=learner_names, experience=experience, seed=seed)
    study = open_study(
        direction=setup.direction,
        storage=storage,
        study_name=setup.study_name if storage else None,
        pruner=FoldPruner(setup.n_folds),
        metric=setup.metric,
    )
    meta_features = extract(table.dataset)
    knowledge = Knowledge()
    if experience is not None:
        knowledge = consult(
            experience,
            setup,
            meta_features=meta_features,
            similarity=similarity,
            probe_seconds=probe_seconds,
        )
    recorder = None if archive is None else TrialRecorder(archive, setup, meta_features=meta_features)
    was_interrupted = _run(
        study,
        setup,
        knowledge,
        meta_features=meta_features,
        n_trials=n_trials,
        timeout=timeout,
        n_jobs=n_jobs,
        callbacks=callbacks if recorder is None else [recorder, *callbacks],
    )
    return _result(study, setup, knowledge, recorder, was_interrupted=was_interrupted)


def _run(
    study: optuna.Study,
    setup: Setup,
    knowledge: Knowledge,
    *,
    meta_features: MetaFeatures,
    n_trials: int,
    timeout: float | None,
    n_jobs: int,
    callbacks: Sequence[Callback],
) -> bool:
    """Search until the end, the timeout or Ctrl-C; True if it was Ctrl-C."""
    sampler = warm_sampler(
        knowledge.source,
        meta_features,
        search_space=setup.search_space,
        metric=setup.metric,
        similarity=knowledge.similarity,
        seed=fresh_seed(setup.job.plan.seed, study),
    )
    with FoldServers(setup.job) as servers:

        def work() -> None:
            if knowledge.source is not None:  # beside the first trials, which run in other processes
                threading.Thread(target=knowledge.source.prepare, daemon=True).start()
            search(
                study,
                FoldObjective(servers, setup.search_space, metric=setup.metric),
                sampler,
                first=[to_optuna_params(one, setup.search_space) for one in knowledge.first],
                n_trials=n_trials,
                timeout=None,  # it is ended from outside, also in the middle of a trial
                n_jobs=n_jobs,
                callbacks=callbacks,
                catch=(FitFailedError,),
            )

        return run_until_ended(
            work,
            cut_off=servers.close,
            cut_off_raises=SearchEndedError,
            timeout=timeout,
            may_end=lambda: bool(complete_trials(study)),
        )


def _result(
    study: optuna.Study,
    setup: Setup,
    knowledge: Knowledge,
    recorder: TrialRecorder | None,
    *,
    was_interrupted: bool,
) -> TunedTable:
    if not complete_trials(study):
        if was_interrupted:
            raise KeyboardInterrupt
        raise TuningError(why_nothing(study, advice="give more time or trials, or another --learner"))
    best = study.best_trial
    learner, params = split(fold_switches(best.params))
    return TunedTable(
        setup=setup,
        study=study,
        learner=learner,
        params=params,
        score=study.best_value,
        fold_scores=tuple(best.user_attrs[SCORES][setup.metric]),
        was_interrupted=was_interrupted,
        n_recorded=0 if recorder is None else recorder.n_recorded,
        n_unrecorded=0 if recorder is None else recorder.n_waiting,
        notes=(*setup.notes(), *knowledge.notes),
    )
