"""The sampler beside Optuna's TPE: overhead an ask, what mismatched spaces keep of the gain, and the guard.

    python -m benchmarks.bench_sampler [overhead] [mismatches] [guard] [classic] [--seeds 60]

Overhead: 100 past studies, 10 000 stored trials, CPU time of an ask after 25 and 1 000 own trials, against
default TPE in turn in the same process. Mismatches: six ways in which the space asked for differs from the
stored one, three functions; the gain is the best of ten trials of TPE less that of the sampler, and the share
kept is relative to the gain with past studies of the very space asked for. Guard: past studies of negated or
unlike functions, or of noise, and of like ones as a control; the best of 25 trials against that of TPE. The
best value possible is near 0, so that the ratio of the two is one of regrets; intervals are over seeds.
The sampler's rules were chosen on the functions of the guard with smaller seeds than those that are measured;
classic is the same with three functions from the literature that nothing was chosen on.
"""

import argparse
import json
import logging
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import optuna

from autometa.dataset import FloatArray
from autometa.history import PriorStudy, PriorTrial
from autometa.optuna_studies import prior_study_from_optuna
from autometa.samplers import InMemoryTrialSource, WarmStartSampler
from autometa.search_space import SearchSpace
from benchmarks.environment import environment
from benchmarks.sampler_functions import (
    ASKED,
    CLASSIC,
    CUBE,
    FUNCTIONS,
    SPACE,
    Function,
    Suggest,
    ask_cube,
    bowl,
    objective,
)

RESULT = Path(__file__).parent / "results" / "bench_sampler.json"
N_PAST, N_PAST_TRIALS = 6, 50
N_ASKS = 21
FRESH = 2000  # the first of the seeds that nothing was chosen on


def past_studies(function: Function, suggest: Suggest, seed: int, sign: float = 1.0) -> InMemoryTrialSource:
    """Random trials of shifted versions of a function, in the space that `suggest` asks for."""
    shifts = np.random.default_rng([seed, 1]).normal(size=(N_PAST, 3))
    studies = []
    for number, shift in enumerate(shifts):
        random = optuna.samplers.RandomSampler(seed=1000 * seed + number)
        study = optuna.create_study(sampler=random)
        study.optimize(objective(function, suggest, shift, sign), n_trials=N_PAST_TRIALS)
        studies.append(prior_study_from_optuna(study, dataset_id=f"past-{number}", search_space="function"))
    return InMemoryTrialSource(studies)


def best_of(
    sampler: optuna.samplers.BaseSampler, suggest: Suggest, function: Function, seed: int, n_trials: int
) -> float:
    """The best value of a study of the function's version of this seed."""
    shift = np.random.default_rng([seed, 2]).normal(size=3)
    study = optuna.create_study(sampler=sampler)
    study.optimize(objective(function, suggest, shift), n_trials=n_trials)
    return float(study.best_value)


def mismatches(n_seeds: int) -> dict[str, Any]:
    """Gains over TPE after ten trials: with past studies of the space asked for, and of the other space."""
    result: dict[str, Any] = {}
    for name, suggest in ASKED.items():
        gains: dict[str, list[float]] = {"matching": [], "mismatched": []}
        for function in FUNCTIONS.values():
            for seed in range(n_seeds):
                plain = best_of(optuna.samplers.TPESampler(seed=seed), suggest, function, seed, 10)
                for kind, stored in (("matching", suggest), ("mismatched", ASKED["same"])):
                    sampler = WarmStartSampler(past_studies(function, stored, seed), seed=seed)
                    gains[kind].append(plain - best_of(sampler, suggest, function, seed, 10))
        result[name] = _shares(np.array(gains["matching"]), np.array(gains["mismatched"]))
        result[name]["relative_to_same"] = result[name]["gain_mismatched"] / result["same"]["gain_matching"]
        _say(f"{name}: {result[name]}")
    return result


def _shares(matching: FloatArray, mismatched: FloatArray) -> dict[str, Any]:
    picks = np.random.default_rng(0).integers(len(matching), size=(2000, len(matching)))
    low, high = np.quantile(mismatched[picks].mean(axis=1) / matching[picks].mean(axis=1), [0.025, 0.975])
    by_function = (mismatched.reshape(3, -1).mean(axis=1), matching.reshape(3, -1).mean(axis=1))
    return {
        "gain_matching": float(matching.mean()),
        "gain_mismatched": float(mismatched.mean()),
        "share_kept": float(mismatched.mean() / matching.mean()),
        "interval": [float(low), float(high)],
        "share_by_function": dict(zip(FUNCTIONS, (by_function[0] / by_function[1]).tolist(), strict=True)),
    }


def guard(n_seeds: int) -> dict[str, Any]:
    """The best of 25 trials with past studies that are of no use, and with like ones, beside TPE's."""
    return _guard(FUNCTIONS, ASKED["same"], SPACE, range(FRESH, FRESH + n_seeds))


def classic(n_seeds: int) -> dict[str, Any]:
    """The guard on functions and seeds that nothing was chosen on."""
    return _guard(CLASSIC, ask_cube, CUBE, range(FRESH, FRESH + n_seeds))


def _guard(
    functions: Mapping[str, Function], suggest: Suggest, space: SearchSpace, seeds: range
) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for label, function in functions.items():
        usual = _usual_value(function, space)
        plain = [best_of(optuna.samplers.TPESampler(seed=s), suggest, function, s, 25) for s in seeds]
        for kind in ("negated", "unlike", "noise", "like"):
            sources = (_past_of_kind(kind, label, functions, suggest, s) for s in seeds)
            warm = [
                best_of(WarmStartSampler(source, seed=s), suggest, function, s, 25)
                for s, source in zip(seeds, sources, strict=True)
            ]
            result[f"{kind}/{label}"] = _beside(np.array(warm), np.array(plain), usual)
            _say(f"{kind}/{label}: {result[f'{kind}/{label}']}")
    return result


def _usual_value(function: Function, space: SearchSpace) -> float:
    """The mean over random configurations: what no search at all gives; the best value is near 0."""
    rng = np.random.default_rng(0)
    draws = [space.draw(rng) for _ in range(2000)]
    return float(np.mean([function(params, np.zeros(3)) for params in draws]))


def _past_of_kind(
    kind: str, label: str, functions: Mapping[str, Function], suggest: Suggest, seed: int
) -> InMemoryTrialSource:
    if kind in ("negated", "like"):
        return past_studies(functions[label], suggest, seed, 1.0 if kind == "like" else -1.0)
    if kind == "unlike":
        others = [name for name in functions if name != label]
        return past_studies(functions[others[seed % 2]], suggest, seed, -1.0 if seed % 3 else 1.0)
    noise = np.random.default_rng([seed, 3])
    return past_studies(lambda _params, _shift: float(noise.normal()), suggest, seed)


def _beside(warm: FloatArray, plain: FloatArray, usual: float) -> dict[str, float]:
    """Means, their ratio, and their difference as a share of a random configuration's value."""
    picks = np.random.default_rng(0).integers(len(warm), size=(2000, len(warm)))
    low, high = np.quantile((warm - plain)[picks].mean(axis=1) / usual, [0.025, 0.975])
    ratio_low, ratio_high = np.quantile(warm[picks].mean(axis=1) / plain[picks].mean(axis=1), [0.025, 0.975])
    return {
        "warm": float(warm.mean()),
        "plain": float(plain.mean()),
        "ratio": float(warm.mean() / plain.mean()),
        "ratio_low": float(ratio_low),
        "ratio_high": float(ratio_high),
        "median_ratio": float(np.median(warm) / np.median(plain)),
        "extra_regret": float((warm - plain).mean() / usual),
        "low": float(low),
        "high": float(high),
    }


def overhead(_n_seeds: int) -> dict[str, Any]:
    """CPU milliseconds an ask (suggesting all parameters), beside default TPE on the same trials."""
    rng = np.random.default_rng(0)
    past = []
    for number in range(100):
        shift = rng.normal(size=3)
        draws = [SPACE.draw(rng) for _ in range(100)]
        trials = tuple(PriorTrial(params, bowl(params, shift)) for params in draws)
        past.append(PriorStudy(f"past-{number}", SPACE, "value", "minimize", trials))
    source = InMemoryTrialSource(past)
    makers: dict[str, Callable[[], optuna.samplers.BaseSampler]] = {
        "tpe": lambda: optuna.samplers.TPESampler(seed=0),
        "warm": lambda: WarmStartSampler(source, seed=0),
    }
    result: dict[str, Any] = {}
    for n_own in (25, 1000):
        own = _own_trials(n_own)
        studies = {name: optuna.create_study(sampler=make()) for name, make in makers.items()}
        for study in studies.values():
            study.add_trials(own)
        spent: dict[str, list[float]] = {name: [] for name in studies}
        for _ in range(N_ASKS):  # in turn, so that a busy machine disturbs all alike
            for name, study in studies.items():
                spent[name].append(_milliseconds(study))
        result[str(n_own)] = _summary(spent)
        _say(f"{n_own} own trials: {result[str(n_own)]}")
    return result


def _summary(spent: Mapping[str, list[float]]) -> dict[str, float]:
    tpe, warm = np.array(spent["tpe"]), np.array(spent["warm"])
    return {
        "tpe_ms": float(np.median(tpe[1:])),
        "warm_ms": float(np.median(warm[1:])),
        "overhead_ms": float(np.median(warm[1:]) - np.median(tpe[1:])),
        "mean_overhead_ms": float(np.mean(warm[1:]) - np.mean(tpe[1:])),
        "first_ask_ms": float(warm[0]),
    }


def _own_trials(n_own: int) -> list[optuna.trial.FrozenTrial]:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=1))
    study.optimize(lambda t: bowl(ASKED["same"](t), np.zeros(3)), n_trials=n_own)
    return study.trials


def _milliseconds(study: optuna.Study) -> float:
    begun = time.process_time()
    params = ASKED["same"](trial := study.ask())
    spent = 1e3 * (time.process_time() - begun)
    study.tell(trial, bowl(params, np.zeros(3)))
    return spent


PARTS: dict[str, Callable[[int], dict[str, Any]]] = {
    "overhead": overhead,
    "mismatches": mismatches,
    "guard": guard,
    "classic": classic,
}


def main(arguments: list[str]) -> None:
    """Run the parts named, or all, and write their figures beside those of the other parts."""
    logging.getLogger("autometa").setLevel(logging.ERROR)  # noise teaches nothing, and says so every time
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="all where none is named")
    parser.add_argument("--seeds", type=int, default=60, help="of mismatches and guard")
    options = parser.parse_args(arguments)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    results = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    for name in options.parts or list(PARTS):
        begun = time.process_time()
        results[name] = {"figures": PARTS[name](options.seeds), "environment": environment()}
        results[name] |= {"n_seeds": options.seeds, "cpu_seconds": round(time.process_time() - begun, 1)}
        RESULT.write_text(json.dumps(results, indent=1) + "\n")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
