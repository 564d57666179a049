"""Encoders: hand-made tables with hand-made matrices."""

import numpy as np
import pandas as pd

from autometa.dataset import Column, ColumnKind
from autometa.learners.base import Encoding
from autometa.learners.class_codes import CodedClassifier
from autometa.learners.empty_columns import EmptyColumnFiller
from autometa.learners.encoding import MAX_INDICATORS, make_encoder, n_categorical

COLUMNS = (
    Column("size", ColumnKind.NUMERIC),
    Column("shade", ColumnKind.CATEGORICAL),
    Column("member", ColumnKind.BOOLEAN),
)
FRAME = pd.DataFrame(
    {"size": [1.0, np.nan, 3.0], "shade": ["red", "blue", None], "member": [True, False, True]}
)


def test_ordinal_puts_category_codes_first_and_keeps_missing_values() -> None:
    encoded = make_encoder(Encoding.ORDINAL, COLUMNS).fit_transform(FRAME)
    np.testing.assert_array_equal(encoded, [[1, 1, 1], [0, 0, np.nan], [np.nan, 1, 3]])
    assert n_categorical(COLUMNS) == 2


def test_ordinal_gives_missing_for_an_unseen_category() -> None:
    encoder = make_encoder(Encoding.ORDINAL, COLUMNS).fit(FRAME)
    unseen = pd.DataFrame({"size": [2.0], "shade": ["violet"], "member": [False]})
    np.testing.assert_array_equal(encoder.transform(unseen), [[np.nan, 0, 2]])


def test_one_hot_indicates_categories_and_scales_numbers() -> None:
    encoded = make_encoder(Encoding.ONE_HOT, COLUMNS).fit_transform(FRAME)
    blue, red, missing, member = encoded[:, :4].T
    np.testing.assert_array_equal([blue, red, missing], [[0, 1, 0], [1, 0, 0], [0, 0, 1]])
    np.testing.assert_array_equal(member, [1, 0, 1])
    half = np.sqrt(1.5)  # [1, 2 (the median), 3] to mean 0 and variance 1
    np.testing.assert_allclose(encoded[:, 4], [-half, 0, half], atol=1e-12)
    np.testing.assert_allclose(encoded[:, 5], np.array([-1, 2, -1]) / np.sqrt(2))  # the indicator, scaled


def test_one_hot_sets_no_indicator_for_an_unseen_category_and_does_not_warn() -> None:
    encoder = make_encoder(Encoding.ONE_HOT, COLUMNS).fit(FRAME)
    unseen = pd.DataFrame({"size": [2.0], "shade": ["violet"], "member": [False]})
    np.testing.assert_array_equal(encoder.transform(unseen)[0, :4], [0, 0, 0, 0])


def test_rarest_categories_share_an_indicator() -> None:
    levels = [f"level{index:03d}" for index in range(3 * MAX_INDICATORS)]
    frame = pd.DataFrame({"shade": levels})
    encoded = make_encoder(Encoding.ONE_HOT, (COLUMNS[1],)).fit_transform(frame)
    assert encoded.shape == (3 * MAX_INDICATORS, MAX_INDICATORS)
    assert (encoded.sum(axis=1) == 1).all()


def test_empty_column_becomes_constant_and_others_stay() -> None:
    filler = EmptyColumnFiller().fit(np.array([[np.nan, np.nan], [np.nan, 1.0]]))
    np.testing.assert_array_equal(filler.transform(np.array([[5.0, np.nan]])), [[0.0, np.nan]])


def test_coded_classifier_gives_codes_in_and_labels_out() -> None:
    from sklearn.tree import DecisionTreeClassifier

    inputs, labels = np.arange(6.0).reshape(-1, 1), np.array(["no", "maybe", "yes"] * 2, dtype=object)
    model = CodedClassifier(DecisionTreeClassifier(random_state=0)).fit(inputs, labels)
    assert list(model.estimator_.classes_) == [0, 1, 2]
    assert list(model.classes_) == ["maybe", "no", "yes"]
    assert list(model.predict(inputs)) == list(labels)
    np.testing.assert_array_equal(model.predict_proba(inputs).argmax(axis=1), [1, 0, 2, 1, 0, 2])
