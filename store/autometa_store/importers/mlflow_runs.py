"""MLflow's runs as plain data: read from an `mlruns` folder as it lies, or asked from a tracking server.

The folder's layout is MLflow's file store: EXPERIMENT/meta.yaml, EXPERIMENT/RUN/meta.yaml, and one small file
for each parameter (its text) and each metric (a line "time value step" for each time it was logged).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from autometa.errors import ImporterError, InvalidDatasetError

FINISHED, FAILED, OPEN = "finished", "failed", "open"
_STATUS = {
    "1": OPEN,
    "2": OPEN,
    "3": FINISHED,
    "4": FAILED,
    "5": FAILED,
}  # as files have it
_META = "meta.yaml"
_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class MlflowRun:
    """A run.

    Attributes:
        experiment: the experiment's name.
        run_id: MLflow's.
        started: milliseconds since 1970, 0 if unknown.
        status: FINISHED, FAILED or OPEN.
        params: texts by name.
        metrics: the value that was logged last, by name.
    """

    experiment: str
    run_id: str
    started: int
    status: str
    params: Mapping[str, str]
    metrics: Mapping[str, float]


def read_runs(place: str) -> list[MlflowRun]:
    """All runs that were not deleted, in the order in which they began.

    Args:
        place: an `mlruns` folder, or the URI of a tracking server, which needs the package.

    Raises:
        InvalidDatasetError: the folder is none of MLflow's.
        ImporterError: the package is missing, or the server does not answer.
    """
    if "://" in place and not place.startswith("file:"):
        runs = list(_from_server(place))
    else:
        path = unquote(urlsplit(place).path) if place.startswith("file:") else place
        runs = list(_from_folder(Path(path)))
    return sorted(runs, key=lambda run: (run.started, run.run_id))


def _from_folder(folder: Path) -> Iterator[MlflowRun]:
    if not folder.is_dir():
        raise InvalidDatasetError(f"{folder}: no such folder; give an mlruns folder or a tracking URI")
    experiments = [path.parent for path in sorted(folder.glob(f"*/{_META}"))]
    if not experiments:
        raise InvalidDatasetError(f"{folder}: no experiment of MLflow here; give the folder called mlruns")
    for experiment in experiments:
        about = _meta(experiment / _META)
        if about.get("lifecycle_stage", "active") != "active":
            continue
        for meta in sorted(experiment.glob(f"*/{_META}")):
            run = _meta(meta)
            if "status" in run and run.get("lifecycle_stage", "active") == "active":
                yield _run(meta.parent, run, about.get("name", experiment.name))


def _run(folder: Path, about: Mapping[str, str], experiment: str) -> MlflowRun:
    started = about.get("start_time", "0")
    return MlflowRun(
        experiment=experiment,
        run_id=folder.name,
        started=int(started) if started.isdigit() else 0,
        status=_STATUS.get(about["status"], about["status"].lower()),
        params={name: path.read_text(encoding="utf-8") for name, path in _entries(folder / "params")},
        metrics=dict(_metrics(folder / "metrics")),
    )


def _entries(folder: Path) -> Iterator[tuple[str, Path]]:
    """Files by name; a name with slashes lies in folders. Links are not followed."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield path.relative_to(folder).as_posix(), path


def _metrics(folder: Path) -> Iterator[tuple[str, float]]:
    for name, path in _entries(folder):
        logged = list[tuple[int, int, float]]()
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                time, value, *step = line.split()
                logged.append((int(step[0]) if step else 0, int(time), float(value)))
            except ValueError as error:
                raise InvalidDatasetError(f"{path}: no line of a metric: {line[:60]!r}") from error
        if logged:
            yield name, max(logged)[2]


def _meta(path: Path) -> dict[str, str]:
    """The top-level scalars of a file that MLflow's dumper wrote: one "name: value" a line."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, colon, value = line.partition(": ")
        if colon and not line.startswith((" ", "-")):
            found[name] = _unquoted(value.strip())
    return found


def _unquoted(value: str) -> str:
    if len(value) > 1 and value[0] == value[-1] == "'":
        return value[1:-1].replace("''", "'")
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] == '"' else value


def _from_server(uri: str) -> Iterator[MlflowRun]:
    try:
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException
    except ImportError as error:
        raise ImporterError(
            "a tracking server wants the package mlflow; pip install 'autometa[mlflow]'"
        ) from error
    try:
        client = MlflowClient(tracking_uri=uri)
        for experiment in _all_pages(client.search_experiments):
            for run in _all_pages(client.search_runs, [experiment.experiment_id]):
                yield _asked(run, experiment.name)
    except (MlflowException, OSError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise ImporterError(f"the tracking server cannot be asked ({reason}); try again") from error


def _all_pages(search: Any, *arguments: Any) -> Iterator[Any]:
    token = None
    while True:
        page = search(*arguments, max_results=_PAGE, page_token=token)
        yield from page
        token = page.token
        if not token:
            return


def _asked(run: Any, experiment: str) -> MlflowRun:
    states = {"FINISHED": FINISHED, "FAILED": FAILED, "KILLED": FAILED}
    return MlflowRun(
        experiment=experiment,
        run_id=run.info.run_id,
        started=int(run.info.start_time or 0),
        status=states.get(str(run.info.status), OPEN),
        params=dict(run.data.params),
        metrics=dict(run.data.metrics),
    )
