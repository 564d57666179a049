"""TableModel: a fitted model that reads new tables, in one file of skops and JSON; no pickle.

The file is a zip archive as `skops.io` writes it, with the encoder and the estimator, and one more member:
the model's card.
"""

import warnings
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from autometa.dataset import FloatArray
from autometa.errors import InvalidModelError
from autometa.learners.catalogue import learner, require_installed
from autometa.learners.pipeline import build_pipeline
from autometa.readers.table import Table
from autometa.search_space import Configuration
from autometa.tuning.model_card import ModelCard
from autometa.tuning.new_tables import read_inputs
from autometa.tuning.trusted_types import TRUSTED
from autometa.tuning.whole_files import write_whole

CARD = "autometa.json"


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """What a model says of new rows.

    Attributes:
        values: (n,) class labels as text, or float64 numbers.
        probabilities: (n, classes) in the order of the card's class names; None if not asked for.
        notes: sentences about what could not be understood.
    """

    values: NDArray[Any]
    probabilities: FloatArray | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class TableModel:
    """A fitted model.

    Attributes:
        card: what it was made of, and how it reads new tables.
        pipeline: encoder and estimator, fitted on clean columns and class codes or numbers.
    """

    card: ModelCard
    pipeline: Pipeline

    @property
    def has_probabilities(self) -> bool:
        """True for a classifier that tells how sure it is."""
        return hasattr(self.pipeline, "predict_proba")

    def answer(self, frame: pd.DataFrame, *, with_probabilities: bool = False) -> Predictions:
        """What the model says of new rows, and what it could not understand in them.

        Args:
            frame: (n, columns) raw; columns in any order, others are ignored.
            with_probabilities: of every class, too.

        Raises:
            InvalidDatasetError: a column is missing.
            InvalidModelError: probabilities are asked for, and the model gives none.
        """
        if with_probabilities and not self.has_probabilities:
            raise InvalidModelError(
                f"{self.card.learner} gives no probabilities of {self.card.target!r}; predict without them"
            )
        inputs, notes = read_inputs(frame, self.card)
        names = np.array(self.card.class_names)
        predicted = np.asarray(self.pipeline.predict(inputs))
        return Predictions(
            values=names[predicted.astype(np.int64)] if len(names) else predicted,
            probabilities=self.pipeline.predict_proba(inputs) if with_probabilities else None,
            notes=notes,
        )

    def predict(self, frame: pd.DataFrame) -> NDArray[Any]:
        """(n,) class labels as the training table had them, or numbers; see `answer`."""
        return self.answer(frame).values


def fit_model(
    table: Table,
    learner_name: str,
    params: Configuration,
    *,
    metric: str,
    score: float | None = None,
    seed: int = 0,
    n_jobs: int = 1,
) -> TableModel:
    """A configuration fitted on all rows of a table.

    Args:
        table: the data.
        learner_name: of the catalogue.
        params: its configuration.
        metric: that it was chosen by, for the card.
        score: cross-validated, for the card.
        seed: of the estimator's randomness.
        n_jobs: threads that it may use.
    """
    pipeline = build_pipeline(learner(learner_name), params, table.dataset, seed=seed, n_jobs=n_jobs)
    card = ModelCard.of(table, learner_name, params, metric=metric, score=score)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # no convergence and the like were part of what was measured
        pipeline.fit(table.frame, table.dataset.target)
    return TableModel(card, Pipeline(pipeline.steps[1:]))


def save_model(model: TableModel, path: Path) -> None:
    """Write a model file; the old one stays until the new one is whole.

    Args:
        model: fitted.
        path: of the file.

    Raises:
        OSError: it cannot be written.
    """
    import skops.io

    content = BytesIO(skops.io.dumps(model.pipeline, compression=ZIP_DEFLATED))
    with ZipFile(content, "a", ZIP_DEFLATED) as archive:
        archive.writestr(CARD, model.card.to_json())
    write_whole(path, content.getvalue())


def load_model(path: Path) -> TableModel:
    """The model in a file that `save_model` wrote; nothing else in it is ever run.

    Args:
        path: of the file.

    Raises:
        InvalidModelError: there is no such file, it is something else, or it holds types that no model has.
        UnknownNameError: the learner's package is not installed.
    """
    content = _content(path)
    try:
        with ZipFile(BytesIO(content)) as archive:
            card = ModelCard.from_json(archive.read(CARD).decode())
    except (BadZipFile, KeyError, UnicodeDecodeError) as error:
        raise InvalidModelError(
            f"{path.name} is not a model of autometa; give a file that `autometa tune … --out` wrote"
        ) from error
    require_installed(learner(card.learner))
    return TableModel(card, _pipeline(content, card, path.name))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidModelError(
            f"the model {str(path)!r} cannot be read ({error.strerror}); "
            "give a file that `autometa tune … --out` wrote"
        ) from error


def _pipeline(content: bytes, card: ModelCard, name: str) -> Pipeline:
    import skops.io

    try:
        others = set(skops.io.get_untrusted_types(data=content)) - set(TRUSTED)
        if others:
            raise InvalidModelError(
                f"{name} holds {sorted(others)[0]}, which no model of autometa has; it was not opened"
            )
        return skops.io.loads(content, trusted=list(TRUSTED))
    except InvalidModelError:
        raise
    except Exception as error:  # another version's objects may fail in any way
        made_with = ", ".join(f"{package} {number}" for package, number in card.versions.items())
        raise InvalidModelError(
            f"{name} was made with {made_with} and cannot be opened here ({error}); make it again"
        ) from error
