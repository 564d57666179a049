import itertools

import numpy as np
import pytest

from benchmarks.warmstart import report
from benchmarks.warmstart.analysis import (
    average_ranks,
    bootstrap_interval,
    collect,
    paired_difference,
    reach,
    trials_to_reach,
)


def cell(method, dataset, regrets, *, seed=0, family=None, table="t"):
    return {
        "table": table,
        "dataset": dataset,
        "family": family or dataset,
        "method": method,
        "seed": seed,
        "trials": len(regrets) - 1,
        "first_ask_seconds": 0.5,
        "ask_seconds": None,
        "regrets": regrets,
        "commit": "c",
    }


def test_collect_averages_seeds_and_sorts_data_sets():
    curves = collect([cell("a", "y", [1, 0.2]), cell("a", "x", [1, 0.4]), cell("a", "x", [1, 0.0], seed=1)])
    assert curves["a"].datasets == ("t/x", "t/y")
    assert curves["a"].regrets.tolist() == [[1, 0.2], [1, 0.2]]
    assert curves["a"].n_seeds == 1


def test_collect_takes_the_longest_run_of_a_cell():
    curves = collect([cell("a", "x", [1, 0.5, 0.1]), cell("a", "x", [1, 0.9])])
    assert curves["a"].regrets.tolist() == [[1, 0.5, 0.1]]


def test_ranks_share_ties_and_add_up():
    cells = [
        cell("a", "x", [1, 0.1]), cell("b", "x", [1, 0.1]), cell("c", "x", [1, 0.3]),
        cell("a", "y", [1, 0.0]), cell("b", "y", [1, 0.2]), cell("c", "y", [1, 0.1]),
    ]  # fmt: skip
    ranks = average_ranks(list(collect(cells).values()), 1)
    assert ranks.tolist() == [1.25, 2.25, 2.5]


def test_ranks_refuse_methods_that_were_run_on_different_data_sets():
    curves = collect([cell("a", "x", [1, 0.1]), cell("b", "y", [1, 0.1])])
    with pytest.raises(ValueError, match="same data sets"):
        average_ranks(list(curves.values()), 1)


def test_trials_to_reach_counts_from_the_first_trial_and_knows_never():
    regrets = np.array([[1.0, 0.5, 0.2, 0.2], [1.0, 0.9, 0.9, 0.3], [0.1, 0.1, 0.1, 0.1]])
    assert trials_to_reach(regrets, np.array([0.2, 0.1, 0.1])).tolist() == [2, np.inf, 0]


def test_reach_gives_the_median_over_data_sets_and_that_of_the_mean_curve():
    cells = [
        cell("TPE", "x", [1, 0.5, 0.4]), cell("TPE", "y", [1, 0.5, 0.4]), cell("TPE", "z", [1, 0.5, 0.4]),
        cell("a", "x", [1, 0.4, 0.4]), cell("a", "y", [1, 0.4, 0.4]), cell("a", "z", [1, 0.9, 0.2]),
    ]  # fmt: skip
    curves = collect(cells)
    assert reach(curves["a"], curves["TPE"], 2) == {"median": 1.0, "share": 1.0, "mean_curve": 2.0}


def test_a_level_that_most_never_reach_has_no_median():
    curves = collect([cell("TPE", "x", [1, 0.1]), cell("a", "x", [1, 0.2])])
    assert reach(curves["a"], curves["TPE"], 1) == {"median": None, "share": 0.0, "mean_curve": None}


def test_bootstrap_interval_is_that_of_all_resamples():
    differences = np.array([0.0, 1.0, 4.0, 5.0])
    families = ["a", "b", "c", "c"]
    sums, counts = {"a": 0.0, "b": 1.0, "c": 9.0}, {"a": 1, "b": 1, "c": 2}
    means = [
        sum(sums[name] for name in drawn) / sum(counts[name] for name in drawn)
        for drawn in itertools.product("abc", repeat=3)
    ]
    exact = np.quantile(np.repeat(means, 1000), [0.025, 0.975])
    assert bootstrap_interval(differences, families) == pytest.approx(tuple(exact), abs=1e-9)


def test_bootstrap_interval_of_many_is_the_normal_one():
    differences = np.random.default_rng(1).normal(0.3, 1.0, 400)
    half = 1.96 * differences.std() / np.sqrt(400)
    expected = (differences.mean() - half, differences.mean() + half)
    assert bootstrap_interval(differences, [str(i) for i in range(400)]) == pytest.approx(expected, abs=0.01)


def test_paired_difference_compares_common_data_sets_only():
    curves = collect([cell("a", "x", [1, 0.1]), cell("b", "x", [1, 0.3]), cell("b", "y", [1, 0.9])])
    compared = paired_difference(curves["a"], curves["b"], 1)
    assert compared["difference"] == pytest.approx(-0.2)
    assert compared["n_datasets"] == 1


def test_results_without_environment_are_refused(tmp_path):
    with pytest.raises(ValueError, match="commit, versions, hardware"):
        report.write({"groups": {}}, tmp_path / "out.json")
    assert not (tmp_path / "out.json").exists()


def test_the_table_names_every_method_with_its_figures():
    cells = [cell("TPE", "x", [1.0, 0.5]), cell("portfolio", "x", [1.0, 0.25])]
    text = report.markdown("toy", report.summarise(report.groups(cells)["t"]))
    assert "| portfolio | 1 | 0.250 |" in text
    assert "| TPE | 1 | 0.500 |" in text
