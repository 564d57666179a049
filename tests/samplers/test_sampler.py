"""WarmStartSampler in people's hands: what it gains, where it is swapped in, and what it leaves alone."""

import copy
import logging
import pickle
from typing import Any

import optuna
import pytest
from optuna.trial import TrialState

from autometa.errors import SearchSpaceMismatchError, UnknownNameError
from autometa.samplers import InMemoryTrialSource, Origin, WarmStartSampler
from autometa.samplers import sources as sources_module
from tests.samplers.past import DISTRIBUTIONS, best_after, bowl, bowls

SEEDS = range(4)


@pytest.fixture(scope="module")
def past() -> InMemoryTrialSource:
    return bowls()


def run(source: Any, n_trials: int = 12, seed: int = 0, **study: Any) -> optuna.Study:
    warm = optuna.create_study(sampler=WarmStartSampler(source, seed=seed), **study)
    warm.optimize(bowl(), n_trials=n_trials)
    return warm


def cold(n_trials: int, seed: int) -> optuna.Study:
    study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
    study.optimize(bowl(), n_trials=n_trials)
    return study


def test_past_studies_make_the_first_ten_trials_better(past: InMemoryTrialSource) -> None:
    warm = sum(best_after(run(past, 10, seed), 10) for seed in SEEDS)
    plain = sum(best_after(cold(10, seed), 10) for seed in SEEDS)
    assert warm < 0.5 * plain


def test_first_trial_is_already_good(past: InMemoryTrialSource) -> None:
    assert run(past, 1).best_value < 0.5


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_turned_over_past_costs_little() -> None:
    adverse = bowls(sign=-1.0)
    warm = sum(best_after(run(adverse, 25, seed), 25) for seed in range(8))
    plain = sum(best_after(cold(25, seed), 25) for seed in range(8))
    assert warm <= 1.05 * plain


def test_study_contains_only_its_own_trials(past: InMemoryTrialSource) -> None:
    study = run(past, 5)
    assert [trial.number for trial in study.trials] == list(range(5))
    assert all(trial.values == [bowl()(optuna.trial.FixedTrial(trial.params))] for trial in study.trials)


def test_same_seed_gives_the_same_trials(past: InMemoryTrialSource) -> None:
    first, second, other = run(past, 8, 3), run(past, 8, 3), run(past, 8, 4)
    assert _params(first) == _params(second)
    assert _params(first) != _params(other)


def test_maximising_the_negated_objective_gives_the_same_trials(past: InMemoryTrialSource) -> None:
    study = optuna.create_study(direction="maximize", sampler=WarmStartSampler(past, seed=3))
    study.optimize(bowl(sign=-1.0), n_trials=15)
    assert _params(study) == _params(run(past, 15, 3))


def test_swapped_into_a_running_study_it_learns_from_the_trials_there(past: InMemoryTrialSource) -> None:
    study = cold(8, seed=0)
    sampler = WarmStartSampler(past, base_sampler=study.sampler, seed=0)
    study.sampler = sampler
    study.optimize(bowl(), n_trials=4)
    origins = [one.origin for one in sampler.explain(study)]
    assert origins[:8] == [Origin.OTHER] * 8
    assert Origin.TRANSFER in origins[8:]
    assert Origin.PORTFOLIO not in origins[8:]


def test_after_the_transfer_trials_the_base_sampler_decides_alone(past: InMemoryTrialSource) -> None:
    study = cold(10, seed=0)
    base = optuna.samplers.RandomSampler(seed=5)
    sampler = WarmStartSampler(past, base_sampler=base, n_transfer_trials=10)
    study.sampler = sampler
    study.optimize(bowl(), n_trials=3)
    expected = cold(10, seed=0)
    expected.sampler = optuna.samplers.RandomSampler(seed=5)
    expected.optimize(bowl(), n_trials=3)
    assert _params(study) == _params(expected)
    assert [one.origin for one in sampler.explain(study)][10:] == [Origin.BASE] * 3


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
def test_trials_of_the_base_sampler_go_through_its_relative_space() -> None:
    multivariate = optuna.samplers.TPESampler(multivariate=True, n_startup_trials=2, seed=0)
    study = optuna.create_study(sampler=WarmStartSampler(InMemoryTrialSource([]), base_sampler=multivariate))
    study.optimize(bowl(), n_trials=8)
    expected = optuna.create_study(
        sampler=optuna.samplers.TPESampler(multivariate=True, n_startup_trials=2, seed=0)
    )
    expected.optimize(bowl(), n_trials=8)
    assert _params(study) == _params(expected)


def test_empty_history_leaves_the_study_to_the_base_sampler_and_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING):
        run(InMemoryTrialSource([]), 3)
    assert [r.message for r in caplog.records] == [
        "nothing to learn from in 0 past studies: the base sampler decides"
    ]


def test_several_objectives_are_left_to_the_base_sampler_and_the_log_says_so(
    past: InMemoryTrialSource, caplog: pytest.LogCaptureFixture
) -> None:
    def objectives(trial: optuna.Trial) -> tuple[float, float]:
        value = bowl()(trial)
        return value, -value

    study = optuna.create_study(
        directions=["minimize", "minimize"], study_name="pair", sampler=WarmStartSampler(past, seed=0)
    )
    with caplog.at_level(logging.WARNING):
        study.optimize(objectives, n_trials=4)
    assert [r.message for r in caplog.records] == [
        "study 'pair' has 2 objectives: past studies are not used, TPESampler decides"
    ]
    expected = optuna.create_study(
        directions=["minimize", "minimize"], sampler=optuna.samplers.TPESampler(seed=0)
    )
    expected.optimize(objectives, n_trials=4)
    assert _params(study) == _params(expected)


def test_ask_and_tell(past: InMemoryTrialSource) -> None:
    study = optuna.create_study(sampler=WarmStartSampler(past, seed=0))
    for _ in range(6):
        trial = study.ask(DISTRIBUTIONS)
        study.tell(trial, bowl()(optuna.trial.FixedTrial(trial.params)))
    assert _params(study) == _params(run(past, 6))


def test_asking_for_many_before_telling_never_repeats_a_configuration(past: InMemoryTrialSource) -> None:
    study = optuna.create_study(sampler=WarmStartSampler(past, seed=0))
    study.tell(study.ask(DISTRIBUTIONS), 1.0)
    asked = [study.ask(DISTRIBUTIONS) for _ in range(12)]
    assert len({repr(trial.params) for trial in asked}) == 12


def test_small_discrete_space_is_tried_without_repeats() -> None:
    source = bowls(2)
    study = optuna.create_study(sampler=WarmStartSampler(source, seed=0))

    def objective(trial: optuna.Trial) -> float:
        return trial.suggest_int("depth", 1, 4) + (trial.suggest_categorical("kind", ["a", "b"]) == "a")

    study.optimize(objective, n_trials=8)
    origins = [one.origin for one in study.sampler.explain(study)]
    chosen = [repr(t.params) for t, one in zip(study.trials, origins, strict=True) if one is not Origin.BASE]
    assert len(set(chosen)) == len(chosen) >= 4


def test_enqueued_trial_is_kept_and_the_rest_of_a_partial_one_is_chosen(past: InMemoryTrialSource) -> None:
    study = optuna.create_study(sampler=WarmStartSampler(past, seed=0))
    study.enqueue_trial({"rate": 0.5, "depth": 2, "kind": "c"})
    study.enqueue_trial({"kind": "c"})
    study.optimize(bowl(), n_trials=4)
    assert study.trials[0].params == {"rate": 0.5, "depth": 2, "kind": "c"}
    assert study.trials[1].params["kind"] == "c"
    assert study.sampler.explain(study)[0].origin is Origin.ENQUEUED
    assert study.sampler.explain(study)[1].origin is not Origin.ENQUEUED


def test_partly_fixed_parameters_keep_their_values(past: InMemoryTrialSource) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        sampler = optuna.samplers.PartialFixedSampler({"depth": 3}, WarmStartSampler(past, seed=0))
    study = optuna.create_study(sampler=sampler)
    study.optimize(bowl(), n_trials=6)
    assert {trial.params["depth"] for trial in study.trials} == {3}


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
@pytest.mark.parametrize(
    "pruner",
    [
        optuna.pruners.MedianPruner(n_startup_trials=2),
        optuna.pruners.HyperbandPruner(min_resource=1, max_resource=4),
    ],
    ids=["median", "hyperband"],
)
def test_pruned_trials(past: InMemoryTrialSource, pruner: optuna.pruners.BasePruner) -> None:
    def objective(trial: optuna.Trial) -> float:
        value = bowl()(trial)
        for step in range(4):
            trial.report(value, step)
            if trial.should_prune():
                raise optuna.TrialPruned
        return value

    study = optuna.create_study(pruner=pruner, sampler=WarmStartSampler(past, seed=0))
    study.optimize(objective, n_trials=14)
    assert len(study.trials) == 14
    assert TrialState.PRUNED in {trial.state for trial in study.trials}
    assert Origin.TRANSFER in {one.origin for one in study.sampler.explain(study)}


def test_failing_first_trials_move_on_through_the_portfolio(past: InMemoryTrialSource) -> None:
    def objective(trial: optuna.Trial) -> float:
        value = bowl()(trial)
        if trial.number < 3:
            raise ValueError("no luck")
        return value

    study = optuna.create_study(sampler=WarmStartSampler(past, seed=0))
    study.optimize(objective, n_trials=6, catch=ValueError)
    assert len({repr(trial.params) for trial in study.trials}) == 6
    origins = [one.origin for one in study.sampler.explain(study)]
    assert origins == [Origin.PORTFOLIO] * 5 + [Origin.TRANSFER]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_values_that_are_no_numbers_are_borne(past: InMemoryTrialSource, value: float) -> None:
    study = optuna.create_study(sampler=WarmStartSampler(past, seed=0))
    study.optimize(lambda t: value if bowl()(t) and t.number % 2 else bowl()(t), n_trials=8)
    assert len(study.trials) == 8


def test_constraints_turn_the_sampler_away_from_what_breaks_them(past: InMemoryTrialSource) -> None:
    study = optuna.create_study(sampler=WarmStartSampler(past, seed=0))
    for _ in range(12):
        trial = study.ask(DISTRIBUTIONS)
        broken = float(trial.params["kind"] == "b")
        if hasattr(trial, "set_constraint"):  # from Optuna 5 on
            trial.set_constraint("kind", broken)
        else:
            trial.storage.set_trial_system_attr(trial._trial_id, "constraints", [broken])
        study.tell(trial, bowl()(optuna.trial.FixedTrial(trial.params)))
    assert [t.params["kind"] for t in study.trials[-4:]].count("b") <= 2


def test_dataset_free_sources_are_told_apart_by_scores(past: InMemoryTrialSource) -> None:
    from tests.samplers.past import past_bowl

    mixed = InMemoryTrialSource([past_bowl(0), *(past_bowl(n, sign=-1.0) for n in (1, 2))])
    study = optuna.create_study(sampler=WarmStartSampler(mixed, seed=0))
    study.optimize(bowl(), n_trials=12)
    last = [one for one in study.sampler.explain(study) if one.sources][-1]
    assert max(last.sources, key=lambda name: last.sources[name]) == "bowl-0"


def test_store_needs_to_know_which_search_space() -> None:
    with pytest.raises(SearchSpaceMismatchError, match="say which with search_space="):
        WarmStartSampler("history.db")


def test_text_without_an_installed_opener_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources_module, "entry_points", lambda group: [])
    study = optuna.create_study(sampler=WarmStartSampler("history.db", search_space="svm"))
    with pytest.raises(UnknownNameError, match=r"nothing installed opens 'history.db'"):
        study.ask(DISTRIBUTIONS)


def test_pickled_and_copied_samplers_choose_alike(past: InMemoryTrialSource) -> None:
    sampler = WarmStartSampler(past, seed=3)
    for twin in (pickle.loads(pickle.dumps(sampler)), copy.deepcopy(sampler)):
        study = optuna.create_study(sampler=twin)
        study.optimize(bowl(), n_trials=5)
        assert _params(study) == _params(run(past, 5, 3))


def _params(study: optuna.Study) -> list[dict[str, Any]]:
    return [trial.params for trial in study.trials]
