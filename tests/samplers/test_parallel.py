"""Many at once: threads, several processes on one storage, and parts of a study that others began."""

import subprocess
import sys
from pathlib import Path

import optuna
import pytest

from autometa.samplers import Origin, WarmStartSampler
from tests.samplers.past import bowl, bowls

WORKER = """
import sys, optuna
optuna.logging.set_verbosity(optuna.logging.ERROR)
from autometa.samplers import WarmStartSampler
from tests.samplers.past import bowl, bowls
study = optuna.load_study(study_name="shared", storage=sys.argv[1], sampler=WarmStartSampler(bowls(), seed=0))
study.optimize(bowl(), n_trials=8)
"""


def test_threads_share_a_sampler() -> None:
    study = optuna.create_study(sampler=WarmStartSampler(bowls(), seed=0))
    study.optimize(bowl(), n_trials=24, n_jobs=4)
    explained = study.sampler.explain(study)
    assert [one.number for one in explained] == list(range(24))
    assert Origin.OTHER not in {one.origin for one in explained}
    ours = [t for t, one in zip(study.trials, explained, strict=True) if one.origin is not Origin.BASE]
    assert len({repr(trial.params) for trial in ours}) == len(ours)


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_two_processes_on_one_storage_never_try_the_same(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'shared.db'}"
    sampler = WarmStartSampler(bowls(), seed=0)
    optuna.create_study(study_name="shared", storage=storage)
    root = Path(__file__).parents[2]
    workers = [subprocess.Popen([sys.executable, "-c", WORKER, storage], cwd=root) for _ in range(2)]
    assert [worker.wait() for worker in workers] == [0, 0]
    study = optuna.load_study(study_name="shared", storage=storage)
    explained = sampler.explain(study)
    assert len(study.trials) == 16
    assert explained[0].origin is explained[1].origin is Origin.PORTFOLIO
    assert Origin.OTHER not in {one.origin for one in explained}
    assert study.trials[0].params != study.trials[1].params


@pytest.mark.slow
def test_study_is_not_its_own_past_in_a_shared_storage(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'old.db'}"
    random = optuna.samplers.RandomSampler(seed=0)
    past = optuna.create_study(study_name="past", storage=storage, sampler=random)
    past.optimize(bowl(-2.2), n_trials=20)
    study = optuna.create_study(study_name="now", storage=storage, sampler=random)
    study.optimize(bowl(), n_trials=5)
    study = optuna.load_study(study_name="now", storage=storage)
    study.sampler = WarmStartSampler.from_storage(storage, base_sampler=study.sampler, seed=0)
    study.optimize(bowl(), n_trials=3)
    named = {name for one in study.sampler.explain(study) for name in one.sources}
    assert named == {"past"}


def test_studies_of_another_storage_with_the_same_name_are_past() -> None:
    past = optuna.create_study(study_name="tune", sampler=optuna.samplers.RandomSampler(seed=0))
    past.optimize(bowl(), n_trials=20)
    study = optuna.create_study(study_name="tune", sampler=WarmStartSampler.from_studies([past], seed=0))
    study.optimize(bowl(), n_trials=2)
    assert study.sampler.explain(study)[0].sources == {"tune": 1.0}
