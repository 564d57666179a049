import json

import pytest
from typer.testing import CliRunner

from autometa.errors import StoreError
from autometa_cli.store_command import store_app
from autometa_store.trial_store import TrialStore
from tests.store.samples import dataset, study


@pytest.fixture
def filled(tmp_path):
    path = tmp_path / "filled.db"
    with TrialStore.open(path) as store:
        store.add_dataset(dataset("iris"))
        store.add_study(study())
    return path


def _run(*arguments):
    return CliRunner().invoke(store_app, [str(argument) for argument in arguments])


def _json(*arguments):
    result = _run(*arguments, "--json")
    assert result.exit_code == 0, result.exception
    return json.loads(result.stdout)


def test_info_counts(filled):
    answer = _json("info", "--store", filled)
    assert (answer["store"], answer["store_schema"]) == (str(filled), 1)
    assert answer["counts"]["trials"] == 3


def test_info_for_people(filled):
    assert "3  trials" in _run("info", "--store", filled).stdout


def test_info_reads_the_environment(filled, monkeypatch):
    monkeypatch.setenv("AUTOMETA_STORE", str(filled))
    assert _json("info")["store"] == str(filled)


def test_info_never_makes_a_store(tmp_path):
    result = _run("info", "--store", tmp_path / "none.db")
    assert isinstance(result.exception, StoreError)
    assert list(tmp_path.iterdir()) == []


def test_export_and_import_carry_a_store(filled, tmp_path):
    file, copy = tmp_path / "export.jsonl.gz", tmp_path / "copy.db"
    assert _json("export", file, "--store", filled)["n_records"] == 2
    assert _json("import", file, "--store", copy)["n_new_trials"] == 3
    assert _json("import", file, "--store", copy)["n_new_trials"] == 0
    assert _json("info", "--store", copy)["counts"] == _json("info", "--store", filled)["counts"]


def test_export_and_import_for_people(filled, tmp_path):
    assert "2 records of" in _run("export", tmp_path / "e.jsonl", "--store", filled).stdout
    assert "3 new trials" in _run("import", tmp_path / "e.jsonl", "--store", tmp_path / "b.db").stdout


def test_check_says_that_all_is_well(filled):
    assert _json("check", "--store", filled) == {
        "schema_version": 1,
        "store": str(filled),
        "is_sound": True,
        "findings": [],
    }
    assert _run("check", "--store", filled).stdout == f"{filled} is sound\n"


def test_check_reports_damage_and_fails(filled, monkeypatch):
    from autometa_store.integrity import Finding

    monkeypatch.setattr(TrialStore, "find_damage", lambda _: [Finding("trial", "is gone")])
    result = _run("check", "--store", filled, "--json")
    assert json.loads(result.stdout)["findings"] == [{"where": "trial", "what": "is gone"}]
    assert isinstance(result.exception, StoreError)
    assert _run("check", "--store", filled).stdout == "trial: is gone\n"


def test_upgrade_of_the_newest_schema_changes_nothing(filled):
    assert _json("upgrade", "--store", filled)["schema_after"] == 1
    assert "has schema 1, the newest" in _run("upgrade", "--store", filled).stdout
