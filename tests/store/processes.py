"""Writers in processes of their own, for tests of what happens when several write, or one is killed."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

# Pages of ten trials, each with its cursor in one transaction; prints each page that is done.
_IMPORT = """
import sys
from autometa_store.import_progress import ImportProgress
from autometa_store.trial_store import TrialStore
from tests.store.samples import dataset, study, svm_trials

url, source, n_pages = sys.argv[1], sys.argv[2], int(sys.argv[3])
with TrialStore.open(url) as store:
    store.add_dataset(dataset("iris"))
    progress = store.progress(source)
    for page in range(progress.cursor["page"] if progress else 0, n_pages):
        with store.transaction():
            store.add_study(study("iris", svm_trials(10, first=10 * page), source=source))
            store.add_progress(ImportProgress(source, {"page": page + 1}))
        print(page, flush=True)
"""


def environment() -> dict[str, str]:
    """For a process that imports what the tests import."""
    path = os.pathsep.join([str(ROOT), str(ROOT / "store"), str(ROOT / "cli")])
    return {**os.environ, "PYTHONPATH": path}


def start_import(url: str, source: str, n_pages: int) -> subprocess.Popen[str]:
    """A process that imports pages of ten trials each."""
    command = [sys.executable, "-W", "error", "-c", _IMPORT, url, source, str(n_pages)]
    return subprocess.Popen(
        command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
