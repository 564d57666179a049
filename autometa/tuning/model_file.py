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

    def predict(self, frame: pd.DataFrame) -> NDArray[Any]:
        """(n,) class labels as the training table had them, or numbers.

        Args:
            frame: (n, columns) raw.

        Raises:
            InvalidDatasetError: a column is missing.
        """
        return self._named(self.pipeline.predict(read_inputs(frame, self.card)[0]))

    def predict_proba(self, frame: pd.DataFrame) -> FloatArray:
        """(n, classes) probabilities in the order of the card's class names.

        Args:
            frame: (n, columns) raw.

        Raises:
            InvalidModelError: the model gives none.
            InvalidDatasetError: a column is missing.
        """
        if not self.has_probabilities:
            raise InvalidModelError(
                f"{self.card.learner} gives no probabilities of {self.card.target!r}; predict without them"
            )
        return np.asarray(self.pipeline.predict_proba(read_inputs(frame, self.card)[0]), dtype=np.float64)

    def _named(self, predicted: Any) -> NDArray[Any]:
        names = self.card.class_names
        return np.array(names)[np.asarray(predicted, dtype=np.int64)] if names else np.asarray(predicted)


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
