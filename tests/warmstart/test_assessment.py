"""The judge of similarity models: what is held out, what an oracle reaches, and sparse trials."""

from dataclasses import replace

import numpy as np
import pytest

from autometa import TaskType
from autometa.errors import EmptyHistoryError
from autometa.similarity import NoSimilarity
from autometa.similarity.examples import Examples
from autometa.warmstart.assessment import assess
from autometa.warmstart.similarity_learning import experience_of, learnable, train_similarity
from tests.similarity_source import alike_source
from tests.sources import toy_source


def test_training_never_sees_the_family_of_what_it_is_judged_on() -> None:
    experience = experience_of(alike_source(), TaskType.CLASSIFICATION)
    families = tuple(f"pair{i // 2}" for i in range(30))
    experience = replace(experience, examples=replace(experience.examples, families=families))
    seen: list[Examples] = []

    def remember(examples: Examples) -> NoSimilarity:
        seen.append(examples)
        return NoSimilarity()

    assess(experience, {"spy": remember})
    assert len(seen) == 20  # ten folds, each also with shuffled meta-features
    assert all(
        families.count(name) == examples.families.count(name)
        for examples in seen
        for name in set(examples.families)
    )
    held_out = [set(families) - set(examples.families) for examples in seen[::2]]
    assert sorted(name for fold in held_out for name in fold) == sorted(set(families))
    assert seen[0].disagreement.shape == (len(seen[0].families),) * 2


def test_no_similarity_as_a_model_is_the_referee_and_the_oracle_is_ahead() -> None:
    experience = experience_of(alike_source(), TaskType.CLASSIFICATION)
    reports = assess(experience, {"spy": lambda _: NoSimilarity()})
    assert reports["spy"]["regret"] == reports["none"]["regret"]
    assert reports["oracle"]["regret"]["mean"]["difference"] < 0
    assert reports["oracle"]["regret"]["mean"]["share_of_oracle_gap"] == pytest.approx(1)
    assert reports["none"]["effective_share"]["all"] == pytest.approx(1)


@pytest.mark.slow
def test_sparse_trials_and_data_sets_without_any_are_taken() -> None:
    source = alike_source(40)
    scores = source.scores["balanced_accuracy"].copy()
    scores[np.random.default_rng(0).uniform(size=scores.shape) < 0.05] = np.nan
    scores[7] = np.nan
    experiences = learnable(replace(source, scores={"balanced_accuracy": scores}))
    trained = train_similarity(experiences, ["diagonal"])
    assert trained.evaluation[TaskType.CLASSIFICATION]["n_datasets"] == 39
    assert trained.model(TaskType.CLASSIFICATION, "diagonal") is not None


def test_too_little_is_an_error_that_names_the_task() -> None:
    with pytest.raises(EmptyHistoryError, match="classification: 12 data sets"):
        learnable(toy_source())
