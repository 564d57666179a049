"""The pack `askl` against what auto-sklearn recorded, against hand-made numbers, and on odd tables."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from autometa.dataset import Dataset, TaskType
from autometa.metafeatures.askl_encoding import encode
from autometa.metafeatures.askl_pack import FEATURES, VERSION, compute
from autometa.metafeatures.askl_shape import shape
from tests.metafeatures.odd_tables import ODD, from_frame, shared_frame, table, uci_iris

RECORDED = json.loads((Path(__file__).parents[1] / "data" / "metafeatures_askl.json").read_text())["anneal"]


def features(dataset: Dataset) -> dict[str, float]:
    return {f.name: float(value) for f, value in zip(FEATURES, compute(dataset)[0], strict=True)}


def test_pack_has_the_46_names_once():
    assert len({f.name for f in FEATURES}) == len(FEATURES) == 46
    assert set(RECORDED) == {f.name for f in FEATURES}
    assert VERSION == 1


def test_every_feature_is_documented():
    assert all(f.group and f.definition and f.source for f in FEATURES)


@pytest.mark.slow
def test_anneal_has_all_46_values_that_auto_sklearn_recorded():
    frame, _ = shared_frame("liac_arff_classification__anneal.parquet")
    labels = frame.select_dtypes("category").columns
    frame[labels] = frame[labels].astype(object).where(frame[labels] != "?", None)
    assert features(from_frame(frame, TaskType.CLASSIFICATION)) == pytest.approx(RECORDED, rel=1e-6)


def test_iris_row_of_the_ten_places_where_definitions_differ():
    iris = features(uci_iris())
    assert iris["NumberOfFeatures"] == 4
    assert iris["DatasetRatio"] == pytest.approx(0.0267, abs=5e-5)
    assert iris["ClassEntropy"] == pytest.approx(1.585, abs=5e-4)
    assert iris["ClassProbabilityMax"] == pytest.approx(0.333, abs=5e-4)
    assert iris["ClassProbabilitySTD"] == 0
    assert iris["KurtosisMax"] == pytest.approx(0.2414, abs=5e-5)
    assert iris["SkewnessMean"] == pytest.approx(0.0667, abs=5e-5)
    assert iris["Landmark1NN"] == pytest.approx(0.953, abs=5e-4)


def test_hand_computed_table():
    found = features(table([[1], [2], [np.nan], [3]], [[0, 0], [1, -1], [2, -1], [2, -1]], [0, 0, 0, 1]))
    expected = {
        "LogNumberOfInstances": math.log(4),
        "NumberOfNumericFeatures": 1,
        "NumberOfEncodedFeatures": 2,
        "RatioNumericalToNominal": 0.5,
        "RatioNominalToNumerical": 2,
        "LogDatasetRatio": math.log(0.75),
        "InverseDatasetRatio": 4 / 3,
        "NumberOfInstancesWithMissingValues": 3,
        "PercentageOfFeaturesWithMissingValues": 2 / 3,
        "PercentageOfMissingValues": 4 / 12,
        "ClassProbabilityMin": 0.25,
        "ClassProbabilitySTD": 0.25,
        "SymbolsMin": 1,
        "SymbolsMean": 2,
        "SymbolsSTD": 1,
        "SymbolsSum": 4,
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_symbols_are_zero_without_a_nominal_column():
    found = features(table([[1.0], [2.0]], None, [0, 1]))
    assert [found[f"Symbols{s}"] for s in ("Min", "Max", "Mean", "STD", "Sum")] == [0] * 5


def test_encoding_puts_rare_levels_first_and_missing_last():
    codes = np.array([5, -1, *[3] * 120, *[4] * 80])[:, None]  # 5 and missing have less than 1 % each
    encoded = encode(np.empty((202, 0)), codes)
    assert encoded.sum(axis=0).tolist() == [2, 120, 80]
    codes[2:22] = -1
    assert encode(np.empty((202, 0)), codes).sum(axis=0).tolist() == [1, 100, 80, 21]


def test_encoding_standardises_with_the_mean_for_what_is_missing():
    encoded = encode(
        np.array([[1, 7, np.nan], [3, 7, np.nan], [np.nan, 7, np.nan]]), np.empty((3, 0), dtype=np.int64)
    )
    assert encoded[:, 0] == pytest.approx(np.array([-1, 1, 0]) * math.sqrt(1.5))
    assert encoded.shape == (3, 1)


@pytest.mark.parametrize("p", [3, 40], ids=["tall", "wide"])
def test_principal_components_equal_those_of_a_singular_value_decomposition(p):
    encoded = np.random.default_rng(1).exponential(size=(30, p)) * np.arange(1, p + 1)
    u, s, _ = np.linalg.svd(encoded - encoded.mean(axis=0), full_matrices=False)
    first = u[:, 0] * np.sign(u[np.argmax(np.abs(u[:, 0])), 0])
    found = shape(encoded)
    assert found["PCASkewnessFirstPC"] == pytest.approx(np.mean(first**3) / np.mean(first**2) ** 1.5)
    assert found["PCAKurtosisFirstPC"] == pytest.approx(np.mean(first**4) / np.mean(first**2) ** 2 - 3)
    n_components = 1 + int(np.sum(np.cumsum(s**2) / np.sum(s**2) < 0.95))
    assert found["PCAFractionOfComponentsFor95PercentVariance"] == n_components / p


def test_constant_column_counts_as_kurtosis_minus_three_and_skewness_zero():
    found = shape(np.ones((4, 1)))
    assert (found["KurtosisMin"], found["SkewnessMax"]) == (-3, 0)


@pytest.mark.parametrize("factor", [1e-300, 1e300])
def test_unit_of_the_numbers_does_not_matter(factor):
    numbers = np.random.default_rng(2).exponential(size=(40, 3))
    target = np.arange(40) % 2
    plain, scaled = features(table(numbers, None, target)), features(table(numbers * factor, None, target))
    assert scaled == pytest.approx(plain)


def test_landmarks_tell_a_separable_table():
    x = np.concatenate([np.linspace(0, 1, 25), np.linspace(5, 6, 25)])[:, None]
    found = features(table(x, None, np.repeat([0, 1], 25)))
    assert all(found[f.name] == 1 for f in FEATURES if f.group == "landmarks")


@pytest.mark.parametrize(
    ("odd", "name", "reason"),
    [
        ("regression", "ClassEntropy", "the target is a number and has no classes"),
        ("regression", "Landmark1NN", "the target is a number and has no classes"),
        ("no column", "LogNumberOfFeatures", "no input column"),
        ("infinite", "KurtosisMean", "no column is left after encoding"),
        ("constant", "PCASkewnessFirstPC", "the encoded table has no variance"),
        ("two rows", "LandmarkLDA", "five folds need at least five rows, here are 2"),
        ("class per row", "LandmarkLDA", "the learner cannot be fitted to a training fold"),
        ("constant", "LandmarkLDA", "or no variance"),
    ],
)
def test_missing_feature_says_why(odd, name, reason):
    assert reason in compute(ODD[odd])[1][name]


@pytest.mark.parametrize("odd", list(ODD))
def test_odd_table_gives_numbers_or_reasons(odd):
    values, reasons = compute(ODD[odd])
    assert values.shape == (46,)
    assert not np.isinf(values).any()
    assert {f.name for f, value in zip(FEATURES, values, strict=True) if np.isnan(value)} == set(reasons)


def test_regression_has_components():
    assert "PCAKurtosisFirstPC" not in compute(ODD["regression"])[1]
