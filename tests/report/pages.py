"""Toy sections for the tests of reports: a table with its advice, two searches, and a training."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from autometa.dataset import TaskType
from autometa.readers import Table, table_from_frame
from autometa.report import (
    Search,
    Section,
    knowledge_sections,
    read_run,
    run_section,
    search_section,
    table_sections,
)
from autometa.report.searches import SearchTrial
from autometa.similarity import TrainedSimilarity
from tests.sources import toy_source

HOSTILE = "<script>alert(1)</script><a href='https://example.org'>&amp;"
NOTHING_LEARNED = TrainedSimilarity({})


def toy_table(n_rows: int = 90) -> Table:
    """Two classes, numbers, a category, and a column whose name is an attack."""
    rng = np.random.default_rng(0)
    width = rng.normal(size=n_rows)
    frame = pd.DataFrame(
        {
            "width": width,
            HOSTILE: rng.normal(size=n_rows),
            "colour": rng.choice(["red", "green"], n_rows),
            "species": np.where(width > 0, "rose", "tulip"),
        }
    )
    return table_from_frame(frame, target="species", name="flowers")


def toy_search(values: list[float | None], name: str = "warm", origins: tuple[str, ...] = ()) -> Search:
    """A search to maximise; its trials have these values and origins, "other" where there are none."""
    padded = (*origins, *["other"] * (len(values) - len(origins)))
    trials = tuple(
        SearchTrial(
            number=number,
            value=value,
            state="complete" if value is not None else "fail",
            origin=origin,
            transfer_share=0.5 if origin == "transfer" else 0.0,
            sources={"id0": 0.4, HOSTILE: 0.1} if origin == "transfer" else {},
        )
        for number, (value, origin) in enumerate(zip(values, padded, strict=True))
    )
    return Search(name, "accuracy", "maximize", trials)


def write_run(folder: Path, *, with_validation: bool = True) -> Path:
    """The folder of a run, as `autometa fewshot train` writes it."""
    folder.mkdir()
    card = {
        "learner": "maml",
        "way": 5,
        "shot": 1,
        "query": 15,
        "data": "omniglot.npz",
        "plan": {"n_steps": 40},
    }
    (folder / "run.json").write_text(json.dumps(card))
    lines: list[dict[str, object]] = [
        {"step": 10 * i, "loss": 1.6 / i, "accuracy": 0.2 * i} for i in range(1, 5)
    ]
    if with_validation:
        for i in (1, 3):
            per_step = [0.2, 0.5 + i / 10, 0.4 + i / 10]
            found = {"mean": 0.4 + i / 10, "ci95": 0.02, "per_step": per_step, "score": "accuracy"}
            lines[i]["validation"] = found
    (folder / "metrics.jsonl").write_text(
        "".join(json.dumps(line) + "\n" for line in lines) + '{"step": 50, "lo'
    )
    return folder


def all_sections(folder: Path) -> list[Section]:
    """Every kind of section there is."""
    source = toy_source(40)
    origins = ("enqueued", "portfolio", "probe", "transfer", "base")
    warm = toy_search([0.6, 0.7, None, 0.9, 0.8, 0.2], origins=origins)
    return [
        *table_sections(toy_table(), source, NOTHING_LEARNED),
        search_section(warm, toy_search([0.5, 0.6, 0.7], "cold"), names={"id0": "toy0"}),
        run_section(read_run(write_run(folder / "run"))),
        *knowledge_sections(source, NOTHING_LEARNED),
    ]


TASK = TaskType.CLASSIFICATION
