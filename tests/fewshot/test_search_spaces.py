"""Search spaces of few-shot learners: what is drawn from them builds the learner it is for."""

from dataclasses import fields

import numpy as np
import pytest

from autometa.errors import UnknownNameError
from autometa.fewshot import LEARNERS, EpisodeShape, TrainingPlan, build, entry
from autometa.fewshot.catalogue import changed
from autometa.fewshot.search_spaces import assign, default_configuration, search_space

VECTORS = EpisodeShape((4,), 3, 1, 2)


@pytest.mark.parametrize("name", [member.name for member in LEARNERS])
def test_whatever_is_drawn_builds_the_learner(name: str) -> None:
    space = search_space(name, way=3, n_train_classes=20)
    rng = np.random.default_rng(0)
    for _ in range(2):
        assigned = assign(space.draw(rng))
        build(name, VECTORS, settings=assigned.settings)
        plan = changed(TrainingPlan(), assigned.plan)
        assert plan.learning_rate == assigned.plan["learning_rate"]


@pytest.mark.parametrize("name", [member.name for member in LEARNERS])
def test_defaults_are_the_learners_own_and_in_the_space(name: str) -> None:
    space = search_space(name, way=3, n_train_classes=20)
    usual = default_configuration(name, space, VECTORS)
    if usual is None:
        assert name in {"maml", "fomaml", "anil", "meta_lstm"}  # they choose inner rates or steps themselves
        return
    space.check(usual)
    assert usual["plan.learning_rate"] == entry(name).learner_type().default_plan(VECTORS).learning_rate
    assert usual.get("train_way", 3) == 3


def test_a_configuration_is_sorted_by_where_it_goes() -> None:
    assigned = assign({"plan.learning_rate": 0.1, "backbone.n_filters": 8, "train_way": 9})
    assert assigned == ({"backbone.n_filters": 8}, {"learning_rate": 0.1}, 9)
    assert assign({}).train_way is None
    assert {"learning_rate"} <= {field.name for field in fields(TrainingPlan)}


def test_only_learners_of_any_way_are_trained_with_other_ways() -> None:
    def names(learner: str, n_train_classes: int) -> tuple[str, ...]:
        return search_space(learner, way=5, n_train_classes=n_train_classes).names

    assert "train_way" in names("prototypical", 12)
    assert "train_way" not in names("maml", 12)
    assert "train_way" not in names("prototypical", 0)
    assert "train_way" not in names("prototypical", 5)
    (ways,) = (
        p for p in search_space("matching", way=5, n_train_classes=12).parameters if p.name == "train_way"
    )
    assert ways.contains(12)
    assert not ways.contains(13)


def test_a_name_that_does_not_exist_is_said_with_the_one_that_does() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'prototypical'"):
        search_space("protypical", way=5)
