"""tune: a warm-started search with any objective."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import optuna
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler, TPESampler
from optuna.trial import FrozenTrial, TrialState

from autometa.dataset import Dataset
from autometa.errors import StoreError, UnknownNameError
from autometa.history import Direction
from autometa.metafeatures import MetaFeatures
from autometa.optuna_spaces import to_optuna_params
from autometa.optuna_studies import METRIC
from autometa.samplers import RecordTrials, TrialArchive, WarmStartSampler
from autometa.search_space import Configuration, SearchSpace
from autometa.similarity import SimilarityModel
from autometa.tuning.task import TuningTask
from autometa.warmstart.sources import StudySource

Objective = Callable[[optuna.Trial], float]
Callback = Callable[[optuna.Study, FrozenTrial], None]
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)
N_TRIALS = 50
SOURCE = "tune"  # that trials are recorded under, with the study's name


def tune(
    objective: Objective,
    about: Dataset | TuningTask | MetaFeatures | None = None,
    *,
    direction: Direction,
    source: str | Path | StudySource | None = None,
    archive: TrialArchive | None = None,
    search_space: SearchSpace | str | None = None,
    metric: str | None = None,
    mixes_metrics: bool = False,
    similarity: SimilarityModel | None = None,
    first: Sequence[Configuration] = (),
    n_trials: int = N_TRIALS,
    timeout: float | None = None,
    n_jobs: int = 1,
    seed: int | None = None,
    storage: str | None = None,
    study_name: str | None = None,
    pruner: BasePruner | None = None,
    callbacks: Sequence[Callback] = (),
    catch: tuple[type[Exception], ...] = (),
) -> optuna.Study:
    """Search for the best parameters of an objective, beginning where past studies ended.

    Interrupted, it raises KeyboardInterrupt; with a storage and a name, the same call goes on later, until
    the study has `n_trials`. With an archive, every trial is recorded, and makes the next study warmer.

    Args:
        objective: takes a trial, gives a number.
        about: what the study is about, a table or another `TuningTask`; past studies of similar ones count
            more then.
        direction: of the objective.
        source: past studies, as `WarmStartSampler` takes them; None searches cold, with TPE.
        archive: where every trial is recorded, such as an open `TrialStore`; needs `about`, `search_space`
            and `metric`. Nothing is recorded where None.
        search_space: which of them to learn from, and what trials are recorded under.
        metric: of the objective; learn only from studies scored by it, from all where None.
        mixes_metrics: learn from studies scored otherwise, too, each by what was better in it.
        similarity: of data sets; what a store learned, or `ScaledL1`, where None.
        first: configurations of the search space to begin with, such as those of a `Recommender`.
        n_trials: of the study, those that it has already included.
        timeout: seconds after which no trial begins.
        n_jobs: threads; an objective that waits for other processes gains from several.
        seed: of all draws.
        storage: Optuna's storage URL, or the path of an SQLite file; the study lives in memory where None.
        study_name: in that storage; a study of this name goes on.
        pruner: of Optuna; trials are not pruned where None.
        callbacks: called after every trial, in this process.
        catch: exceptions of the objective that make a failed trial.

    Raises:
        StoreError: the storage cannot be used, or a store cannot be read or written at the beginning.
        SearchSpaceMismatchError: a configuration in `first` is not one of the search space.
        UnknownNameError: trials shall be recorded, but not what they are about.

    Example:
        >>> from autometa.history import PriorStudy, PriorTrial
        >>> from autometa.samplers import InMemoryTrialSource
        >>> from autometa.search_space import FloatRange
        >>> optuna.logging.set_verbosity(optuna.logging.ERROR)
        >>> space = SearchSpace("toy", 1, (FloatRange("x", 0.0, 1.0),))
        >>> trials = tuple(PriorTrial({"x": i / 10}, (i / 10 - 0.7) ** 2) for i in range(11))
        >>> past = InMemoryTrialSource([PriorStudy("yesterday", space, "loss", "minimize", trials)])
        >>> def loss(trial):
        ...     return (trial.suggest_float("x", 0, 1) - 0.7) ** 2
        >>> tune(loss, direction="minimize", source=past, n_trials=1, seed=0).best_params
        {'x': 0.7}
    """
    recorders = [] if archive is None else [_recorder(archive, about, search_space, metric)]
    study = open_study(
        direction=direction, storage=storage, study_name=study_name, pruner=pruner, metric=metric
    )
    sampler = warm_sampler(
        source,
        about,
        search_space=search_space,
        metric=None if mixes_metrics else metric,
        similarity=similarity,
        seed=fresh_seed(seed, study),
    )
    known = search_space if isinstance(search_space, SearchSpace) else None
    waiting = [dict(one) if known is None else to_optuna_params(one, known) for one in first]
    options: dict[str, Any] = {"timeout": timeout, "n_jobs": n_jobs, "catch": catch}
    callbacks = [*recorders, *callbacks]
    search(study, objective, sampler, first=waiting, n_trials=n_trials, callbacks=callbacks, **options)
    return study


def _recorder(
    archive: TrialArchive,
    about: Dataset | TuningTask | MetaFeatures | None,
    search_space: SearchSpace | str | None,
    metric: str | None,
) -> RecordTrials:
    """The callback that records; a task is described at once: a closed store is noticed before hours."""
    if not isinstance(about, Dataset | TuningTask) or search_space is None or metric is None:
        raise UnknownNameError(
            "to record trials, say what they are of: about= a Dataset or a TuningTask, "
            'search_space= and metric=, e.g. "accuracy"'
        )
    if isinstance(about, Dataset):
        return RecordTrials(archive, about, search_space=search_space, metric=metric, source=SOURCE)
    archive.add_dataset(about.info)
    archive.add_meta_features(about.info.dataset_id, about.meta_features)
    return RecordTrials(archive, about.info, search_space=search_space, metric=metric, source=SOURCE)


def fresh_seed(seed: int | None, study: optuna.Study) -> int | None:
    """A seed for the study's next draws: a study that goes on must not draw again what it drew.

    Args:
        seed: of the whole study.
        study: with its trials so far.
    """
    return None if seed is None else seed + len(study.get_trials(deepcopy=False))


def open_study(
    *,
    direction: Direction,
    storage: str | None,
    study_name: str | None,
    pruner: BasePruner | None,
    metric: str | None = None,
) -> optuna.Study:
    """A new study, or the one of this name.

    Args:
        direction: of the objective.
        storage: Optuna's storage URL, or the path of an SQLite file; None keeps the study in memory.
        study_name: in that storage.
        pruner: of Optuna; trials are not pruned where None.
        metric: noted in the study, for reports; nothing is noted where None.

    Raises:
        StoreError: the storage cannot be used.
    """
    url = storage if storage is None or "://" in storage else f"sqlite:///{Path(storage).expanduser()}"
    try:
        study = optuna.create_study(
            direction=direction,
            storage=url,
            study_name=study_name,
            pruner=pruner or optuna.pruners.NopPruner(),
            load_if_exists=True,
        )
        if metric is not None:
            study.set_user_attr(METRIC, metric)
        return study
    except Exception as error:  # the storage's driver raises what it likes
        if url is None:
            raise
        reason = " ".join(str(error).split())[:200]
        raise StoreError(
            f"the storage {storage} cannot be used ({reason}); give e.g. sqlite:///study.db"
        ) from error


def warm_sampler(
    source: str | Path | StudySource | None,
    about: Dataset | TuningTask | MetaFeatures | None,
    *,
    search_space: SearchSpace | str | None,
    metric: str | None,
    similarity: SimilarityModel | None,
    seed: int | None,
) -> BaseSampler:
    """A `WarmStartSampler`; plain TPE where there is no source."""
    if source is None:
        return TPESampler(seed=seed)
    if isinstance(about, TuningTask):
        similarity, about = similarity or about.similarity, about.meta_features
    return WarmStartSampler(
        source,
        dataset=about if isinstance(about, Dataset) else None,
        meta_features=about if isinstance(about, MetaFeatures) else None,
        search_space=search_space,
        metric=metric,
        similarity=similarity,
        seed=seed,
    )


def search(
    study: optuna.Study,
    objective: Objective,
    sampler: BaseSampler,
    *,
    first: Sequence[Configuration],
    n_trials: int,
    timeout: float | None,
    n_jobs: int,
    callbacks: Sequence[Callback],
    catch: tuple[type[Exception], ...],
) -> None:
    """Run the first configurations, then what the sampler chooses, until the study has so many trials.

    The first ones run under a plain sampler: what they leave open is drawn, and the warm one, which may take
    seconds to prepare, is not asked before its first turn.

    Args:
        study: new, or to go on with; several processes may share one.
        objective: takes a trial, gives a number.
        sampler: for all but the first.
        first: as a trial's `params`; those that the study has are not run again.
        n_trials: of the study at its end.
        timeout: seconds after which no trial begins.
        n_jobs: threads.
        callbacks: called after every trial.
        catch: exceptions of the objective that make a failed trial.
    """
    for params in first[:n_trials]:
        study.enqueue_trial(dict(params), skip_if_exists=True)
    enough = optuna.study.MaxTrialsCallback(n_trials, states=FINISHED)
    options: dict[str, Any] = {"n_jobs": n_jobs, "catch": catch, "callbacks": [*callbacks, enough]}
    n_waiting = len(study.get_trials(deepcopy=False, states=(TrialState.WAITING,)))
    start = time.monotonic()
    if n_waiting:
        study.sampler = TPESampler(seed=len(study.get_trials(deepcopy=False)))
        study.optimize(objective, n_trials=min(n_waiting, n_trials), timeout=timeout, **options)
    n_left = n_trials - len(study.get_trials(deepcopy=False, states=FINISHED))
    time_left = None if timeout is None else timeout - (time.monotonic() - start)
    if n_left > 0 and (time_left is None or time_left > 0):
        study.sampler = sampler
        study.optimize(objective, n_trials=n_left, timeout=time_left, **options)
