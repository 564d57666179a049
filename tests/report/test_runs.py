"""Runs: what the folder of a training says, and how another kind joins."""

import json
from pathlib import Path

import pytest

from autometa.errors import TrainingError
from autometa.report import read_run, run_section, runs
from autometa.report.runs import Curve, LearningRun, Line
from tests.report.pages import write_run


def test_curves_are_what_the_metrics_say(tmp_path: Path) -> None:
    run = read_run(write_run(tmp_path / "run"))
    loss, validation, inner = run.curves
    assert run.name == "run"
    assert loss.lines[0].x == (
        10.0,
        20.0,
        30.0,
        40.0,
    )  # the fifth line is cut off: a step that is being written
    assert loss.lines[0].y == (1.6, 0.8, pytest.approx(1.6 / 3), 0.4)
    assert validation.lines[0] == Line("validation", (20.0, 40.0), (0.5, 0.7), (0.02, 0.02))
    assert validation.lines[1].name == "training"
    assert inner.lines[0].y == (0.2, 0.8, 0.7)


def test_captions_state_what_was_found(tmp_path: Path) -> None:
    loss, validation, inner = read_run(write_run(tmp_path / "run")).curves
    assert loss.caption == "The training loss fell: 1.6 at step 10, 0.4 at step 40."
    assert "best accuracy was 0.7 ± 0.02 (95 %), after step 40 of 40" in validation.caption
    assert inner.caption.endswith("0.7 after 2, at the last validation. It is best, 0.8, after 1.")


def test_a_run_that_has_only_begun_is_shown_as_such(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run")
    (folder / "metrics.jsonl").unlink()
    section = run_section(read_run(folder))
    assert section.figures == ()
    assert "no metrics yet" in str(section.blocks[1])


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"is not the folder of a run; give one that has run\.json"):
        read_run(tmp_path)


@pytest.mark.parametrize("text", ["no json\n", '{"step": 1, "loss": "much"}\n', '{"loss": 1.0}\n'])
def test_damaged_metrics_are_said_to_be(tmp_path: Path, text: str) -> None:
    folder = write_run(tmp_path / "run")
    (folder / "metrics.jsonl").write_text(text)
    with pytest.raises(TrainingError, match="cannot be read"):
        read_run(folder)


def test_another_kind_of_training_joins_by_one_function(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_other(folder: Path) -> LearningRun | None:
        if not (folder / "other.json").is_file():
            return None
        line = Line("cold", (1.0, 2.0), (3.0, 2.0))
        return LearningRun(
            "other", "optimizer", (), (Curve("steps", "step", "loss", "It fell.", (line, line)),)
        )

    (tmp_path / "other.json").write_text("{}")
    monkeypatch.setattr(runs, "READERS", (*runs.READERS, read_other))
    (figure,) = run_section(read_run(tmp_path), number=2).figures
    assert figure.name == "figure-run-2-steps"
    assert [trace["line"]["dash"] for trace in figure.data] == ["solid", "dash"]


@pytest.mark.slow
def test_what_few_shot_training_writes_is_read_without_torch(tmp_path: Path) -> None:
    import torch

    from autometa.fewshot import TrainingPlan, train
    from autometa_cli.fewshot_data import SINUSOID, FewShotData
    from autometa_cli.fewshot_runs import new_card

    data = FewShotData(SINUSOID, target=None, split=None, seed=0, device=torch.device("cpu"))
    sizes = (1, 5, 5)
    plan = {"n_steps": 20, "n_episodes": 2, "validate_every": 10, "n_validation": 4, "log_every": 5}
    card = new_card(
        learner="maml",
        settings=[],
        data=SINUSOID,
        found=data,
        target=None,
        split=None,
        test=sizes,
        training=sizes,
        seed=0,
        plan=plan,
    )
    card.write(tmp_path)
    samplers = [data.sampler(part, way=1, shot=5, query=5) for part in ("train", "validation")]
    train(
        card.build(),
        samplers[0],
        plan=TrainingPlan(**card.plan),
        validation_sampler=samplers[1],
        out=tmp_path,
        seed=0,
    )
    written = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    run = read_run(tmp_path)
    assert ("learner", "maml") in run.facts
    assert [curve.name for curve in run.curves] == ["loss", "validation", "inner"]
    assert run.curves[0].lines[0].y == tuple(line["loss"] for line in written if "loss" in line)
    assert run.curves[1].lines[0].y == tuple(
        line["validation"]["trimmed_mean"] for line in written if "validation" in line
    )
