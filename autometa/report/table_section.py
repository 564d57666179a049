"""The section on the table: what it is, what was noticed, and where it stands among the known data sets."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from autometa.dataset import Dataset
from autometa.metafeatures import MetaFeatures, MetaFeatureTable, features
from autometa.report.figures import BLUE, ORANGE, Figure, layout
from autometa.report.grids import Grid
from autometa.report.page import Notes, Section
from autometa.report.words import listed, percent
from autometa.similarity.scaled_l1 import to_ranks

if TYPE_CHECKING:
    from autometa.readers import Table

KEY_FEATURES = {
    "n_rows": "rows",
    "n_cols": "columns",
    "frac_categorical": "categorical columns",
    "missing_cells": "missing cells",
    "n_classes": "classes",
    "class_share_min": "share of rarest class",
    "target_skewness": "skewness of target",
    "target_distinct_share": "distinct targets",
    "skewness_mean": "skewness of columns",
    "correlation_mean": "correlated columns",
    "pca_effective_dim": "effective dimensions",
    "mutual_information_max": "best single column",
    "landmark_stump": "one-split tree",
    "landmark_tree": "decision tree",
    "landmark_1nn": "nearest neighbour",
    "landmark_naive_bayes": "naive Bayes",
    "landmark_ridge": "linear model",
}
UNUSUAL = 0.05  # at either end of the known data sets
MAX_COLUMNS = 200  # of the table that are listed
MAX_UNUSUAL_NAMED = 4


def table_section(table: "Table", measured: MetaFeatures, known: MetaFeatureTable) -> Section:
    """What the table is.

    Args:
        table: as it was read.
        measured: its core meta-features.
        known: those of the known data sets of its task.
    """
    noticed = table.notes or ("Nothing unusual was noticed about its columns.",)
    figure = _standing(measured, known)
    blocks = (Notes(noticed), figure, _columns(table))
    return Section("table", "The table", tuple(block for block in blocks if block is not None))


def dataset_sentence(dataset: Dataset) -> str:
    """One sentence without its full stop."""
    kinds = Counter(column.kind.value for column in dataset.columns)
    columns = ", ".join(f"{count:,} {kind}" for kind, count in kinds.items())
    into = f" into {len(dataset.class_names):,} classes" if dataset.class_names else ""
    return (
        f"{dataset.name} has {dataset.n_rows:,} rows and {dataset.n_columns:,} columns ({columns}); "
        f"the task is {dataset.task_type} of “{dataset.target_name}”{into}"
    )


def _standing(measured: MetaFeatures, known: MetaFeatureTable) -> Figure | None:
    """The rank of each key feature among the known data sets; None where there is nothing to compare with."""
    if not len(known.dataset_ids):
        return None
    _, ranks = to_ranks(known.values, measured.values)
    position = {name: place for place, name in enumerate(measured.names)}
    names = [name for name in KEY_FEATURES if not np.isnan(ranks[position[name]])]
    if not names:
        return None
    shown = [float(ranks[position[name]]) for name in names]
    is_unusual = [not UNUSUAL < rank < 1.0 - UNUSUAL for rank in shown]
    y = [KEY_FEATURES[name] for name in names]
    marker = {
        "size": 11,
        "color": [ORANGE if odd else BLUE for odd in is_unusual],
        "symbol": ["diamond" if odd else "circle" for odd in is_unusual],
    }
    data = {
        "type": "scatter",
        "mode": "markers",
        "x": [100.0 * rank for rank in shown],
        "y": y,
        "marker": marker,
        "hovertemplate": "%{y}: more than %{x:.0f} % of the known<extra></extra>",
    }
    axes = layout(
        x={
            "range": [-3, 103],
            "tickvals": [0, 25, 50, 75, 100],
            "title": {"text": "rank among known, %"},
        },
        y={"autorange": "reversed"},
        showlegend=False,
    )
    return Figure(
        name="figure-table",
        caption=_standing_caption(y, shown, len(known.dataset_ids)),
        data=(data,),
        layout=axes,
        grid=_features(measured, ranks.tolist()),
        height=90 + 25 * len(names),
    )


def _standing_caption(titles: Sequence[str], ranks: Sequence[float], n_known: int) -> str:
    low = [title for title, rank in zip(titles, ranks, strict=True) if rank <= UNUSUAL]
    high = [title for title, rank in zip(titles, ranks, strict=True) if rank >= 1.0 - UNUSUAL]
    among = f"the {n_known:,} known data sets"
    if not low and not high:
        return f"In none of these respects is the table among the outermost {percent(UNUSUAL)} of {among}."
    ends = [("highest", high), ("lowest", low)]
    said = [f"among the {end} {percent(UNUSUAL)} in {_some(names)}" for end, names in ends if names]
    return f"Compared with {among}, the table is {' and '.join(said)} (diamonds); elsewhere it is usual."


def _some(names: Sequence[str]) -> str:
    more = len(names) - MAX_UNUSUAL_NAMED
    return listed([*names[:MAX_UNUSUAL_NAMED], *([f"{more} more"] if more > 0 else [])])


def _features(measured: MetaFeatures, ranks: Sequence[float]) -> Grid:
    definitions = {feature.name: feature.definition for feature in features(measured.pack)}
    rows = []
    for name, title in KEY_FEATURES.items():
        place = measured.names.index(name)
        value, rank = float(measured.values[place]), ranks[place]
        if not np.isnan(value):
            standing = None if np.isnan(rank) else round(100 * rank)
            rows.append((title, value, standing, f"{name}: {definitions[name]}"))
    head = ("meta-feature", "value", "rank, %", "definition")
    return Grid("The same as a table, with definitions", head, tuple(rows))


def _columns(table: "Table") -> Grid:
    columns = table.dataset.columns
    order = sorted(columns, key=lambda column: column.name not in table.column_notes)
    rows = tuple(
        (column.name, column.kind.value, "; ".join(table.column_notes.get(column.name, ())) or None)
        for column in (columns if len(columns) <= MAX_COLUMNS else order[:MAX_COLUMNS])
    )
    cut = (
        f"; {MAX_COLUMNS} of them, those with something to notice first" if len(columns) > MAX_COLUMNS else ""
    )
    return Grid(f"Its {len(columns):,} columns{cut}", ("column", "kind", "noticed"), rows)
