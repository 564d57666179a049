"""The curves that HPO-B's authors published, as cells beside ours; their initialisations and sources differ.

They are over the official test tasks of each space: 39 of the 49 that are here.
"""

import json
from typing import Any

from benchmarks.warmstart.tables import HPOB_SPACES, TRIALS

PUBLISHED = ("Random", "GP", "DGP", "RGPE", "TST", "TAF", "FSBO", "FSBO2")
MARK = " (published)"


def published_cells() -> list[dict[str, Any]]:
    """One cell a task, method and seed; scores are normalised already, regret is what they lack of 1."""
    cells = []
    for method in PUBLISHED:
        curves = json.loads((TRIALS / "hpob" / f"published_{method}.json").read_text())
        for search_space in HPOB_SPACES:
            for dataset, seeds in curves[search_space].items():
                for seed, incumbents in enumerate(_as_list(seeds)):
                    cells.append(
                        {
                            "table": f"hpob_{search_space}",
                            "dataset": dataset,
                            "family": dataset,
                            "method": method + MARK,
                            "seed": seed,
                            "trials": len(incumbents) - 1,
                            "first_ask_seconds": None,
                            "ask_seconds": None,
                            "regrets": [1.0 - value for value in incumbents],
                            "commit": "published",
                        }
                    )
    return cells


def _as_list(seeds: Any) -> list[list[float]]:
    """Some of the files name the seeds, some count them."""
    return list(seeds.values()) if isinstance(seeds, dict) else list(seeds)
