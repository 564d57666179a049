"""The pack `openml` against what OpenML recorded, against hand-made numbers, and on odd tables."""

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn import datasets

from autometa.dataset import ColumnKind, Dataset, TaskType
from autometa.metafeatures.openml_pack import FEATURES, VERSION, compute
from tests.metafeatures.odd_tables import ODD, SHARED, from_frame, shared_frame, table, uci_iris

GOLDEN = json.loads((Path(__file__).parents[1] / "data" / "metafeatures_openml.json").read_text())


def qualities(dataset: Dataset) -> dict[str, float]:
    return {f.name: float(value) for f, value in zip(FEATURES, compute(dataset)[0], strict=True)}


def recorded(openml_id: int) -> dict[str, float]:
    """The 62 recorded numbers of one data set, NaN where OpenML has none."""
    dump = SHARED / "trials" / "openml_qualities_2019.csv.gz"
    if not dump.exists():
        pytest.skip("the dump of recorded qualities is not here")
    rows = pd.read_csv(dump, index_col="Id", usecols=["Id", *(f.name for f in FEATURES)])
    return rows.loc[openml_id].to_dict()


def departures(dataset: Dataset, reference: dict[str, float | None]) -> list[str]:
    """Names of the qualities that differ by more than 1e-4, relative."""
    ours = qualities(dataset)
    theirs = {name: math.nan if value is None else value for name, value in reference.items()}
    return sorted(
        name
        for name, value in theirs.items()
        if not np.isclose(ours[name], value, rtol=1e-4, atol=1e-12, equal_nan=True)
    )


def shipped(name: str) -> Dataset:
    features, target = getattr(datasets, f"load_{name}")(return_X_y=True)
    return table(features, None, target)


def test_pack_has_the_62_names_once():
    assert len({f.name for f in FEATURES}) == len(FEATURES) == 62
    assert set(GOLDEN["full"]["iris"]) == {f.name for f in FEATURES}
    assert VERSION == 1


def test_every_feature_is_documented():
    assert all(f.group and f.definition and f.source for f in FEATURES)


@pytest.mark.parametrize(("name", "build"), [("iris", uci_iris), ("wine", lambda: shipped("wine"))])
def test_all_62_qualities_equal_those_on_openml_org(name, build):
    assert departures(build(), GOLDEN["full"][name]) == []


@pytest.mark.parametrize("name", list(GOLDEN["partial"]))
def test_qualities_equal_those_of_an_openml_server(name):
    assert departures(shipped(name), GOLDEN["partial"][name]) == []


@pytest.mark.parametrize("file", list(GOLDEN["same_tables"]))
def test_same_table_has_all_62_recorded_qualities(file):
    frame, task_type = shared_frame(file)
    assert departures(from_frame(frame, task_type), recorded(GOLDEN["same_tables"][file])) == []


@pytest.mark.parametrize("file", list(GOLDEN["departs"]))
def test_same_table_departs_only_where_a_dataset_knows_less(file):
    frame, task_type = shared_frame(file)
    known = GOLDEN["departs"][file]
    assert departures(from_frame(frame, task_type), recorded(known["openml_id"])) == sorted(
        known["qualities"]
    )


@pytest.mark.parametrize("file", list(GOLDEN["without_column"]))
def test_same_table_without_an_ignored_column_has_all_62_recorded_qualities(file):
    frame, task_type = shared_frame(file)
    known = GOLDEN["without_column"][file]
    dataset = from_frame(frame.drop(columns=known["column"]), task_type)
    assert departures(dataset, recorded(known["openml_id"])) == []


def test_soybean_has_all_62_recorded_qualities_once_its_first_declared_levels_come_first():
    file = "liac_arff_classification__soybean.parquet"
    frame, task_type = shared_frame(file)
    for name, first in zip(frame.columns, GOLDEN["soybean_first_levels"], strict=False):
        frame[name] = frame[name].cat.rename_categories({first: " first in sorted order"})
    dataset = from_frame(frame, task_type)
    assert departures(dataset, recorded(GOLDEN["departs"][file]["openml_id"])) == []


def test_iris_row_of_the_ten_places_where_definitions_differ():
    iris = qualities(uci_iris())
    assert iris["NumberOfFeatures"] == 5
    assert iris["Dimensionality"] == pytest.approx(0.0333, abs=5e-5)
    assert iris["ClassEntropy"] == pytest.approx(1.585, abs=5e-4)
    assert iris["MajorityClassPercentage"] == pytest.approx(33.3, abs=0.05)
    assert iris["MaxKurtosisOfNumericAtts"] == pytest.approx(0.2908, abs=5e-5)
    assert iris["MeanSkewnessOfNumericAtts"] == pytest.approx(0.0674, abs=5e-5)
    assert math.isnan(iris["MeanAttributeEntropy"])


def test_hand_computed_table():
    # x = 1 2 3 4 with one row missing; c tells the class in three of four known rows; text is neither
    found = qualities(
        table(
            [[1], [2], [np.nan], [3], [4]],
            [[0, 0], [0, 1], [1, 2], [1, 3], [-1, 4]],
            [0, 0, 0, 1, 1],
            kinds=[ColumnKind.NUMERIC, ColumnKind.BOOLEAN, ColumnKind.TEXT],
        )
    )
    entropy = 0.6 * np.log2(5 / 3) + 0.4 * np.log2(5 / 2)
    given_c = (
        0.6 * (2 / 3 * np.log2(3 / 2) + 1 / 3 * np.log2(3)) + 0.4
    )  # missing is the first level: 3 zeros, 2 ones
    expected = {
        "NumberOfInstances": 5,
        "NumberOfFeatures": 4,
        "NumberOfNumericFeatures": 1,
        "NumberOfSymbolicFeatures": 2,
        "NumberOfBinaryFeatures": 2,
        "PercentageOfSymbolicFeatures": 50,
        "NumberOfMissingValues": 2,
        "PercentageOfMissingValues": 10,
        "NumberOfInstancesWithMissingValues": 2,
        "PercentageOfInstancesWithMissingValues": 40,
        "AutoCorrelation": 0.75,
        "MinorityClassPercentage": 40,
        "MeanMeansOfNumericAtts": 2.5,
        "MaxStdDevOfNumericAtts": math.sqrt(5 / 3),
        "Quartile3KurtosisOfNumericAtts": -1.2,
        "MinSkewnessOfNumericAtts": 0,
        "StdvNominalAttDistinctValues": 0,
        "ClassEntropy": entropy,
        "MeanAttributeEntropy": entropy,
        "MaxMutualInformation": entropy - given_c,
        "EquivalentNumberOfAtts": entropy / (entropy - given_c),
        "MeanNoiseToSignalRatio": given_c / (entropy - given_c),
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_quartiles_are_at_position_p_times_n_plus_one():
    found = qualities(table([[1, 2, 3, 10]] * 3, None, [0, 1, 0]))
    assert [found[f"Quartile{i}MeansOfNumericAtts"] for i in (1, 2, 3)] == [1.25, 2.5, 8.25]


def test_numeric_target_counts_as_a_numeric_column():
    found = qualities(table([[1], [2], [3]], None, [10, 20, 40], task_type=TaskType.REGRESSION))
    assert found["NumberOfNumericFeatures"] == 2
    assert found["MaxMeansOfNumericAtts"] == pytest.approx(70 / 3)
    assert found["AutoCorrelation"] == 1 - 15
    assert found["NumberOfClasses"] == 0


def test_dates_are_milliseconds():
    dataset = table([[1.0], [3.0]], None, [0, 1], kinds=[ColumnKind.DATETIME])
    assert qualities(dataset)["MeanMeansOfNumericAtts"] == 2000


def test_regression_says_why_there_are_no_classes():
    reasons = compute(ODD["regression"])[1]
    for name in ("MajorityClassSize", "ClassEntropy", "MeanMutualInformation", "EquivalentNumberOfAtts"):
        assert reasons[name] == "the target is a number and has no classes"


@pytest.mark.parametrize(
    ("odd", "name", "reason"),
    [
        ("only nominal", "MeanMeansOfNumericAtts", "no numeric column"),
        ("constant", "MaxKurtosisOfNumericAtts", "no numeric column has enough different values"),
        ("one class", "MeanAttributeEntropy", "no boolean or categorical column"),
        ("useless nominal", "EquivalentNumberOfAtts", "no nominal column tells anything about the class"),
        ("one row", "AutoCorrelation", "a single row has no next one"),
        ("huge regression", "AutoCorrelation", "the numbers leave the range of a double"),
    ],
)
def test_missing_quality_says_why(odd, name, reason):
    assert reason in compute(ODD[odd])[1][name]


@pytest.mark.parametrize("odd", list(ODD))
def test_odd_table_gives_numbers_or_reasons(odd):
    values, reasons = compute(ODD[odd])
    assert values.shape == (62,)
    assert not np.isinf(values).any()
    assert {f.name for f, value in zip(FEATURES, values, strict=True) if np.isnan(value)} == set(reasons)
