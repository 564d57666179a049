"""MLflow's runs as imported items: the folder's layout, a server's pages, endings, and bad input."""

import sys
import types
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from autometa.dataset import TaskType
from autometa.errors import ImporterError, InvalidDatasetError, UnknownNameError
from autometa.history import TrialStatus
from autometa.search_space import Choice, Condition, FloatRange
from autometa.warmstart.sources import DatasetInfo
from autometa_store.importers.base import ImportedStudies, Importer, nothing_stored
from autometa_store.importers.described import DescribedDataset
from autometa_store.importers.mlflow_importer import MlflowImporter
from autometa_store.importers.mlflow_runs import MlflowRun, read_runs
from autometa_store.importers.score_names import parse_score
from tests.contracts.importers import ImporterContract

CHURN = DescribedDataset(DatasetInfo("churn", "churn", "churn", TaskType.CLASSIFICATION, 60, 3, 2), ())


def _write_run(
    experiment: Path,
    name: str,
    params: Mapping[str, str],
    metrics: Mapping[str, str],
    *,
    status: int = 3,
    stage: str = "active",
    started: int = 0,
) -> None:
    """A run as MLflow's file store writes it."""
    for kind, values in (("params", params), ("metrics", metrics), ("tags", {"mlflow.user": "me"})):
        for key, text in values.items():
            path = experiment / name / kind / key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    (experiment / name).mkdir(exist_ok=True)
    (experiment / name / "meta.yaml").write_text(
        f"artifact_uri: file:///x/{name}\nend_time: {started + 5}\nentry_point_name: ''\n"
        f"lifecycle_stage: {stage}\nrun_id: {name}\nrun_name: r\nstart_time: {started}\nstatus: {status}\n"
        "tags: []\n",
        encoding="utf-8",
    )


@pytest.fixture
def mlruns(tmp_path: Path) -> Path:
    folder = tmp_path / "mlruns"
    experiment = folder / "444357140277768334"
    (folder / "0").mkdir(parents=True)
    (folder / "0" / "meta.yaml").write_text("lifecycle_stage: active\nname: Default\n", encoding="utf-8")
    experiment.mkdir()
    (experiment / "meta.yaml").write_text(
        "experiment_id: '444357140277768334'\nlifecycle_stage: active\nname: 'churn: it''s svm'\n",
        encoding="utf-8",
    )
    accuracy = "1795274513963 0.5 0\n1795274513978 0.75 2\n1795274513970 0.6 1\n"
    rbf = {"C": "0.1", "kernel": "rbf", "random_state": "3", "model/cache": "None"}
    poly = {"C": "10.0", "kernel": "poly", "degree": "3", "random_state": "4", "model/cache": "None"}
    _write_run(experiment, "b", poly, {"val_accuracy": "17 0.9\n", "loss": "17 nan 0\n"}, started=2)
    _write_run(experiment, "a", rbf, {"val_accuracy": accuracy, "loss": "17 0.25 0\n"}, started=1)
    _write_run(experiment, "c", {**rbf, "C": "1000.0"}, {}, status=4, started=3)
    _write_run(experiment, "d", rbf, {}, status=1)
    _write_run(experiment, "e", rbf, {"val_accuracy": "17 1.0 0\n"}, stage="deleted")
    _write_run(experiment, "f", {}, {"val_accuracy": "17 1.0 0\n"})
    return folder


class TestFolder(ImporterContract):
    @pytest.fixture
    def importer(self, mlruns: Path) -> Importer:
        return MlflowImporter("here", read_runs(str(mlruns)), CHURN)


def _item(importer: Importer) -> ImportedStudies:
    (item,) = (one for one in importer.items(nothing_stored) if isinstance(one, ImportedStudies))
    return item


def test_runs_of_a_folder_are_trials(mlruns: Path) -> None:
    item = _item(MlflowImporter("here", read_runs(str(mlruns)), CHURN))
    (study,) = item.studies
    assert item.title == "churn: it's svm"
    assert (study.metric, study.direction) == ("accuracy", "maximize")
    assert study.search_space.parameters == (
        FloatRange("C", 0.1, 1000.0, log=True),
        Choice("kernel", ("poly", "rbf")),
        Choice("degree", (3,), condition=Condition("kernel", ("poly",))),
    )
    first, second, third = study.trials
    assert (first.params, first.seed) == ({"C": 0.1, "kernel": "rbf"}, 3)
    assert (first.value, dict(first.other_values)) == (0.75, {"loss": 0.25})  # the last step counts
    assert (second.value, dict(second.other_values)) == (0.9, {})
    assert (third.value, third.status) == (None, TrialStatus.FAILED)
    assert item.notes[:3] == (
        "scores are val_accuracy as accuracy, to maximize, loss as loss, to minimize",
        "1 runs are not finished and left for later",
        "1 runs without a parameter are left out",
    )


def test_folder_may_be_named_as_a_uri(mlruns: Path) -> None:
    assert str(read_runs(mlruns.as_uri())) == str(read_runs(str(mlruns)))  # NaN is not equal to itself


def test_named_score_and_experiment_are_taken(mlruns: Path) -> None:
    runs = read_runs(str(mlruns))
    importer = MlflowImporter("here", runs, CHURN, scores=(parse_score("loss=log_loss"),), learner="ours")
    (study,) = _item(importer).studies
    assert (study.metric, study.search_space.name) == ("log_loss", "ours/classification")
    with pytest.raises(UnknownNameError, match="no experiment 'chrun'"):
        _item(MlflowImporter("here", runs, CHURN, experiments=("chrun",)))
    with pytest.raises(UnknownNameError, match="no metric 'losss'; did you mean 'loss'"):
        _item(MlflowImporter("here", runs, CHURN, scores=(parse_score("losss:minimize"),)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        pytest.param(lambda folder: None, "no such folder", id="no folder"),
        pytest.param(lambda folder: folder.mkdir(), "no experiment of MLflow here", id="empty folder"),
    ],
)
def test_other_folders_are_refused(tmp_path: Path, make: Any, message: str) -> None:
    make(tmp_path / "x")
    with pytest.raises(InvalidDatasetError, match=message):
        read_runs(str(tmp_path / "x"))


def test_broken_metric_is_named(mlruns: Path) -> None:
    (mlruns / "444357140277768334" / "a" / "metrics" / "loss").write_text("what\n", encoding="utf-8")
    with pytest.raises(InvalidDatasetError, match="loss: no line of a metric: 'what'"):
        read_runs(str(mlruns))


def test_link_out_of_the_folder_is_not_followed(mlruns: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("42", encoding="utf-8")
    (mlruns / "444357140277768334" / "a" / "params" / "secret").symlink_to(tmp_path / "secret")
    assert all("secret" not in run.params for run in read_runs(str(mlruns)))


class _Client:
    """Two pages of runs of one experiment, in the shape of MLflow's client."""

    def __init__(self, tracking_uri: str):
        if "silent" in tracking_uri:
            raise ConnectionError("nobody answers\nat all")

    def search_experiments(self, *, max_results: int, page_token: str | None) -> Any:
        return _Page([SimpleNamespace(experiment_id="1", name="churn")], None)

    def search_runs(self, ids: list[str], *, max_results: int, page_token: str | None) -> Any:
        number, token = (0, "more") if page_token is None else (1, None)
        info = SimpleNamespace(run_id=f"r{number}", start_time=number, status=("FINISHED", "KILLED")[number])
        data = SimpleNamespace(params={"C": f"{number}.5"}, metrics={"roc_auc": 0.5})
        return _Page([SimpleNamespace(info=info, data=data)], token)


class _Page(list[Any]):
    def __init__(self, entries: list[Any], token: str | None):
        super().__init__(entries)
        self.token = token


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for the package `mlflow`."""
    module, exceptions = types.ModuleType("mlflow"), types.ModuleType("mlflow.exceptions")
    module.MlflowClient = _Client  # type: ignore[attr-defined]
    exceptions.MlflowException = RuntimeError  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "mlflow", module)
    monkeypatch.setitem(sys.modules, "mlflow.exceptions", exceptions)


@pytest.mark.usefixtures("package")
def test_server_is_asked_page_by_page() -> None:
    assert read_runs("http://server:5000") == [
        MlflowRun("churn", "r0", 0, "finished", {"C": "0.5"}, {"roc_auc": 0.5}),
        MlflowRun("churn", "r1", 1, "failed", {"C": "1.5"}, {"roc_auc": 0.5}),
    ]


@pytest.mark.usefixtures("package")
def test_silent_server_is_one_line() -> None:
    with pytest.raises(ImporterError, match=r"cannot be asked \(nobody answers\); try again"):
        read_runs("http://silent:5000")


def test_server_without_the_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(ImporterError, match="pip install 'autometa\\[mlflow\\]'"):
        read_runs("http://server:5000")


@pytest.mark.slow
def test_folder_of_the_real_package_reads_as_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    uri = (tmp_path / "mlruns").as_uri()
    client = mlflow.MlflowClient(tracking_uri=uri)
    experiment = client.create_experiment("real: one")
    for number in range(3):
        run = client.create_run(experiment)
        client.log_param(run.info.run_id, "model/C", 0.5 * number)
        for step in range(2):
            client.log_metric(run.info.run_id, "val/accuracy", number / 3 + step, step=step)
        client.set_terminated(run.info.run_id, "FAILED" if number == 2 else "FINISHED")
    from autometa_store.importers import mlflow_runs

    expected = sorted(mlflow_runs._from_server(uri), key=lambda one: (one.started, one.run_id))
    assert len(expected) == 3
    assert read_runs(uri) == expected
