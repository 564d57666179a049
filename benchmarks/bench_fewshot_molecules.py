"""Few-shot learning of molecules: Tox21 beside printed ROC-AUCs, FS-Mol beside random forests.

    python -m benchmarks.bench_fewshot_molecules run [--collections tox21 fsmol]    # resumes; needs rdkit
    python -m benchmarks.bench_fewshot_molecules table    # the tables, and results/fewshot_molecules.json

Compounds are Morgan fingerprints of 2,048 bits, networks multilayer perceptrons. Settings and the number of
steps are chosen on the validation assays alone (one of Tox21's nine training assays, a tenth of FS-Mol's);
then Tox21's learners are trained on all nine. Tests: Tox21, 2-way 10-shot, 50 support sets of each of three
assays, 300 queries a class; FS-Mol, 6 support sets of 16 compounds, in the assay's proportion, of each of the
39 official validation assays, all other compounds as queries, scored by ΔAUPRC (Stanley et al. 2021). The
forest has 100 trees and knows the support set only. FS-Mol's official test assays are not among these files.
"""

import argparse
import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import torch
from scipy.stats import t as student

from autometa.fewshot.data.assay_parts import TOX21_TEST, TOX21_VALIDATION, AssayParts, open_fs_mol
from autometa.fewshot.data.molecules import Assays, read_tox21
from benchmarks.environment import environment
from benchmarks.molecule_methods import (
    CANDIDATES,
    COLLECTIONS,
    STEPS,
    Collection,
    forest,
    tested,
    trained,
    validated,
)

HERE = Path(__file__).parent
DATA = HERE.parent / "../shared/data/molecules"
CELLS, RESULT = HERE / ".runs/fewshot_molecules.jsonl", HERE / "results/fewshot_molecules.json"

Cell = dict[str, Any]


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("run", "table"))
    parser.add_argument("--data", type=Path, default=DATA, help="folder with tox21.csv.gz and FS-Mol's files")
    parser.add_argument("--collections", nargs="+", choices=tuple(COLLECTIONS), default=list(COLLECTIONS))
    options = parser.parse_args()
    if options.what == "table":
        write_table()
        return
    torch.set_num_threads(1)
    for name in options.collections:
        run(COLLECTIONS[name], *opened(name, options.data))


def opened(name: str, folder: Path) -> tuple[AssayParts, Assays]:
    """The parts of a collection, and what the learners that are tested are trained on."""
    if name == "fsmol":
        parts = open_fs_mol(folder)
        return parts, parts.train
    whole = read_tox21(folder / "tox21.csv.gz")
    training = whole.select([one for one in whole.names if one not in TOX21_TEST])
    first = training.select([one for one in training.names if one not in TOX21_VALIDATION])
    held, test = whole.select(TOX21_VALIDATION), whole.select(TOX21_TEST)
    return AssayParts("tox21", first, held, test), training


def run(collection: Collection, parts: AssayParts, training: Assays) -> None:
    """Choose, train, measure: whatever is not in the file yet."""
    for seed in range(collection.n_seeds):
        for shot in collection.shots:
            key = test_key(collection, "forest", seed, shot)
            once(key, partial(forest, collection, parts.test, shot=shot, seed=seed))
    for learner in collection.learners:
        for number, settings in enumerate(CANDIDATES[learner]):
            once(
                choice_key(collection, learner, number),
                partial(validated, collection, parts, learner, settings),
            )
        for seed in range(collection.n_seeds):
            measure(collection, parts.test, training, learner, seed=seed)


def measure(collection: Collection, tests: Assays, training: Assays, learner: str, *, seed: int) -> None:
    """Train with one seed and the settings that were chosen, and test with every number of shots."""
    keys = [test_key(collection, learner, seed, shot) for shot in collection.shots]
    if all(find(key) for key in keys):
        return
    settings, n_steps = chosen(collection, learner)
    fitted = trained(collection, training, learner, settings, n_steps=n_steps, seed=seed)
    for key in keys:
        once(key, partial(tested, collection, tests, fitted, shot=key["shot"], seed=seed))


def chosen(collection: Collection, learner: str) -> tuple[dict[str, Any], int]:
    """Settings and steps with the best validation."""
    n_candidates = len(CANDIDATES[learner])
    cells = [find(choice_key(collection, learner, number)) for number in range(n_candidates)]
    rows = np.array([cell["scores"] for cell in cells if cell])
    candidate, place = np.unravel_index(int(np.argmax(rows)), rows.shape)
    return CANDIDATES[learner][int(candidate)], STEPS[learner][int(place)]


def choice_key(collection: Collection, learner: str, number: int) -> Cell:
    """Of a candidate's validation."""
    return {"collection": collection.name, "kind": "choice", "method": learner, "candidate": number}


def test_key(collection: Collection, method: str, seed: int, shot: int) -> Cell:
    """Of a trained learner's test."""
    return {"collection": collection.name, "kind": "test", "method": method, "seed": seed, "shot": shot}


def once(key: Cell, work: Callable[[], Any]) -> None:
    """Do the work and write a line, unless there is one."""
    if find(key):
        return
    before = process_time()
    scores = work()
    cell = key | {"scores": scores, "cpu_seconds": process_time() - before}
    CELLS.parent.mkdir(exist_ok=True)
    with CELLS.open("a", encoding="utf-8") as file:
        file.write(json.dumps(cell) + "\n")
    values = scores if isinstance(scores, list) else [np.mean(list(scores.values()))]
    numbers = " ".join(f"{value:.3f}" for value in values)
    print(*key.values(), numbers, f"{cell['cpu_seconds']:.0f} s", flush=True)


def find(key: Cell) -> Cell | None:
    """The line with this key."""
    if not CELLS.exists():
        return None
    lines = map(json.loads, CELLS.read_text(encoding="utf-8").splitlines())
    return next((cell for cell in lines if key.items() <= cell.items()), None)


def write_table() -> None:
    """Print the tables as Markdown, and write the result."""
    result: dict[str, Any] = {"environment": environment(), "steps": STEPS, "collections": {}}
    for name, collection in COLLECTIONS.items():
        methods = ("forest", *collection.learners)
        found = {
            f"{method}, {2 * shot} compounds": summary(collection, method, shot)
            for shot in collection.shots
            for method in methods
        }
        result["collections"][name] = {
            "chosen": {one: chosen(collection, one) for one in collection.learners},
            "validation": {
                one: [find(choice_key(collection, one, n)) for n in range(len(CANDIDATES[one]))]
                for one in collection.learners
            },
            "tests": found,
        }
        print(f"\n{name}, {collection.score.__name__}")
        print("| method | score | less the forest | printed |\n|---|---|---|---|")
        for method, one in found.items():
            printed = collection.reported.get(method.split(",")[0], "–")
            print(f"| {method} | {text(one['score'])} | {text(one['less_forest'])} | {printed} |")
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


def summary(collection: Collection, method: str, shot: int) -> dict[str, Any]:
    """Means over trainings and assays, with intervals: over the trainings where there are few assays.

    The forest saw the same support sets and queries, so its scores are subtracted assay by assay.
    """
    own, forests = (scores(collection, one, shot) for one in (method, "forest"))
    axis = 1 if own.shape[1] < 10 else 0
    first = find(test_key(collection, method, 0, shot)) or {"scores": {}}
    return {
        "score": interval(own.mean(axis=axis)),
        "less_forest": interval((own - forests).mean(axis=axis)),
        "by_assay": dict(zip(first["scores"], own.mean(axis=0).tolist(), strict=True)),
        "interval_over": "trainings" if axis == 1 else "assays",
        "n_trainings": len(own),
    }


def scores(collection: Collection, method: str, shot: int) -> np.ndarray:
    """(trainings, assays)."""
    cells = [find(test_key(collection, method, seed, shot)) for seed in range(collection.n_seeds)]
    return np.array([list(cell["scores"].values()) for cell in cells if cell])


def interval(values: np.ndarray) -> dict[str, float]:
    """Mean and half the 95 % interval by Student's distribution."""
    half = student.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return {"mean": float(values.mean()), "ci95": float(half)}


def text(found: dict[str, float]) -> str:
    """In percent."""
    return f"{100 * found['mean']:.1f} ± {100 * found['ci95']:.1f}"


if __name__ == "__main__":
    main()
