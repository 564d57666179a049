from pathlib import Path

import pytest

from autometa.errors import StoreError
from autometa_store.location import resolve_store_url


def test_what_is_asked_for_comes_first():
    assert resolve_store_url("/data/a.db", {"AUTOMETA_STORE": "/data/b.db"}) == "sqlite:////data/a.db"


def test_the_environment_comes_second():
    assert resolve_store_url(None, {"AUTOMETA_STORE": "/data/b.db"}) == "sqlite:////data/b.db"


def test_the_users_data_folder_comes_last(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert Path(resolve_store_url(None, {})).name == "knowledge.db"


def test_a_relative_path_and_a_home_are_made_absolute(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert resolve_store_url("~/a.db", {}) == f"sqlite:///{tmp_path}/a.db"


def test_a_url_of_an_unknown_kind_is_refused():
    with pytest.raises(
        StoreError, match="'mysql://host/x' is of an unknown kind; give a path, or one of sqlite:///"
    ):
        resolve_store_url("mysql://host/x", {})
