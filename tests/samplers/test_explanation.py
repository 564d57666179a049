"""Explanations: what the study's attributes say of each trial."""

import optuna
import pytest

from autometa.samplers import Explanation, Origin, WarmStartSampler
from autometa.samplers.explanation import largest
from tests.samplers.past import bowl, bowls


def test_explanations_name_origin_and_sources_and_stand_in_the_studys_attributes() -> None:
    study = optuna.create_study(sampler=WarmStartSampler(bowls(), seed=0))
    study.optimize(bowl(), n_trials=6)
    explained = study.sampler.explain(study)
    assert explained[0].origin is Origin.PORTFOLIO
    assert Origin.TRANSFER in {one.origin for one in explained[1:]}
    for one in explained:
        if one.origin in (Origin.PORTFOLIO, Origin.TRANSFER):
            assert set(one.sources) <= {f"bowl-{number}" for number in range(5)}
            assert 0 < sum(one.sources.values()) <= 1 + 1e-3
    assert study.user_attrs["autometa:0"]["origin"] == "portfolio"
    assert set(study.user_attrs) == {f"autometa:{number}" for number in range(6)}


def test_another_sampler_in_another_process_explains_the_same() -> None:
    study = optuna.create_study(sampler=WarmStartSampler(bowls(), seed=0))
    study.optimize(bowl(), n_trials=4)
    stranger = WarmStartSampler(bowls(1))
    assert stranger.explain(study) == study.sampler.explain(study)


def test_attribute_and_back() -> None:
    explanation = Explanation(3, Origin.TRANSFER, {"iris": 0.25}, 0.5)
    assert Explanation.from_attribute(3, explanation.to_attribute()) == explanation


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ({"a": 0.1, "b": 0.4, "c": 0.0}, ["b", "a"]),
        ({str(n): n / 100 for n in range(8)}, ["7", "6", "5", "4", "3"]),
    ],
    ids=["without weight", "too many"],
)
def test_the_largest_sources_are_named(shares: dict[str, float], expected: list[str]) -> None:
    assert list(largest(shares)) == expected
