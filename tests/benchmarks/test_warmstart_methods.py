import itertools
import json
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.warmstart import runner
from benchmarks.warmstart.methods import METHODS
from benchmarks.warmstart.optuna_policies import OptunaPolicy, snap, tpe, warm_cmaes
from benchmarks.warmstart.orders import plain_portfolio
from benchmarks.warmstart.play import expected_random, play
from benchmarks.warmstart.rgpe import GaussianProcess, matern, ranking_weights
from benchmarks.warmstart.surfaces import with_surfaces
from tests.benchmarks.pools import toy_table


@pytest.fixture
def tables(tmp_path, monkeypatch):
    table = with_surfaces(toy_table(n_initial=2), scratch=tmp_path)
    monkeypatch.setattr(runner, "load", lambda name: table)
    monkeypatch.setitem(runner.SEEDS_OF_TABLE, "toy", 2)
    return table


@pytest.fixture
def problem(tables):
    return tables.problem(2)


@pytest.mark.parametrize("name", [name for name, method in METHODS.items() if method.make and name != "GP"])
def test_every_method_tries_something_new_every_time(problem, name):
    if name.startswith("CMA"):
        pytest.importorskip("cmaes", reason="CMA-ES needs the package cmaes")
    make = METHODS[name].make
    played = play(problem, lambda: make(problem, 0), seed=0, n_trials=12)
    assert len(played.regrets) == 13
    assert (np.diff(played.regrets) <= 0).all()


def test_a_proposal_is_snapped_to_the_nearest_that_is_free():
    points = np.array([[0.0, 0.0], [0.4, 0.4], [1.0, 1.0]])
    assert snap(np.array([0.45, 0.45]), points, np.array([True, True, True])) == 1
    assert snap(np.array([0.45, 0.45]), points, np.array([True, False, True])) == 0


def test_a_sampler_learns_the_configuration_that_was_really_evaluated(problem):
    policy = tpe(problem.known, 0)
    index = policy.ask(np.ones(len(problem.gains), dtype=bool))
    policy.tell(index, float(problem.gains[index]))
    told = policy._study.best_trial
    assert told.value == problem.gains[index]
    assert told.params["x"] == pytest.approx(problem.known.points[index, 0])


def test_cma_es_goes_on_to_the_next_generation(problem):
    pytest.importorskip("cmaes", reason="CMA-ES needs the package cmaes")
    policy = warm_cmaes(problem.known, 0)
    free = np.ones(len(problem.gains), dtype=bool)
    for _ in range(25):
        index = policy.ask(free)
        free[index] = False
        policy.tell(index, float(problem.gains[index]))
    generations = {
        value
        for trial in policy._study.trials
        for name, value in trial.system_attrs.items()
        if name.endswith("generation")
    }
    assert len(generations) > 1


def test_enqueued_configurations_come_first(problem):
    from optuna.samplers import RandomSampler

    policy = OptunaPolicy(problem.known, RandomSampler(seed=0), first=[7, 3])
    free = np.ones(len(problem.gains), dtype=bool)
    assert [policy.ask(free), policy.ask(free)] == [7, 3]


def test_the_portfolio_orders_the_whole_pool(problem):
    order = plain_portfolio(problem.known, 0)
    assert sorted(order._order) == list(range(len(problem.gains)))


def test_honest_methods_do_not_see_the_answers(problem):
    spoiled = replace(problem, gains=problem.gains[::-1], regrets=problem.regrets[::-1])
    free = np.ones(len(problem.gains), dtype=bool)
    for name, method in METHODS.items():
        if method.make and "oracle" not in name and name not in ("GP", "CMA-ES, warm"):
            assert method.make(problem, 0).ask(free) == method.make(spoiled, 0).ask(free), name


def test_a_policy_that_repeats_itself_is_an_error(problem):
    class Stubborn:
        def ask(self, free):
            return 0

        def tell(self, index, gain):
            pass

    with pytest.raises(ValueError, match="proposed twice"):
        play(replace(problem, n_initial=0), Stubborn, seed=0, n_trials=2)


@pytest.mark.parametrize("n_initial", [0, 2])
def test_expected_random_search_is_the_mean_over_all_orders(problem, n_initial):
    small = replace(problem, regrets=np.array([0.0, 0.25, 0.5, 1.0, 0.7]), n_initial=n_initial)
    curve = expected_random(small, n_trials=3).regrets
    for n_drawn in range(max(n_initial, 1), n_initial + 4):
        least = [min(drawn) for drawn in itertools.combinations(small.regrets, n_drawn)]
        assert curve[n_drawn - n_initial] == pytest.approx(np.mean(least))


def test_rgpe_trusts_the_source_that_orders_as_the_target_does():
    rng = np.random.default_rng(0)
    gains = rng.normal(size=12)
    weights = ranking_weights(
        np.array([gains + 0.01, rng.normal(size=12), -gains]), rng.normal(size=12), gains, rng
    )
    assert weights.sum() == pytest.approx(1.0)
    assert weights[0] > 0.95


def test_the_gaussian_process_is_that_of_scikit_learn():
    gp = pytest.importorskip("sklearn.gaussian_process")
    rng = np.random.default_rng(0)
    points, y, asked = rng.uniform(size=(8, 2)), rng.normal(size=8), rng.uniform(size=(5, 2))
    mine = GaussianProcess(points, y, 0.4, 0.1)
    peer = gp.GaussianProcessRegressor(gp.kernels.Matern(0.4, nu=2.5), alpha=0.1, optimizer=None).fit(
        points, y
    )
    mean, deviation = peer.predict(asked, return_std=True)
    assert mine.predict(asked)[0] == pytest.approx(mean)
    assert mine.predict(asked)[1] == pytest.approx(deviation**2)
    left_out = [
        GaussianProcess(np.delete(points, i, 0), np.delete(y, i), 0.4, 0.1).predict(points[[i]])[0][0]
        for i in range(8)
    ]
    assert mine.leave_one_out() == pytest.approx(left_out)
    assert matern(points, points, 0.4).diagonal() == pytest.approx(np.ones(8))


def test_a_run_goes_on_where_it_was_cut(tables, tmp_path):
    file = tmp_path / "cells.jsonl"
    work = list(runner.plan(["toy"], ["portfolio", "random"], n_tasks=3))
    runner.run(work, file, jobs=1, commit="first")
    whole = file.read_text().splitlines()
    file.write_text("\n".join(whole[:-1]) + "\n" + whole[-1][:50])
    runner.run(work, file, jobs=1, commit="second")
    cells = [json.loads(line) for line in file.read_text().splitlines()]
    assert len(cells) == len(whole) == 12
    assert [cell["commit"] for cell in cells] == ["first"] * 11 + ["second"]
    assert {json.dumps(_without_time(cell), sort_keys=True) for cell in cells} == {
        json.dumps(_without_time(json.loads(line)), sort_keys=True) for line in whole
    }


def test_nothing_is_run_twice(tables, tmp_path):
    file = tmp_path / "cells.jsonl"
    work = list(runner.plan(["toy"], ["portfolio"], n_tasks=2, n_seeds=1))
    runner.run(work, file, jobs=1, commit="first")
    runner.run(work, file, jobs=1, commit="second")
    assert {json.loads(line)["commit"] for line in file.read_text().splitlines()} == {"first"}


def test_cells_of_other_data_count_no_more(tables, tmp_path, monkeypatch):
    file = tmp_path / "cells.jsonl"
    work = list(runner.plan(["toy"], ["portfolio"], n_tasks=2, n_seeds=1))
    runner.run(work, file, jobs=1, commit="first")
    changed = replace(tables, digest="changed")
    monkeypatch.setattr(runner, "load", lambda name: changed)
    runner.run(work, file, jobs=1, commit="second")
    cells = runner.read_cells(file)
    assert [cell["commit"] for cell in cells] == ["first"] * 2 + ["second"] * 2
    assert {cell["commit"] for cell in runner.current(cells)} == {"second"}


def test_a_smaller_subset_begins_a_larger_one():
    assert runner.subset(20, 5) == runner.subset(20, 10)[:5]


def _without_time(cell):
    return {name: value for name, value in cell.items() if "seconds" not in name and name != "commit"}
