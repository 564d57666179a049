"""Where past studies come from: stores by URL, similar data sets, storages with much else in them."""

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
import pytest

from autometa.dataset import TaskType
from autometa.history import PriorStudy
from autometa.metafeatures import MetaFeatures, MetaFeatureTable, extract, features
from autometa.readers import table_from_frame
from autometa.samplers import InMemoryTrialSource, Origin, WarmStartSampler
from autometa.samplers.sources import MAX_SOURCES, fit_sources
from autometa.warmstart.fitted_source import fit_source
from autometa.warmstart.sources import DatasetInfo
from autometa_store.trial_store import TrialStore
from tests.samplers.past import bowl, past_bowl

NAMES = tuple(feature.name for feature in features("core"))


def test_store_is_opened_by_its_url_and_keeps_the_surfaces(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'history.db'}"
    with TrialStore.open(url) as store:
        store.add_dataset(DatasetInfo("bowl-0", "bowl", "bowl", TaskType.REGRESSION, 10, 2))
        store.add_study(past_bowl(0))
    study = optuna.create_study(sampler=WarmStartSampler(url, search_space="bowl", seed=0))
    study.optimize(bowl(), n_trials=2)
    assert study.sampler.explain(study)[0].sources == {"bowl-0": 1.0}
    with TrialStore.open(url, mode="read") as store:
        assert [name.split("/")[0] for name in store.artifact_names()] == ["surface"]


def _two_kinds() -> InMemoryTrialSource:
    """Bowls that are turned over belong to data sets with other numbers."""
    rng = np.random.default_rng(0)
    values = np.array([number % 2 for number in range(8)])[:, None] + rng.uniform(0, 0.01, (8, len(NAMES)))
    studies = [past_bowl(number, sign=-1.0 if number % 2 else 1.0) for number in range(8)]
    table = MetaFeatureTable("core", 1, tuple(one.dataset_id for one in studies), NAMES, values)
    return InMemoryTrialSource(studies, table)


@pytest.mark.parametrize("kind", [0, 1])
def test_meta_features_decide_the_first_trial(kind: int) -> None:
    asked = MetaFeatures("core", 1, NAMES, np.full(len(NAMES), kind + 0.005))
    study = optuna.create_study(sampler=WarmStartSampler(_two_kinds(), meta_features=asked, seed=0))
    study.optimize(bowl(sign=-1.0 if kind else 1.0), n_trials=1)
    sources = study.sampler.explain(study)[0].sources
    assert {int(name.removeprefix("bowl-")) % 2 for name in list(sources)[:4]} == {kind}
    assert study.best_value < (-2.0 if kind else 0.5)


def test_data_set_is_described_for_the_comparison() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=60), "b": rng.normal(size=60), "label": ["yes", "no"] * 30})
    dataset = table_from_frame(frame, target="label").dataset
    own = extract(dataset)
    others = own.values + rng.uniform(5, 9, (3, len(own.names)))
    table = MetaFeatureTable(
        own.pack, own.version, ("bowl-0", "bowl-1", "bowl-2"), own.names, np.vstack([own.values, others[1:]])
    )
    source = InMemoryTrialSource([past_bowl(number) for number in range(3)], table)
    study = optuna.create_study(sampler=WarmStartSampler(source, dataset=dataset, seed=0))
    study.optimize(bowl(), n_trials=1)
    assert next(iter(study.sampler.explain(study)[0].sources)) == "bowl-0"


def test_meta_features_of_nothing_known_are_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    asked = MetaFeatures("core", 1, NAMES, np.zeros(len(NAMES)))
    source = InMemoryTrialSource([past_bowl(0)])
    study = optuna.create_study(sampler=WarmStartSampler(source, meta_features=asked, seed=0))
    with caplog.at_level(logging.WARNING, logger="autometa"):
        study.optimize(bowl(), n_trials=1)
    assert [r.message for r in caplog.records] == [
        "none of the past data sets has meta-features like the new one's: all weigh the same"
    ]


def test_studies_of_other_objectives_and_of_several_are_left_out() -> None:
    random = optuna.samplers.RandomSampler(seed=0)
    past, other = (optuna.create_study(study_name=name, sampler=random) for name in ("past", "other"))
    pair = optuna.create_study(study_name="pair", directions=["minimize", "minimize"], sampler=random)
    past.optimize(bowl(), n_trials=20)
    other.optimize(lambda t: t.suggest_float("momentum", 0, 1), n_trials=20)
    pair.optimize(lambda t: (bowl()(t), 0.0), n_trials=5)
    study = optuna.create_study(sampler=WarmStartSampler.from_studies([other, pair, past], seed=0))
    study.optimize(bowl(), n_trials=4)
    explained = study.sampler.explain(study)
    assert explained[0].origin is Origin.PORTFOLIO
    assert {name for one in explained for name in one.sources} == {"past"}


def test_of_very_many_studies_those_that_weigh_most_are_used() -> None:
    studies = [past_bowl(0)] * (MAX_SOURCES + 20)
    weights = np.linspace(1, 2, len(studies))
    kept = fit_sources(studies, weights, shelf=None)
    assert kept is not None
    np.testing.assert_array_equal(kept.weights, np.sort(weights)[::-1][:MAX_SOURCES])


def _noise(number: int) -> PriorStudy:
    rng = np.random.default_rng([number, 7])
    study = past_bowl(number)
    return replace(study, trials=tuple(replace(one, value=float(rng.normal())) for one in study.trials))


def test_noise_that_seems_to_teach_something_is_not_believed_among_other_noise() -> None:
    lucky, others = _noise(15), [_noise(number) for number in range(5)]
    assert fit_source(lucky) is not None
    assert fit_sources([lucky, *others], np.ones(6), shelf=None) is None
    among_bowls = fit_sources([lucky, *map(past_bowl, range(5))], np.ones(6), shelf=None)
    assert among_bowls is not None
    assert len(among_bowls.sources) == 6


def test_studies_that_were_cut_short_are_no_sign_of_noise() -> None:
    kept = fit_sources([_noise(15), *(past_bowl(number, 2) for number in range(5))], np.ones(6), shelf=None)
    assert kept is not None
    assert [one.label for one in kept.sources] == ["bowl-15"]


def test_one_that_teaches_is_believed_among_noise() -> None:
    kept = fit_sources([*map(_noise, range(5)), past_bowl(9)], np.ones(6), shelf=None)
    assert kept is not None
    assert [one.label for one in kept.sources] == ["bowl-9"]


def test_only_studies_in_the_metric_asked_for_are_used() -> None:
    source = InMemoryTrialSource([past_bowl(0)])
    study = optuna.create_study(sampler=WarmStartSampler(source, metric="accuracy", seed=0))
    study.optimize(bowl(), n_trials=1)
    assert study.sampler.explain(study)[0].origin is Origin.BASE
