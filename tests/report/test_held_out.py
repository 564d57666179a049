"""What suggestions are worth on data sets held out: against recorded figures, and chance by counting."""

import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autometa.dataset import TaskType
from autometa.metrics import DEFAULT_METRIC
from autometa.report.held_out import HeldOut, expected_best, hold_out
from autometa.report.held_out_section import held_out_section
from autometa_store.knowledge import load_starter
from tests.report.pages import TASK
from tests.sources import InMemorySource, toy_source

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "results" / "suggest.json"


def held_out(source: InMemorySource) -> HeldOut | None:
    infos = {info.dataset_id: info for info in source.datasets(TASK)}
    return hold_out(source.performance(TASK, "balanced_accuracy"), infos)


@pytest.mark.parametrize("n_trials", [1, 3, 7])
def test_chance_is_the_mean_over_all_subsets(n_trials: int) -> None:
    values = np.random.default_rng(0).random(7)
    counted = np.mean([min(chosen) for chosen in itertools.combinations(values, n_trials)])
    assert expected_best(values, n_trials)[-1] == pytest.approx(counted)


def test_beyond_all_values_nothing_is_better_than_the_best() -> None:
    np.testing.assert_allclose(expected_best(np.array([0.5, 0.1]), 4), [0.3, 0.1, 0.1, 0.1])


def test_a_list_that_does_well_everywhere_is_as_good_as_two_random_trials() -> None:
    found = held_out(toy_source(40))
    assert found is not None
    assert found.n_datasets == 40
    assert found.portfolio[-1] == 0.0
    assert (found.interval[:, 0] <= found.portfolio).all()
    assert (found.portfolio <= found.interval[:, 1]).all()
    assert (np.diff(found.chance) <= 0).all()
    section = held_out_section(found, task="classification")
    assert "after one trial it is" in section.figures[0].caption


def test_a_copy_of_a_data_set_is_never_its_own_source() -> None:
    source = toy_source(40)
    best = np.full((40, 4), 0.5) + np.eye(40, 4) / 10
    best[:20, 0], best[20:, 1] = 0.9, 0.9  # two families: what is best in one is nothing in the other
    infos = tuple(replace(info, family=f"{place // 20}") for place, info in enumerate(source.infos))
    source.scores["balanced_accuracy"][:] = best
    assert held_out(replace(source, infos=infos)) is None  # two families tell nothing
    assert held_out(source) is not None


def test_data_sets_on_which_little_was_tried_take_no_part() -> None:
    source = toy_source(40)
    source.scores["balanced_accuracy"][:5, 1:] = np.nan
    found = held_out(source)
    assert found is not None
    assert found.n_datasets == 35


@pytest.mark.slow
@pytest.mark.skipif(not BENCHMARK.exists(), reason="no recorded benchmark beside the tests")
@pytest.mark.parametrize("task", list(TaskType))
def test_the_shipped_knowledge_gives_the_figures_of_the_benchmark(task: TaskType) -> None:
    source, metric = load_starter(), DEFAULT_METRIC[task]
    found = hold_out(source.performance(task, metric), {one.dataset_id: one for one in source.datasets(task)})
    assert found is not None
    methods = json.loads(BENCHMARK.read_text(encoding="utf-8"))["tasks"][str(task)]["methods"]
    for n in (1, 3, 5, 10):
        assert found.portfolio[n - 1] == pytest.approx(methods["portfolio"][str(n)]["regret"], abs=0.005)
        assert found.chance[n - 1] == pytest.approx(methods["random"][str(n)]["regret"], abs=0.001)
