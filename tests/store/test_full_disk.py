"""A disk that is full, and folders that nobody may write: exit code 5, and what was committed is kept."""

import json
import os
import resource
import shutil
import subprocess
import sys
from contextlib import contextmanager

import pytest

from autometa_cli.main import STORE, main
from autometa_store.trial_store import TrialStore
from tests.store.processes import environment
from tests.store.samples import SPACE, dataset, study, svm_trials


@contextmanager
def full_disk(n_bytes):
    """No file of this process grows beyond so many bytes; what writes more fails as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def run(capfd, *command):
    """Exit code, and what was said on standard error."""
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in command])
    return ended.value.code, capfd.readouterr().err


@pytest.fixture
def big(tmp_path):
    """A store of 4,000 trials, and its export."""
    with TrialStore.open(tmp_path / "big.db") as store:
        store.add_dataset(dataset("iris"))
        store.add_study(study("iris", svm_trials(4000)))
        store.export(tmp_path / "big.jsonl")
    return tmp_path / "big.db"


@pytest.fixture
def small(tmp_path):
    with TrialStore.open(tmp_path / "small.db") as store:
        store.add_dataset(dataset("wine"))
        store.add_study(study("wine"))
    return tmp_path / "small.db"


@pytest.mark.parametrize("command", ["merge", "import"])
def test_what_does_not_fit_is_not_stored_and_the_next_try_completes_it(big, small, capfd, command):
    other = big if command == "merge" else big.with_suffix(".jsonl")
    with full_disk(200_000):
        code, error = run(capfd, "store", command, other, "--store", small)
    assert code == STORE
    assert "make room" in error
    with TrialStore.open(small, mode="read") as store:
        assert store.studies(SPACE.name) == [study("wine")]
        assert store.find_damage() == []
    assert run(capfd, "store", command, other, "--store", small)[0] == 0
    with TrialStore.open(small, mode="read") as store:
        assert store.counts()["trials"] == 4003


@pytest.mark.parametrize("n_bytes", [2_000, 10_000, 100_000])
def test_a_store_that_does_not_fit_is_not_begun(big, tmp_path, capfd, n_bytes):
    files = sorted(tmp_path.iterdir())
    with full_disk(n_bytes):
        code, error = run(capfd, "store", "import", big.with_suffix(".jsonl"), "--store", tmp_path / "new.db")
    assert code == STORE
    assert "make room" in error
    assert sorted(tmp_path.iterdir()) == files


def test_an_export_that_does_not_fit_leaves_the_last_one(big, tmp_path, capfd):
    (tmp_path / "out.jsonl").write_text("the last one")
    with full_disk(60_000):
        code, error = run(capfd, "store", "export", tmp_path / "out.jsonl", "--store", big)
    assert code == STORE
    assert "cannot be written" in error
    assert (tmp_path / "out.jsonl").read_text() == "the last one"


def test_forgetting_on_a_full_disk_forgets_all_or_nothing(big, capfd):
    with full_disk(100_000):
        code, _ = run(capfd, "store", "forget", "iris", "--store", big)
    assert code == STORE
    with TrialStore.open(big, mode="read") as store:
        assert store.counts()["trials"] == 4000
        assert store.find_damage() == []


READ_ONLY = {
    "info": 0,
    "check": 0,
    "export": STORE,
    "forget": STORE,
    "merge": STORE,
    "import": STORE,
    "upgrade": STORE,
}


@pytest.mark.slow
def test_a_folder_that_nobody_may_write_is_read_and_left_alone(big, small):
    folder = big.parent
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    modes = {path: path.stat().st_mode for path in (folder, *folder.iterdir())}
    for path in modes:
        path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        answers = _run_without_privileges(folder)
    finally:
        for path, mode in modes.items():
            path.chmod(mode)
    assert {name: code for name, (code, _) in answers.items()} == READ_ONLY
    for name in ("forget", "merge", "import", "upgrade"):
        assert "change its permissions" in answers[name][1]
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def _run_without_privileges(folder):
    """Exit code and standard error of each command, as somebody who may not write there."""
    arguments = {"export": ["out.jsonl"], "forget": ["iris"], "merge": ["small.db"], "import": ["big.jsonl"]}
    script = f"""
import contextlib, io, json
from autometa_cli.main import main
answers = {{}}
for name in {list(READ_ONLY)}:
    arguments = {arguments}.get(name, [])
    with contextlib.redirect_stderr(io.StringIO()) as error, contextlib.redirect_stdout(io.StringIO()):
        try:
            main(["store", name, *arguments, "--store", "big.db"])
        except SystemExit as ended:
            answers[name] = (ended.code, error.getvalue())
print(json.dumps(answers))
"""
    drop = []
    if os.getuid() == 0:
        if not shutil.which("setpriv"):
            pytest.skip("running as root, for whom everything can be written, and there is no setpriv")
        drop = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    command = [*drop, sys.executable, "-c", script]
    done = subprocess.run(
        command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
