"""What the `openml` package reads for us: suites, tasks, flows and data sets; the only file that knows it.

Only calls are made that 0.15.1 and its successor have. The package never gives up on a silent server, keeps
damaged files for ever, pickles, and takes settings and an API key from the user's files. So every call has a
fresh folder for its cache, our server and no key, one try of its own and ours around it, and a thread that is
left alone when it takes too long. The user's settings are back in place afterwards, their files not written.

Lists, qualities and files go through our own transport: the package's lists differ between its versions, a
data set without qualities makes it fail, and half a file is a file to it.
"""

import contextlib
import logging
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from autometa.errors import ImporterError
from autometa_store.importers.openml_answers import as_number, as_real
from autometa_store.importers.openml_records import (
    EstimationProcedure,
    FlowParameter,
    ListedDataset,
    ListedFeature,
    ListedFlow,
    ListedTask,
)
from autometa_store.importers.openml_transport import (
    HEALING_STATUSES,
    HealingError,
    OpenMLTransport,
    RefusedError,
    refused,
)

FEATURES_NOT_PROCESSED = frozenset({272, 273, 274})
T = TypeVar("T")
_SETTINGS = threading.RLock()  # the package has one server for the whole process


@dataclass(frozen=True, slots=True)
class OpenMLPackage:
    """Asks the transport's server through the package, as patiently as the transport does."""

    transport: OpenMLTransport

    def suite_tasks(self, suite: int | str) -> tuple[int, ...]:
        """Ids of the tasks of a suite; raises `ImporterError`."""
        if not re.fullmatch(r"[\w.-]+", str(suite)):
            raise ImporterError(
                f"{suite!r} is no suite of OpenML; give its number or alias, e.g. 99 or OpenML-CC18"
            )
        found = self._ask(f"suite {suite}", lambda openml: openml.study.get_suite(suite))
        return tuple(int(task) for task in found.tasks or ())

    def task(self, task_id: int) -> ListedTask:
        """One task with its splits; raises `ImporterError`."""
        return self._ask(f"task {task_id}", lambda openml: _task(openml.tasks.get_task(int(task_id))))

    def flow(self, flow_id: int) -> ListedFlow:
        """One flow with parameters and components; raises `ImporterError`."""
        return self._ask(f"flow {flow_id}", lambda openml: _flow(openml.flows.get_flow(int(flow_id))))

    def dataset(self, data_id: int) -> ListedDataset:
        """A data set's description, with columns if the server has processed it; raises `ImporterError`."""

        def read(openml: Any, *, with_features: bool) -> ListedDataset:
            found = openml.datasets.get_dataset(
                int(data_id),
                download_data=False,
                download_qualities=False,
                download_features_meta_data=with_features,
            )
            return _dataset(found, with_features=with_features)

        try:
            return self._ask(f"data set {data_id}", lambda openml: read(openml, with_features=True))
        except RefusedError as error:
            if error.code not in FEATURES_NOT_PROCESSED:
                raise
            return self._ask(f"data set {data_id}", lambda openml: read(openml, with_features=False))

    def _ask(self, what: str, read: Callable[[Any], T]) -> T:
        openml = _package()
        server = self.transport.server
        seconds = 2 * self.transport.limits.read_seconds

        def attempt() -> T:
            with _settings(openml, server):
                return _within(seconds, lambda: _translated(what, lambda: read(openml)))

        return self.transport.insist(attempt, what=f"{server} for {what}")


def _package() -> Any:
    try:
        import openml
    except OSError as error:  # it makes folders when it is imported
        raise ImporterError(
            f"the openml package cannot start ({error}); set OPENML_CACHE_DIR to a folder that can be written"
        ) from error
    return openml


@contextlib.contextmanager
def _settings(openml: Any, server: str) -> Iterator[None]:
    """The package with our server, no key, no retries, an empty cache and no log, until the block ends."""
    config, root = openml.config, logging.getLogger()
    names = ("server", "apikey", "connection_n_retries", "show_progress", "_root_cache_directory")
    silence = (
        logging.NullHandler()
    )  # without any handler, the package would give the root logger one that prints
    with _SETTINGS, TemporaryDirectory(prefix="autometa-openml-", ignore_cleanup_errors=True) as folder:
        before = {name: getattr(config, name) for name in names if hasattr(config, name)}
        root.addHandler(silence)
        try:
            config.server, config.apikey = f"{server}/api/v1/xml", ""
            config.connection_n_retries, config.show_progress = 1, False
            config.set_root_cache_directory(folder)
            yield
        finally:
            root.removeHandler(silence)
            for name, value in before.items():
                setattr(config, name, value)


def _within(seconds: float, call: Callable[[], T]) -> T:
    """The result of a call that may never return; it is left to itself when the time is up.

    Raises:
        TimeoutError: the time is up.
    """
    results: list[T] = []
    errors: list[Exception] = []

    def run() -> None:
        try:
            results.append(call())
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise TimeoutError
    if errors:
        raise errors[0]
    return results[0]


def _translated(what: str, call: Callable[[], T]) -> T:
    """The result of a call into the package; its many errors become ours."""
    from openml.exceptions import OpenMLServerException
    from requests import RequestException

    try:
        return call()
    except OpenMLServerException as error:
        raise refused(what, int(error.code or 0), str(error.message).removesuffix(" - None")) from error
    except RequestException as error:
        raise HealingError(_network_reason(error)) from error
    except Exception as error:
        if "Unexpected entity type" in str(error):
            raise ImporterError(
                f"{what} is a study of runs, not a suite of tasks; give a suite, e.g. 99"
            ) from error
        if isinstance(error, KeyError) and "oml:" in str(error):
            raise HealingError("the answer is no document of OpenML; check the server's address") from error
        status = re.search(r"Status code: (\d+)", str(error))
        if status is None:
            raise HealingError(f"the answer cannot be read ({type(error).__name__}: {error})") from error
        if int(status[1]) in HEALING_STATUSES | {200, 412}:
            raise HealingError(f"HTTP {status[1]} without a reason") from error
        raise ImporterError(f"{what} answers HTTP {status[1]}; check the server's address") from error


def _network_reason(error: Exception) -> str:
    inner = error.args[0] if error.args else error
    return str(getattr(inner, "reason", inner)) or type(error).__name__


def _task(task: Any) -> ListedTask:
    procedure = getattr(task, "estimation_procedure", None) or {}
    options = procedure.get("parameters") or {}
    stratified = str(options.get("stratified_sampling") or "").lower()
    return ListedTask(
        task_id=int(task.task_id),
        task_type_id=int(task.task_type_id.value),
        task_type=str(task.task_type),
        data_id=int(task.dataset_id),
        target=getattr(task, "target_name", None) or None,
        estimation_procedure=EstimationProcedure(
            kind=procedure.get("type"),
            n_repeats=as_number(options.get("number_repeats")),
            n_folds=as_number(options.get("number_folds")),
            percentage=as_real(options.get("percentage")),
            is_stratified={"true": True, "false": False}.get(stratified),
        ),
        metric=getattr(task, "evaluation_measure", None) or None,
    )


def _flow(flow: Any) -> ListedFlow:
    about = flow.parameters_meta_info
    return ListedFlow(
        flow_id=int(flow.flow_id),
        name=str(flow.name),
        version=str(flow.version),
        external_version=flow.external_version,
        dependencies=flow.dependencies,
        parameters=tuple(
            FlowParameter(name, about[name].get("data_type") or None, default)
            for name, default in flow.parameters.items()
        ),
        components=tuple((name, _flow(component)) for name, component in flow.components.items()),
    )


def _dataset(dataset: Any, *, with_features: bool) -> ListedDataset:
    targets = {name.strip() for name in (dataset.default_target_attribute or "").split(",")}
    ignored = set(dataset.ignore_attribute or ())
    features = dataset.features if with_features else {}
    return ListedDataset(
        data_id=int(dataset.dataset_id),
        name=str(dataset.name),
        version=int(dataset.version),
        file_format=str(dataset.format),
        url=dataset.url,
        md5=dataset.md5_checksum,
        default_target=dataset.default_target_attribute,
        features=tuple(
            ListedFeature(
                index=int(feature.index),
                name=feature.name,
                data_type=feature.data_type,
                categories=tuple(feature.nominal_values or ()),
                is_target=feature.name in targets,
                is_ignored=feature.name in ignored,
                is_row_identifier=feature.name == dataset.row_id_attribute,
                n_missing=int(feature.number_missing_values),
            )
            for _, feature in sorted(features.items())
        ),
    )
