"""`autometa fewshot`: a run from data to picture, what it promises as JSON, and how it fails."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from autometa_cli import main

MOLECULES = Path(__file__).parents[2] / ".." / "shared" / "data" / "molecules"
SMALL = ["--set", "backbone.n_filters=16", "--set", "backbone.n_layers=1"]
QUICK = ["--way", "3", "--query", "4", "--validate-every", "20", *SMALL]


def run(*arguments: str, code: int = 0) -> None:
    with pytest.raises(SystemExit) as ending:
        main(["fewshot", *arguments])
    assert int(ending.value.code or 0) == code


@pytest.fixture
def vectors(tmp_path: Path) -> Path:
    """Thirty classes of twelve vectors each, well apart."""
    generator = np.random.default_rng(0)
    x = np.repeat(4.0 * generator.normal(size=(30, 6)), 12, axis=0) + generator.normal(size=(360, 6))
    np.savez(tmp_path / "vectors.npz", x=x, y=np.repeat([f"c{i:02d}" for i in range(30)], 12))
    return tmp_path / "vectors.npz"


@pytest.mark.slow
def test_a_run_goes_from_data_to_a_number_and_a_picture(
    vectors: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = str(tmp_path / "run")
    run("train", "--data", str(vectors), *QUICK, "--steps", "40", "--out", folder)
    told = capsys.readouterr()
    assert "step      40  validation" in told.out
    assert "test on vectors, 3-way 1-shot: accuracy" in told.out
    assert "inductive" in told.out
    assert told.err == ""
    run("evaluate", folder, "--shot", "5", "--episodes", "50", "--json")
    answer = json.loads(capsys.readouterr().out)
    assert answer["schema_version"] == 1
    assert (answer["way"], answer["shot"], answer["test"]["n_episodes"]) == (3, 5, 50)
    assert answer["test"]["mean"] > 0.8
    run("plot", folder)
    assert (tmp_path / "run" / "curves.png").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.slow
def test_a_run_goes_on_from_its_folder_alone(
    vectors: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, steps in (("whole", ["--steps", "30"]), ("halves", ["--steps", "10"])):
        run("train", "--data", str(vectors), *QUICK, *steps, "--out", str(tmp_path / name))
    run("train", "--resume", "--steps", "30", "--out", str(tmp_path / "halves"))
    capsys.readouterr()
    accuracies = []
    for name in ("whole", "halves"):
        run("evaluate", str(tmp_path / name), "--json")
        accuracies.append(json.loads(capsys.readouterr().out)["test"])
    assert accuracies[0] == accuracies[1]


def test_train_json_is_a_promise(vectors: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--data", str(vectors), *QUICK, "--steps", "20", "--out", str(tmp_path / "run"), "--json"]
    run("train", *arguments)
    answer = json.loads(capsys.readouterr().out)
    expected = {"schema_version", "run", "learner", "training", "curve", "data", "way", "shot", "query"}
    assert set(answer) == expected | {"split", "test", "reported_percent"}
    assert answer["training"] == {
        "n_steps": 20,
        "best_step": 20,
        "best": answer["curve"][0]["validation"]["mean"],
        "stopped_early": False,
    }
    assert set(answer["test"]) == {"mean", "ci95", "n_episodes", "is_transductive", "per_step", "score"}


def test_a_table_with_a_target_will_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    generator = np.random.default_rng(1)
    kinds = [kind for kind in range(24) for _ in range(8)]
    rows = [f"{5 * kind + generator.normal():.3f},{-kind},kind{kind}" for kind in kinds]
    (tmp_path / "table.csv").write_text("\n".join(["a,b,kind", *rows]) + "\n")
    arguments = ["--data", str(tmp_path / "table.csv"), "--target", "kind", "--steps", "3"]
    run("train", *arguments, *QUICK, "--out", str(tmp_path / "run"), "--json")
    assert json.loads(capsys.readouterr().out)["test"]["mean"] > 1 / 3


def test_list_names_paper_and_needs(capsys: pytest.CaptureFixture[str]) -> None:
    run("list", "--json")
    learners = {learner["name"]: learner for learner in json.loads(capsys.readouterr().out)["learners"]}
    assert learners["prototypical"]["paper"].startswith("Snell, Swersky & Zemel 2017")
    run("list")
    assert "prototypical" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "--data", "nowhere"], "there is no nowhere"),
        (["train", "--data", "sinusoid"], "answers with classes, and these episodes are regressions"),
        (["train", "--data", "sinusoid", "--learner", "protypical"], "did you mean 'prototypical'"),
        (["train", "--data", "sinusoid", "--device", "cuda:7"], "no device 'cuda:7' here"),
        (["train", "--data", "sinusoid", "--set", "backbone.name=conv5"], "did you mean 'conv4'"),
        (["train", "--data", "sinusoid", "--set", "backbone.n_filters=many"], "n_filters cannot be 'many'"),
        (["train", "--data", "sinusoid", "--set", "depth"], "wanted KEY=VALUE"),
        (["evaluate", "nowhere"], "no readable run.json in nowhere"),
        (["plot", "nowhere"], "no metrics.jsonl in nowhere"),
    ],
)
def test_mistakes_are_one_sentence(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    run(*arguments, code=2)
    told = capsys.readouterr()
    assert message in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""


def test_a_missing_torch_is_said_with_the_way_to_install_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "torch" else found(name))
    run("list", code=2)
    assert "pip install 'autometa[fewshot]'" in capsys.readouterr().err


@pytest.mark.slow
def test_help_loads_no_torch() -> None:
    code = (
        "import sys; sys.argv = ['autometa', 'fewshot', 'train', '--help']\n"
        "from autometa_cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    assert not {'torch', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


@pytest.mark.slow
@pytest.mark.skipif(not MOLECULES.is_dir(), reason="FS-Mol is not at ../shared/data/molecules")
def test_assays_are_scored_by_their_own_measure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(tmp_path / "run")
    run("train", "--data", str(MOLECULES), "--shot", "8", "--steps", "3", "--out", folder, *SMALL, "--json")
    answer = json.loads(capsys.readouterr().out)
    assert (answer["data"], answer["way"], answer["test"]["score"]) == ("fsmol", 2, "delta_auprc")
