"""Encoders: the preprocessing in front of an estimator, made of scikit-learn's own parts."""

import warnings
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler

from autometa.dataset import Column, ColumnKind
from autometa.learners.base import Encoding
from autometa.learners.cleaning import HOURS, MONTHS, WEEKDAYS, TableCleaner
from autometa.learners.empty_columns import EmptyColumnFiller

MAX_CATEGORIES = 200  # histogram gradient boosting takes at most 255 codes in a column
MAX_INDICATORS = 30  # levels of one column that get an indicator of their own; the rarest share one
TEXT_COMPONENTS = 16


def make_encoder(encoding: Encoding, columns: tuple[Column, ...]) -> Pipeline:
    """An unfitted transformer from the raw data frame to (n, features) float64.

    Args:
        encoding: what the estimator takes; category codes come first in an ordinal encoding.
        columns: the input columns with their kinds.
    """
    numbers = [name for column in columns for name in _number_names(column)]
    categories = [c.name for c in columns if c.kind in (ColumnKind.BOOLEAN, ColumnKind.CATEGORICAL)]
    texts = [column.name for column in columns if column.kind is ColumnKind.TEXT]
    ordinal = encoding is Encoding.ORDINAL
    parts: list[tuple[str, Any, Any]] = []
    if categories:
        parts.append(("categories", _ordinal_encoder() if ordinal else _indicator_encoder(), categories))
    if numbers:
        parts.append(("numbers", EmptyColumnFiller() if ordinal else _scaler(), numbers))
    parts += [(f"text:{name}", _text_encoder(scale=not ordinal), name) for name in texts]
    return Pipeline(
        [("clean", TableCleaner(columns)), ("encode", ColumnTransformer(parts, sparse_threshold=0.0))]
    )


def n_categorical(columns: tuple[Column, ...]) -> int:
    """Leading columns of an ordinal encoding that are category codes."""
    return sum(column.kind in (ColumnKind.BOOLEAN, ColumnKind.CATEGORICAL) for column in columns)


def _number_names(column: Column) -> list[str]:
    if column.kind is ColumnKind.DATETIME:
        return [column.name, column.name + MONTHS, column.name + WEEKDAYS, column.name + HOURS]
    return [column.name] if column.kind is ColumnKind.NUMERIC else []


def _ordinal_encoder() -> Any:
    return OrdinalEncoder(
        handle_unknown="use_encoded_value",
        unknown_value=np.nan,
        encoded_missing_value=np.nan,
        max_categories=MAX_CATEGORIES,
    )


class QuietOneHotEncoder(OneHotEncoder):  # type: ignore[misc]
    """OneHotEncoder that takes a category it has not seen without a warning: no indicator is set."""

    def transform(self, X: Any) -> Any:
        """(n, columns) categories to (n, indicators)."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Found unknown categories", category=UserWarning)
            return super().transform(X)


def _indicator_encoder() -> Any:
    return QuietOneHotEncoder(
        handle_unknown="infrequent_if_exist",
        max_categories=MAX_INDICATORS,
        drop="if_binary",
        sparse_output=False,
    )


def _scaler() -> Any:
    return make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True), StandardScaler()
    )


def _text_encoder(*, scale: bool) -> Any:
    steps = [
        FunctionTransformer(_fill_missing),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4), max_features=5000),
        TruncatedSVD(TEXT_COMPONENTS, random_state=0),
    ]
    return make_pipeline(*steps, StandardScaler()) if scale else make_pipeline(*steps)


def _fill_missing(texts: Any) -> Any:
    return texts.fillna("")
