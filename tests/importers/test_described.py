"""The data set that trials are about: from a file, from what is known, or one clear sentence."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from autometa.dataset import TaskType
from autometa.errors import UnknownNameError
from autometa.metafeatures import extract
from autometa.readers import read_table
from autometa.warmstart.in_memory import InMemoryTrialSource
from autometa_store.importers.described import PACKS, describe, find_described
from tests.contracts.study_source import INFOS, STUDIES, TABLE
from tests.store.samples import dataset, study

KNOWN = [InMemoryTrialSource(STUDIES, TABLE, datasets=INFOS)]


def test_file_is_profiled(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = tmp_path / "people.csv"
    pd.DataFrame(rng.normal(size=(30, 3)), columns=["a", "b", "y"]).to_csv(path, index=False)
    found = describe(str(path), target="b")
    table = read_table(path, target="b").dataset
    assert (found.info.dataset_id, found.info.name) == (table.fingerprint(), "people")
    assert (found.info.task_type, found.info.n_rows) == (TaskType.REGRESSION, 30)
    assert [one.pack for one in found.meta_features] == list(PACKS)
    np.testing.assert_array_equal(found.meta_features[0].values, extract(table).values)


@pytest.mark.parametrize("given", ["wine", "Wine"], ids=["by id", "by name"])
def test_known_data_set_comes_with_its_numbers(given: str) -> None:
    found = describe(given, known=KNOWN)
    assert found.info == INFOS[1]
    ((dataset_id, numbers),) = found.numbers
    assert (dataset_id, numbers.pack) == ("wine", "core")
    np.testing.assert_array_equal(numbers.values, TABLE.values[1])


def test_unknown_name_is_one_sentence() -> None:
    with pytest.raises(UnknownNameError, match="no file and no known data set 'Vine'; did you mean 'Wine'"):
        describe("Vine", known=KNOWN)
    with pytest.raises(UnknownNameError, match="give the table itself"):
        describe("elsewhere.csv", known=KNOWN)
    assert find_described("Vine", KNOWN) is None


def test_name_of_several_data_sets_asks_for_an_id() -> None:
    twins = (dataset("iris"), dataset("IRIS"))
    with pytest.raises(UnknownNameError, match="2 known data sets are called 'Iris'; give an id: iris, IRIS"):
        describe("Iris", known=[InMemoryTrialSource([study("iris"), study("IRIS")], datasets=twins)])
