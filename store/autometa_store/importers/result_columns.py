"""What the columns of a table of results are: data set, learner, parameters, scores, times, seeds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autometa.errors import UnknownNameError
from autometa_store.importers.score_names import Score, choose_scores, recognise

if TYPE_CHECKING:
    import pandas as pd

_DATASETS = ("dataset", "data_set", "dataset_name", "data_name", "dataset_id", "data_id", "task_id", "data")
_LEARNERS = ("learner", "algorithm", "model", "classifier", "regressor", "estimator", "method", "flow_name")
_BUNDLES = ("params", "hyperparameters", "config", "configuration", "parameters")
_SECONDS = (
    "fit_seconds",
    "mean_fit_time",
    "fit_time",
    "train_time",
    "runtime",
    "runtime_s",
    "duration",
    "time",
)
_SEEDS = ("seed", "random_state", "random_seed")
_DERIVED = ("std_", "rank_", "split", "mean_train_", "mean_score_time", "unnamed")  # beginnings of names
_OTHER = frozenset({"index", "id", "row", "trial", "number", "run_id", "fold", "repeat", "timestamp", "date"})
_PREFIX = "param_"  # of parameters in scikit-learn's `cv_results_`
_MLFLOW = "params."  # of parameters in MLflow's tables


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column is what; None where there is none.

    Attributes:
        dataset: names of data sets.
        learner: names of learners.
        bundle: whole configurations as JSON or Python text.
        parameters: one parameter each.
        scores: in the order of importance.
        seconds: of a fit.
        seed: of a run.
        left_out: what is none of these.
    """

    dataset: str | None
    learner: str | None
    bundle: str | None
    parameters: tuple[str, ...]
    scores: tuple[Score, ...]
    seconds: str | None
    seed: str | None
    left_out: tuple[str, ...]

    def parameter_names(self) -> dict[str, str]:
        """The parameters' own names by column."""
        return {column: column.removeprefix(_PREFIX).removeprefix(_MLFLOW) for column in self.parameters}

    def notes(self) -> list[str]:
        """What was decided, for people."""
        scores = ", ".join(_score_text(score) for score in self.scores)
        bundle = [self.bundle] if self.bundle else []
        parts = [
            f"data sets are named in {self.dataset}" if self.dataset else "all rows are about one data set",
            f"learners in {self.learner}" if self.learner else "",
            f"scores are {scores}",
            f"parameters are {', '.join([*bundle, *self.parameters]) or 'none'}",
            f"seconds of a fit are {self.seconds}" if self.seconds else "",
            f"seeds are {self.seed}" if self.seed else "",
            f"left out: {', '.join(self.left_out)}" if self.left_out else "",
        ]
        return [part for part in parts if part]


def understand_columns(
    frame: "pd.DataFrame",
    *,
    dataset: str | None = None,
    learner: str | None = None,
    scores: Sequence[Score] = (),
    parameters: Sequence[str] = (),
    has_one_dataset: bool = False,
) -> Columns:
    """What each column is: as told, else as its name says; what is left is a parameter.

    Args:
        frame: the table.
        dataset: the column of data sets; guessed where None.
        learner: the column of learners; guessed where None.
        scores: guessed where empty.
        parameters: all that is nothing else where empty.
        has_one_dataset: True if no column names data sets, whatever it is called.

    Raises:
        UnknownNameError: there is no column of a given name.
        InvalidDatasetError: no column looks like a score.
    """
    names = [str(name) for name in frame.columns]
    for name in (dataset, learner, *(score.column for score in scores), *parameters):
        if name is not None and name not in names:
            raise UnknownNameError.of("column", name, names)
    told = {*parameters, *(score.column for score in scores)}
    free = [name for name in names if name not in told]
    guessed = _first(free, _DATASETS)
    dataset = dataset or (None if has_one_dataset else guessed)
    learner = learner or _first([name for name in free if name != dataset], _LEARNERS)
    prefixed = [name for name in free if name.startswith((_PREFIX, _MLFLOW))]
    bundle = None if parameters else _bundle(frame, free)
    seconds, seed = _first(free, _SECONDS), _first(free, _SEEDS)
    found = tuple(scores) or _scores([name for name in free if name not in prefixed], frame)
    used = {dataset, guessed, learner, bundle, seconds, seed, *(score.column for score in found)}
    rest = [name for name in free if name not in used]
    if parameters:
        chosen = list(parameters)
    elif prefixed or bundle:
        chosen = [] if bundle else prefixed
    else:
        chosen = [name for name in rest if not _is_other(name)]
    left_out = tuple(name for name in free if name in {guessed, *rest} - {dataset, *chosen})
    return Columns(dataset, learner, bundle, tuple(chosen), found, seconds, seed, left_out)


def _first(names: Sequence[str], wanted: Sequence[str]) -> str | None:
    """The column with the first of the wanted names that there is."""
    by_name = {_normal(name): name for name in reversed(names)}
    return next((by_name[name] for name in wanted if name in by_name), None)


def _normal(name: str) -> str:
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def _bundle(frame: "pd.DataFrame", names: Sequence[str]) -> str | None:
    """The column whose cells are whole configurations."""
    found = _first(names, _BUNDLES)
    if found is None:
        return None
    cells = frame[found].dropna()
    is_text = len(cells) and all(
        isinstance(cell, dict) or str(cell).lstrip().startswith("{") for cell in cells
    )
    return found if is_text else None


def _scores(names: Sequence[str], frame: "pd.DataFrame") -> tuple[Score, ...]:
    """The columns of numbers that are called like a score."""
    numbers = [name for name in names if frame[name].dtype.kind in "fiu" and not _is_derived(name)]
    return choose_scores(numbers)


def _is_derived(name: str) -> bool:
    return _normal(name).startswith(_DERIVED)


def _is_other(name: str) -> bool:
    return _is_derived(name) or _normal(name) in _OTHER or recognise(name) is not None


def _score_text(score: Score) -> str:
    text = f"{score.column} as {'minus ' if score.is_negated else ''}{score.metric}"
    text = score.column if score.column == score.metric else text
    assumed = " (assumed; say --score NAME:minimize if not)" if score.is_guessed else ""
    return f"{text}, to {score.direction}{assumed}"
