"""What can happen to a store's file and its disk: exit code 5, a remedy, and nothing overwritten."""

import pytest

from autometa_cli.main import STORE, main
from autometa_store.trial_store import TrialStore
from tests.store.damage import (
    cut_in_half,
    cut_off_a_page,
    make_empty,
    make_foreign,
    make_newer,
    spoil_a_leaf,
    zero_the_header,
)
from tests.store.samples import dataset, study, svm_trials

USERS = (
    ["store", "info"],
    ["store", "check"],
    ["store", "export", "out.jsonl"],
    ["store", "forget", "iris"],
    ["store", "upgrade"],
)
MAKERS = (["store", "merge", "other.db"], ["store", "import", "in.jsonl"], ["populate", "local", "tables"])
COMMANDS = [pytest.param(command, id=" ".join(command[:2])) for command in (*USERS, *MAKERS)]


def fill(path, n_trials=500):
    with TrialStore.open(path) as store:
        store.add_dataset(dataset("iris"))
        store.add_study(study("iris", svm_trials(n_trials)))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with all that the commands ask for."""
    monkeypatch.chdir(tmp_path)
    fill(tmp_path / "other.db")
    with TrialStore.open(tmp_path / "other.db", mode="read") as store:
        store.export(tmp_path / "in.jsonl")
    (tmp_path / "tables").mkdir()
    rows = "\n".join(f"{i},{i % 3},{'ab'[i % 2]}" for i in range(40))
    (tmp_path / "tables" / "t.csv").write_text("x,y,target\n" + rows)
    return tmp_path


def run(command, store, capfd):
    """Exit code and standard error of a command on a store."""
    with pytest.raises(SystemExit) as ended:
        main([*command, "--store", str(store)])
    return ended.value.code, capfd.readouterr().err


FAULTS = {
    cut_in_half: "restore a copy",
    cut_off_a_page: "restore a copy",
    zero_the_header: "restore a copy",
    make_empty: "restore a copy, or delete it",
    make_foreign: "give another --store",
    make_newer: "update autometa",
}


def files_in(folder):
    """All but the side files that SQLite's readers leave."""
    return sorted(path for path in folder.iterdir() if not path.name.endswith(("-wal", "-shm")))


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("fault", "remedy"), FAULTS.items(), ids=[fault.__name__ for fault in FAULTS])
def test_a_spoilt_store_is_exit_code_5_with_a_remedy_and_left_alone(folder, capfd, command, fault, remedy):
    path = folder / "store.db"
    fill(path)
    fault(path)
    before, files = path.read_bytes(), files_in(folder)
    code, error = run(command, path, capfd)
    assert (code, error.count("\n")) == (STORE, 1), error
    assert error.startswith("autometa: ")
    assert remedy in error
    assert path.read_bytes() == before
    assert files_in(folder) == files


@pytest.mark.parametrize("command", COMMANDS[: len(USERS)])
def test_a_command_that_needs_a_store_never_makes_one(folder, capfd, command):
    files = sorted(folder.iterdir())
    code, error = run(command, folder / "new" / "store.db", capfd)
    assert (code, sorted(folder.iterdir())) == (STORE, files)
    assert "there is no store; run `autometa populate` first" in error


def test_noise_in_an_index_is_found_by_check(folder, capfd):
    path = folder / "store.db"
    fill(path, 5000)
    spoil_a_leaf(path, "ix_trial_study_id_value")
    assert run(["store", "info"], path, capfd)[0] == 0  # plain queries do not see it
    code, error = run(["store", "check"], path, capfd)
    assert code == STORE
    assert "restore a copy" in error
