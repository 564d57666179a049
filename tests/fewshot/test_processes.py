"""Training in several processes is training with larger steps."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import Tensor

from autometa.errors import TrainingError
from autometa.fewshot import Episodes, EpisodeShape, train
from autometa.fewshot.checkpoint import load_state, read_metrics, save_state
from autometa.fewshot.processes import own_device
from tests.fewshot.problems import episode_sampler
from tests.fewshot.two_processes import PLAN, SEED, fresh

ROOT = Path(__file__).parents[2]


class Both:
    """The episodes that two processes draw, one after the other, as one batch."""

    def __init__(self) -> None:
        self._parts = [episode_sampler(seed=SEED + rank) for rank in range(2)]

    @property
    def shape(self) -> EpisodeShape:
        return self._parts[0].shape

    @property
    def generator(self) -> torch.Generator:
        return self._parts[0].generator

    def sample(self, n_episodes: int) -> Episodes:
        support, query, *_ = zip(*(part.sample(n_episodes // 2) for part in self._parts), strict=True)
        return Episodes(torch.cat(support), torch.cat(query))


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_two_processes_train_as_one_with_twice_the_episodes(tmp_path: Path) -> None:
    script = ROOT / "tests" / "fewshot" / "two_processes.py"
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    subprocess.run(
        [*launch, str(script), str(tmp_path)], env=environment, check=True, capture_output=True, timeout=150
    )
    first, second = (torch.load(tmp_path / f"{rank}.pt", weights_only=True) for rank in range(2))

    alone = fresh()
    plan = PLAN.__class__(**{name: getattr(PLAN, name) for name in PLAN.__slots__} | {"n_episodes": 4})
    result = train(
        alone, Both(), plan=plan, validation_sampler=episode_sampler(seed=9), out=tmp_path / "alone"
    )
    torch.testing.assert_close(first["weights"], dict(alone.state_dict()), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(second["weights"], first["weights"], rtol=0.0, atol=0.0)
    last, expected = (load_state(tmp_path / name / "checkpoint.pt")["learner"] for name in ("run", "alone"))
    torch.testing.assert_close(last, expected, rtol=1e-6, atol=1e-6)
    assert first["best"] == second["best"] == pytest.approx(result.best, abs=1e-6)
    assert (first["reports"], second["reports"]) == (6, 0)
    assert losses(tmp_path / "run") == pytest.approx(losses(tmp_path / "alone"), rel=1e-5)
    states = load_state(tmp_path / "run" / "checkpoint.pt")["generators"]["sampler"]
    assert len(states) == 2
    assert not torch.equal(states[0], states[1])


def losses(folder: Path) -> list[float]:
    return [line["loss"] for line in read_metrics(folder) if line["step"] == PLAN.n_steps]


def test_a_run_of_two_processes_is_not_resumed_by_one(tmp_path: Path) -> None:
    train(fresh(), episode_sampler(), plan=PLAN, out=tmp_path)
    state = load_state(tmp_path / "checkpoint.pt")
    doubled: dict[str, Tensor] = {name: torch.stack([one, one]) for name, one in state["generators"].items()}
    save_state(tmp_path / "checkpoint.pt", state | {"generators": doubled})
    with pytest.raises(TrainingError, match="had 2 processes, and there are 1; resume with as many"):
        train(fresh(), episode_sampler(), plan=PLAN, out=tmp_path, resume=True)


def test_a_processor_is_shared_and_a_missing_gpu_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORLD_SIZE", "99")
    monkeypatch.setenv("LOCAL_RANK", "98")
    assert own_device(torch.device("cpu")) == torch.device("cpu")
    with pytest.raises(TrainingError, match="process 99 of this machine has no GPU of its own"):
        own_device(torch.device("cuda"))
    monkeypatch.setenv("WORLD_SIZE", "1")
    assert own_device(torch.device("cuda")) == torch.device("cuda")
