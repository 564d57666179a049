"""Learning similarity models from past experience, with their evaluation on families held out."""

from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

from autometa.dataset import TaskType
from autometa.errors import EmptyHistoryError
from autometa.metafeatures import features
from autometa.metrics import DEFAULT_METRIC
from autometa.similarity.disagreement import rank_disagreement, transfer_regret
from autometa.similarity.examples import Examples, table_rows
from autometa.similarity.trained import LearnedModel, TrainedSimilarity
from autometa.similarity.trainers import trainers
from autometa.warmstart.assessment import Experience, assess
from autometa.warmstart.portfolio import normalised_regret
from autometa.warmstart.sources import TrialSource

LEARNED = ("diagonal", "siamese", "forest")
COMPARED = ("scaled_l1", *LEARNED)


def experience_of(source: TrialSource, task_type: TaskType) -> Experience:
    """What can be learned from: the data sets that have both trials and meta-features.

    Args:
        source: past experience.
        task_type: of the data sets.

    Raises:
        EmptyHistoryError: too few data sets, or too few on which the same configurations were tried.
    """
    table = source.performance(task_type, DEFAULT_METRIC[task_type])
    described = source.meta_features(task_type)
    infos = {info.dataset_id: info for info in source.datasets(task_type)}
    row_of = {dataset_id: row for row, dataset_id in enumerate(described.dataset_ids)}
    tried = np.flatnonzero(np.any(~np.isnan(table.scores) | table.failed, axis=1))
    kept = [int(row) for row in tried if table.dataset_ids[row] in row_of]
    ids = [table.dataset_ids[row] for row in kept]
    n_classes = np.array([infos[i].n_classes for i in table.dataset_ids], dtype=float)
    regrets = (normalised_regret(table, n_classes) if table.dataset_ids else table.scores)[kept]
    examples = Examples(
        table_rows(described, [row_of[dataset_id] for dataset_id in ids]),
        regrets,
        transfer_regret(regrets),
        tuple(infos[dataset_id].family for dataset_id in ids),
        features(described.pack),
    )
    try:
        examples.check_enough()
    except EmptyHistoryError as error:
        raise EmptyHistoryError(f"{task_type}: {error}") from error
    return Experience(examples, rank_disagreement(regrets))


def learnable(source: TrialSource) -> dict[TaskType, Experience]:
    """The experience of each task that has enough.

    Raises:
        EmptyHistoryError: no task has.
    """
    found, errors = {}, []
    for task_type in TaskType:
        try:
            found[task_type] = experience_of(source, task_type)
        except EmptyHistoryError as error:
            errors.append(error)
    if not found:
        raise errors[0]
    return found


def evaluate_similarity(
    experience: Experience, names: Sequence[str], *, on_fold: Callable[[], None] = lambda: None
) -> dict[str, Any]:
    """Reports on the models, their shuffled controls, no similarity, and the oracle, as JSON values.

    Args:
        experience: of one task.
        names: of models other than "none", which is always there.
        on_fold: called after each of the ten folds.

    Raises:
        UnknownNameError: a model does not exist, or cannot be trained here.
    """
    return {
        "n_datasets": len(experience.examples.regrets),
        "n_families": len(set(experience.examples.families)),
        "n_configurations": experience.examples.regrets.shape[1],
        "models": assess(experience, trainers(names), on_fold=on_fold),
    }


def train_similarity(
    experiences: dict[TaskType, Experience],
    kinds: Sequence[str] = LEARNED,
    *,
    on_fold: Callable[[], None] = lambda: None,
) -> TrainedSimilarity:
    """Train models on everything, and evaluate the same training on families held out.

    Args:
        experiences: by task, as `learnable` gives.
        kinds: of learned models.
        on_fold: called after each of the ten folds of each task.

    Raises:
        UnknownNameError: a kind does not exist, or cannot be trained here.
    """
    fits = trainers(kinds)
    models, evaluation = {}, {}
    for task_type, experience in experiences.items():
        evaluation[task_type] = evaluate_similarity(experience, ["scaled_l1", *kinds], on_fold=on_fold)
        models[task_type] = {kind: cast(LearnedModel, fit(experience.examples)) for kind, fit in fits.items()}
    return TrainedSimilarity(models, evaluation)
