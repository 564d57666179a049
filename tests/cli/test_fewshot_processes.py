"""`autometa fewshot train` under `torchrun`: several processes, one run, one answer."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from autometa.fewshot.checkpoint import load_state, read_metrics

LAUNCH = [
    sys.executable,
    "-m",
    "torch.distributed.run",
    "--standalone",
    "--nproc-per-node",
    "2",
    "--no-python",
]
COMMAND = [sys.executable, "-m", "autometa_cli", "fewshot", "train", "--json", "--device", "cpu"]
SMALL = ["--set", "backbone.n_filters=8", "--set", "backbone.n_layers=1", "--way", "3", "--query", "4"]


def run(*arguments: str) -> dict[str, object]:
    """What the command prints, which must be one JSON object."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [*LAUNCH, *COMMAND, *arguments],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
        timeout=150,
    )
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_two_processes_write_one_run_print_one_answer_and_go_on(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    x = np.repeat(4.0 * generator.normal(size=(30, 6)), 12, axis=0) + generator.normal(size=(360, 6))
    np.savez(tmp_path / "vectors.npz", x=x, y=np.repeat([f"c{i:02d}" for i in range(30)], 12))
    folder = tmp_path / "run"
    first = run(
        *("--data", str(tmp_path / "vectors.npz"), "--out", str(folder), *SMALL),
        *("--steps", "4", "--validate-every", "2"),
    )
    assert first["training"]["n_steps"] == 4  # type: ignore[index]
    second = run("--resume", "--out", str(folder), "--steps", "8")
    assert second["training"]["n_steps"] == 8  # type: ignore[index]
    assert [line["step"] for line in read_metrics(folder) if "validation" in line] == [2, 4, 6, 8]
    assert len(load_state(folder / "checkpoint.pt")["generators"]["sampler"]) == 2  # one of each process
