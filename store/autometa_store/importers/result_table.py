"""TableImporter: a table of results (CSV, TSV, Parquet, or JSON as `cv_results_` is saved) as an importer."""

import ast
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autometa.errors import InvalidDatasetError
from autometa_store.importers.base import CursorOf, Item
from autometa_store.importers.described import DescribedDataset
from autometa_store.importers.observed import ObservedTrial, ResultSource, imported_items
from autometa_store.importers.result_columns import Columns
from autometa_store.importers.score_names import Score

if TYPE_CHECKING:
    import pandas as pd

MAX_SEED = 2**62
_WORDS = {"true": True, "false": False, "none": None, "null": None}


@dataclass(frozen=True, slots=True, eq=False)
class TableImporter:
    """An importer of a table of results; each of its data sets is an item.

    Attributes:
        label: where it is, for the sources' names.
        frame: its content.
        columns: which is what.
        learner: of all rows, where no column says it.
        describe: a data set's name in the table gives the data set; the name is "" where no column has it.
        notes: sentences about how it was read.
    """

    label: str
    frame: "pd.DataFrame"
    columns: Columns
    learner: str
    describe: Callable[[str], DescribedDataset]
    notes: tuple[str, ...] = ()

    def items(self, cursor_of: CursorOf) -> Iterator[Item]:
        """One data set after the other."""
        place = ResultSource(
            kind="table",
            label=self.label,
            metrics={score.metric: score.direction for score in self.columns.scores},
            notes=(*self.notes, *(f"{Path(self.label).name}: {note}" for note in self.columns.notes())),
        )
        trials = observed_trials(self.frame, self.columns, self.learner)
        yield from imported_items(trials, place, self.describe, cursor_of)


def read_results(path: Path) -> "tuple[pd.DataFrame, tuple[str, ...]]":
    """The table in a file, and what was decided while reading it.

    Args:
        path: CSV, TSV, Parquet; or JSON: an object of columns or a list of rows.

    Raises:
        InvalidDatasetError: there is no such file, or no table in it.
    """
    from autometa.readers import read_frame

    if path.suffix.lower() != ".json" or not path.is_file():
        return read_frame(path)
    import pandas as pd

    try:
        frame = pd.DataFrame(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise InvalidDatasetError(
            f"{path.name}: no table in this JSON ({error}); wanted an object of columns or a list of rows"
        ) from error
    return frame.rename(columns=str), ()


def observed_trials(frame: "pd.DataFrame", columns: Columns, learner: str) -> list[ObservedTrial]:
    """The rows as trials.

    Args:
        frame: the table.
        columns: which is what.
        learner: of all rows, where no column says it.
    """
    names = columns.parameter_names()
    values = {column: _cells(frame[column]) for column in columns.parameters}
    scores = {score.column: frame[score.column].tolist() for score in columns.scores}
    folds = {score.metric: _folds(frame, score) for score in columns.scores}
    bundles = [None] * len(frame) if columns.bundle is None else frame[columns.bundle].tolist()
    seeds, seconds = _numbers(frame, columns.seed), _numbers(frame, columns.seconds)
    datasets, learners = _texts(frame, columns.dataset, ""), _texts(frame, columns.learner, learner)
    return [
        ObservedTrial(
            dataset=datasets[row],
            learner=learners[row].replace("/", "_"),
            params={
                **_configuration(bundles[row]),
                **{names[column]: cells[row] for column, cells in values.items() if cells[row] is not ...},
            },
            scores={
                score.metric: _signed(scores[score.column][row], is_negated=score.is_negated)
                for score in columns.scores
            },
            fold_scores={metric: by_row[row] for metric, by_row in folds.items() if by_row},
            seed=_seed(seeds[row]),
            fit_seconds=seconds[row],
        )
        for row in range(len(frame))
    ]


def typed(text: str) -> Any:
    """The value that a text spells: a number, a truth, None, or itself.

    Example:
        >>> [typed(text) for text in ("10", "1e-3", "True", "None", "sqrt")]
        [10, 0.001, True, None, 'sqrt']
    """
    plain = text.strip()
    if plain.lower() in _WORDS:
        return _WORDS[plain.lower()]
    for number in (int, float) if "_" not in plain else ():  # 1_000 is a number in Python only
        try:
            return number(plain)
        except ValueError:
            continue
    return plain


def _cells(series: "pd.Series[Any]") -> list[Any]:
    """A parameter's values; `...` where a cell is empty. A whole column with gaps is one of whole numbers."""
    is_missing = series.isna().tolist()
    cells = [typed(cell) if isinstance(cell, str) else cell for cell in series.tolist()]
    found = [... if missing else cell for cell, missing in zip(cells, is_missing, strict=True)]
    known = [cell for cell in found if cell is not ...]
    was_whole = len(known) < len(found) and all(isinstance(one, float) and one.is_integer() for one in known)
    if was_whole:
        return [cell if cell is ... else int(cell) for cell in found]
    return found


def _configuration(cell: Any) -> dict[str, Any]:
    """A whole configuration in a cell: JSON, or a dict as Python writes it; nothing else is evaluated."""
    if cell is None or cell != cell:
        return {}
    if isinstance(cell, dict):
        return {str(name): value for name, value in cell.items()}
    try:
        found = json.loads(cell)
    except ValueError:
        try:
            found = ast.literal_eval(cell)
        except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
            raise InvalidDatasetError(
                f"a configuration cannot be read: {str(cell)[:60]}; wanted JSON, or choose --parameters"
            ) from error
    if not isinstance(found, Mapping):
        raise InvalidDatasetError(f"a configuration is no object: {str(cell)[:60]}; choose --parameters")
    return {str(name): value for name, value in found.items()}


def _folds(frame: "pd.DataFrame", score: Score) -> list[tuple[float, ...]]:
    """By row, scikit-learn's columns split0_test_…, split1_test_…; empty if there are none."""
    if not score.column.startswith("mean_test_"):
        return []
    ending = score.column.removeprefix("mean")
    columns = list[list[Any]]()
    while f"split{len(columns)}{ending}" in frame:
        columns.append(frame[f"split{len(columns)}{ending}"].tolist())
    signed = [[_signed(one, is_negated=score.is_negated) for one in column] for column in columns]
    return [tuple(math.nan if one is None else one for one in row) for row in zip(*signed, strict=True)]


def _signed(score: Any, *, is_negated: bool) -> float | None:
    try:
        number = float(score)
    except (TypeError, ValueError):
        return None
    return -number if is_negated else number


def _numbers(frame: "pd.DataFrame", column: str | None) -> Sequence[float | None]:
    if column is None or frame[column].dtype.kind not in "fiu":
        return [None] * len(frame)
    return [None if cell != cell else cell for cell in frame[column].tolist()]


def _seed(number: float | None) -> int | None:
    is_seed = number is not None and abs(number) < MAX_SEED and float(number).is_integer()
    return int(number) if is_seed and number is not None else None


def _texts(frame: "pd.DataFrame", column: str | None, otherwise: str) -> list[str]:
    if column is None:
        return [otherwise] * len(frame)
    return [otherwise if cell is None or cell != cell else str(cell) for cell in frame[column].tolist()]
