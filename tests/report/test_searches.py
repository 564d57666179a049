"""Searches: Optuna's studies as plain values, the best so far, and what is said of them."""

from pathlib import Path

import numpy as np
import optuna
import pytest

from autometa.errors import InvalidDatasetError
from autometa.report import search_from_optuna, search_section
from autometa.samplers import WarmStartSampler
from autometa.tuning import tune
from tests.report.pages import toy_search


def objective(trial: optuna.Trial) -> float:
    return (trial.suggest_float("x", 0, 1) - 0.3) ** 2


def captions(*searches: object) -> list[str]:
    return [figure.caption for figure in search_section(*searches).figures]  # type: ignore[arg-type]


def test_a_study_of_the_warm_sampler_tells_who_chose_each_trial() -> None:
    past = optuna.create_study(study_name="past")
    past.optimize(objective, n_trials=30)
    study = optuna.create_study(study_name="now", sampler=WarmStartSampler.from_studies([past], seed=0))
    study.optimize(objective, n_trials=6)
    search = search_from_optuna(study)
    expected = [str(one.origin) for one in study.sampler.explain(study)]  # type: ignore[attr-defined]
    assert [trial.origin for trial in search.trials] == expected
    assert {"portfolio", "transfer"} <= set(expected)
    assert [trial.value for trial in search.trials] == [trial.value for trial in study.trials]
    assert search.incumbents()[-1] == study.best_value
    assert search.trials[0].params.startswith("x=")
    assert "past" in captions(search)[1]


def test_a_search_of_tune_is_drawn_in_its_metric() -> None:
    search = search_from_optuna(tune(objective, direction="minimize", metric="squared error", n_trials=2))
    assert search.metric == "squared error"
    assert search_from_optuna(_two_trials()).metric == "objective"


def _two_trials() -> optuna.Study:
    study = optuna.create_study()
    study.optimize(objective, n_trials=2)
    return study


def test_failed_pruned_and_infinite_trials_have_no_value() -> None:
    def unlucky(trial: optuna.Trial) -> float:
        if trial.number == 0:
            raise optuna.TrialPruned
        if trial.number == 1:
            raise ArithmeticError
        return float("inf") if trial.number == 2 else objective(trial)

    study = optuna.create_study()
    study.optimize(unlucky, n_trials=4, catch=(ArithmeticError,))
    search = search_from_optuna(study)
    assert [trial.state for trial in search.trials] == ["pruned", "fail", "complete", "complete"]
    assert [trial.value is None for trial in search.trials] == [True, True, True, False]
    assert np.isnan(search.incumbents()[:3]).all()
    best = search.best()
    assert best is not None
    assert best.number == 3


def test_a_search_over_learners_names_the_learner_first() -> None:
    study = optuna.create_study()
    study.enqueue_trial({"learner": "svm", "svm.C": 2.0})
    study.optimize(
        lambda t: t.suggest_float(f"{t.suggest_categorical('learner', ['svm'])}.C", 1, 3), n_trials=1
    )
    (trial,) = search_from_optuna(study).trials
    assert trial.params == "support vector machine: C=2"
    assert trial.origin == "enqueued"


@pytest.mark.parametrize(
    ("directions", "message"), [(["minimize"] * 2, "has 2 objectives"), (["minimize"], "has no trial yet")]
)
def test_studies_that_cannot_be_shown_are_refused(directions: list[str], message: str) -> None:
    with pytest.raises(InvalidDatasetError, match=message):
        search_from_optuna(optuna.create_study(directions=directions))


def test_the_best_so_far_and_when_it_was_reached() -> None:
    search = toy_search([None, 0.5, 0.4, 0.8, 0.8])
    np.testing.assert_array_equal(search.incumbents(), [np.nan, 0.5, 0.5, 0.8, 0.8])
    assert search.trials_to_reach(0.6) == 4
    assert search.trials_to_reach(0.9) is None
    best = search.best()
    assert best is not None
    assert best.number == 3


def test_a_search_without_any_value_has_no_best() -> None:
    search = toy_search([None, None])
    assert search.best() is None
    assert captions(search) == ["No trial has a value yet."]


def test_a_cold_search_that_was_slower_is_said_to_be() -> None:
    (caption,) = captions(toy_search([0.7, 0.9]), toy_search([0.5, 0.6, 0.7], "cold"))
    assert "found its best, 0.7, at trial 3 of 3; this one was as good after 1 trial." in caption


def test_a_cold_search_that_was_better_is_said_to_be() -> None:
    (caption,) = captions(toy_search([0.7, 0.75]), toy_search([0.5, 0.8], "cold"))
    assert "this one never got there." in caption


def test_values_far_off_are_left_out_of_the_picture_and_it_says_so() -> None:
    section = search_section(toy_search([0.8, 0.81, 0.82, 0.83, -900.0]))
    assert "1 trial far worse is not drawn." in section.figures[0].caption
    points = [trace for trace in section.figures[0].data if trace["mode"] == "markers"]
    assert points[0]["y"] == [0.8, 0.81, 0.82, 0.83]
    assert len(section.figures[0].grid.rows) == 5


def test_a_long_search_keeps_in_its_table_what_was_best_when_it_came(tmp_path: Path) -> None:
    search = toy_search([0.1, 0.2, *[0.15] * 400])
    rows = search_section(search).figures[0].grid.rows
    assert [row[0] for row in rows[:3]] == ["1", "2", "103"]
    assert len(rows) == 302


def test_sources_are_named_by_their_data_sets() -> None:
    search = toy_search([0.5, 0.6], origins=("portfolio", "transfer"))
    section = search_section(search, names={"id0": "iris"})
    assert section.figures[1].grid.rows[0] == ("iris", "40 %")
    assert "Most weight had iris (40 %)" in section.figures[1].caption
