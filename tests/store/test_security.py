"""What comes from outside is data: never a statement, never a path, never a pickle."""

import ast
import base64
import io
import json
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest

from tests.store.samples import dataset, study

SOURCES = sorted((Path(__file__).parents[2] / "store").rglob("*.py"))
STATEMENT = re.compile(r"\b(SELECT|INSERT|DELETE|UPDATE|CREATE|DROP|PRAGMA|UNION)\b")
# All that is ever put into the text of a statement: constants, names of tables and columns from our own code,
# and the marks that stand for bound values.
PUT_INTO_STATEMENTS = {
    "APPLICATION_ID",
    "_INDEX",
    "_MAX_FINDINGS",
    "', '.join(columns)",
    "', '.join([mark] * len(by_digest))",
    "mark",
    "marks",
    "table",
}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_values_reach_the_database_as_bound_parameters_only(path):
    put_in = {
        ast.unparse(part.value)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.JoinedStr) and STATEMENT.search(ast.unparse(node))
        for part in node.values
        if isinstance(part, ast.FormattedValue)
    }
    assert put_in <= PUT_INTO_STATEMENTS


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_arrays_are_loaded_without_objects_and_archives_never_unpacked(path):
    calls = [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    ]
    loads = [call for call in calls if ast.unparse(call.func) == "np.load"]
    for call in loads:
        assert {"allow_pickle": "False"}.items() <= {
            word.arg: ast.unparse(word.value) for word in call.keywords
        }.items()
    assert not [call for call in calls if call.func.attr in {"extract", "extractall", "unpack_archive"}]


NAMES = ["../../climbed", "/tmp/climbed", "..\\climbed", "a/../../climbed"]


@pytest.mark.parametrize("name", NAMES)
def test_names_that_climb_out_of_a_folder_are_names_and_no_paths(store, tmp_path, name):
    payload = io.BytesIO()
    with zipfile.ZipFile(payload, "w") as archive, archive.open(f"{name}.npy", "w") as member:
        np.lib.format.write_array(member, np.eye(2), allow_pickle=False)
    npz = base64.b64encode(payload.getvalue()).decode()
    records = [{"kind": "autometa_export", "format": 1}, {"kind": "artifact", "name": name, "npz": npz}]
    folder = tmp_path / "deep" / "deeper"
    folder.mkdir(parents=True)
    (folder / "in.jsonl").write_text("\n".join(map(json.dumps, records)))
    store.take_over(folder / "in.jsonl")
    store.add_dataset(dataset(name))
    store.add_study(study(name))
    store.export(folder / "out.jsonl")
    [stored] = store.artifact(name).values()
    np.testing.assert_array_equal(stored, np.eye(2))
    found = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert found <= {"in.jsonl", "out.jsonl", "store.db", "store.db-wal", "store.db-shm"}
    assert not Path("/tmp/climbed").exists()


def test_statements_in_names_stay_names(store):
    name = "'; DROP TABLE trial; --"
    store.add_dataset(dataset(name))
    store.add_study(study(name, source=name, metric=name))
    assert store.best("svm/classification", name, [name])[name][0].value == 0.75
    assert store.studies("svm/classification", [name]) == [study(name, source=name, metric=name)]
    assert store.forget(name, kind="source").counts["trials"] == 3
