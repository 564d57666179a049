"""What an OpenML server says, as plain values, and the port that asks it.

Ids are OpenML's own. Texts are as the server wrote them: a parameter's value is not decoded here. None means
that the server left the field out or empty.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self


@dataclass(frozen=True, slots=True)
class ListedParameter:
    """One hyper-parameter of a setup; `(flow_name, name)` identifies it, a bare name does not.

    Attributes:
        flow_id: of the component that it belongs to, which in a pipeline is not the pipeline.
        flow_name: of that component with OpenML's version of it, e.g. `sklearn.svm._classes.SVC(16)`.
        name: e.g. `gamma`.
        value: the text as uploaded, e.g. `"rbf"` with quotes for scikit-learn; None if there was none.
    """

    flow_id: int | None
    flow_name: str
    name: str
    value: str | None


@dataclass(frozen=True, slots=True)
class ListedEvaluation:
    """One run's score, with the hyper-parameters that it was run with.

    Attributes:
        run_id: the run.
        engine_id: which evaluation engine measured it; the same run may be measured by several.
        task_id: data set, target and splits.
        setup_id: flow with hyper-parameters; runs of a page that share it share the very same `parameters`.
        flow_id: what was run.
        flow_name: with OpenML's version of it.
        data_id: the data set.
        data_name: its name.
        metric: OpenML's name of it, e.g. `predictive_accuracy`.
        value: mean over the folds; None where the engine stored none, or something that is no number.
        uploaded: `YYYY-MM-DD HH:MM:SS`, the server's time zone.
        parameters: in the server's order, each `(flow_name, name)` once.
    """

    run_id: int
    engine_id: int | None
    task_id: int
    setup_id: int
    flow_id: int
    flow_name: str
    data_id: int | None
    data_name: str
    metric: str
    value: float | None
    uploaded: str | None
    parameters: tuple[ListedParameter, ...]


@dataclass(frozen=True, slots=True)
class ListingCursor:
    """Where a listing of one task and flow goes on: rows that were gone through, and the last runs of them.

    It holds only as long as the server keeps its order, so `tail` is looked for first; where it is not found,
    the listing starts over. Give `as_json()` to a store, and `from_json` what came back.
    """

    n_rows: int
    tail: tuple[int, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**asdict(self), "tail": list(self.tail)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Self:
        """The inverse of `as_json`."""
        return cls(int(values["n_rows"]), tuple(int(run) for run in values["tail"]))


@dataclass(frozen=True, slots=True)
class EvaluationPage:
    """One answer of the server; what is raw is evaluations, duplicates, older ones and skipped ones together.

    Attributes:
        evaluations: those that no earlier page of this listing had, one a run. A run whose value was None
            comes again if another engine measured it.
        n_raw: elements in the answer.
        n_duplicates: rows of a run and engine that this listing has given already.
        n_other_engines: rows of a run that was given with another engine's value.
        n_older: runs up to `after_run`.
        skipped: rows that cannot be used, by reason.
        cursor: where to go on after this page; None: from the start, because the server's order changes.
        is_last: whether the listing is complete now.
    """

    evaluations: tuple[ListedEvaluation, ...]
    n_raw: int
    n_duplicates: int = 0
    n_other_engines: int = 0
    n_older: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    cursor: ListingCursor | None = None
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class EvaluationCount:
    """How many runs a listing will give; an upper bound where the server itself only counts runs."""

    n_runs: int
    is_exact: bool


@dataclass(frozen=True, slots=True)
class EstimationProcedure:
    """How a task splits its data; None where it does not say."""

    kind: str | None
    n_repeats: int | None = None
    n_folds: int | None = None
    percentage: float | None = None
    is_stratified: bool | None = None


@dataclass(frozen=True, slots=True)
class ListedTask:
    """A data set with a target and splits.

    Attributes:
        task_id: OpenML's number.
        task_type_id: 1 supervised classification, 2 supervised regression; others have no target to predict.
        task_type: its name.
        data_id: the data set.
        target: the column; None where the task has none.
        estimation_procedure: None in a listing, which gives no more than its number.
        metric: that the task asks for, if any.
    """

    task_id: int
    task_type_id: int
    task_type: str
    data_id: int
    target: str | None
    estimation_procedure: EstimationProcedure | None = None
    metric: str | None = None


@dataclass(frozen=True, slots=True)
class ListedFeature:
    """One column of a data set."""

    index: int
    name: str
    data_type: str
    categories: tuple[str, ...]
    is_target: bool
    is_ignored: bool
    is_row_identifier: bool
    n_missing: int | None


@dataclass(frozen=True, slots=True)
class ListedDataset:
    """A data set's description.

    Attributes:
        data_id: OpenML's number.
        name: not unique, a version is.
        version: of that name.
        file_format: `ARFF` and, seldom, `Sparse_ARFF`, in any case of letters.
        url: of the file.
        md5: of the file's bytes, hexadecimal.
        default_target: the column, or several separated by commas.
        features: none while the server has not processed the data set.
    """

    data_id: int
    name: str
    version: int
    file_format: str
    url: str | None
    md5: str | None
    default_target: str | None
    features: tuple[ListedFeature, ...] = ()


@dataclass(frozen=True, slots=True)
class FlowParameter:
    """What a flow says of a parameter; `default` is what the first uploader had set, not the library's."""

    name: str
    data_type: str | None
    default: str | None


@dataclass(frozen=True, slots=True)
class ListedFlow:
    """An implementation.

    Attributes:
        flow_id: OpenML's number.
        name: without the version, e.g. `sklearn.svm._classes.SVC`.
        version: OpenML's version of that name, not the library's.
        external_version: the library's, e.g. `openml==0.15.1,sklearn==1.9.1`.
        dependencies: as uploaded; None in a listing.
        parameters: none in a listing.
        components: what a pipeline is made of, by the name of the step; none in a listing.
    """

    flow_id: int
    name: str
    version: str
    external_version: str | None
    dependencies: str | None = None
    parameters: tuple[FlowParameter, ...] = ()
    components: tuple[tuple[str, "ListedFlow"], ...] = ()


class OpenMLServer(Protocol):
    """What populating from OpenML asks a server.

    Every method raises `ImporterError` with one clear sentence where the server cannot be reached, refuses,
    or says nothing that makes sense after all retries.
    """

    def evaluations(
        self,
        *,
        metric: str,
        task_id: int | None = None,
        flow_id: int | None = None,
        cursor: ListingCursor | None = None,
        after_run: int | None = None,
        limit: int | None = None,
    ) -> Iterator[EvaluationPage]:
        """Evaluations of a task and a flow, an answer at a time; at least one page, the last one marked.

        Args:
            metric: OpenML's name of it.
            task_id: the task; any if None.
            flow_id: the flow; any if None. One of the two must be given.
            cursor: of an earlier listing of the same metric, task and flow: only what came after is wanted.
            after_run: runs up to this one are counted and left out.
            limit: at most so many evaluations.
        """
        ...

    def count_evaluations(
        self, *, metric: str, task_id: int | None = None, flow_id: int | None = None
    ) -> EvaluationCount:
        """How many runs `evaluations` would give, for one request."""
        ...

    def suite_tasks(self, suite: int | str) -> tuple[int, ...]:
        """Ids of the tasks of a suite, e.g. 99 or `OpenML-CC18`."""
        ...

    def tasks(self, dataset_ids: Sequence[int]) -> tuple[ListedTask, ...]:
        """The supervised tasks on these data sets, by id."""
        ...

    def task(self, task_id: int) -> ListedTask:
        """One task with its splits."""
        ...

    def flows(self, name: str) -> tuple[ListedFlow, ...]:
        """All versions of a flow, by id: of a full name, or of its last part, e.g. `SVC`."""
        ...

    def flow(self, flow_id: int) -> ListedFlow:
        """One flow with parameters and components."""
        ...

    def dataset(self, data_id: int) -> ListedDataset:
        """One data set's description with its columns."""
        ...

    def qualities(self, data_id: int) -> Mapping[str, float | None]:
        """The data set's recorded qualities by name; empty if it was not processed."""
        ...

    def download(self, dataset: ListedDataset, folder: Path) -> Path:
        """The data set's file in `folder`, verified by its md5; taken from there if it is there already."""
        ...
