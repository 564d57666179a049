"""The section on the knowledge itself: how much there is, and which learners win."""

from collections import Counter

import numpy as np

from autometa.report.figures import BLUE, Figure, layout
from autometa.report.grids import Grid
from autometa.report.known_map import winning_learners
from autometa.report.learner_kinds import title_of
from autometa.report.page import Section
from autometa.report.words import counted, metric_words, percent
from autometa.warmstart.sources import DatasetInfo, PerformanceTable


def knowledge_section(performance: PerformanceTable, infos: dict[str, DatasetInfo], *, task: str) -> Section:
    """What is known of a task.

    Args:
        performance: scores on all known data sets, in the task's default metric.
        infos: the data sets by id.
        task: its name.
    """
    n_scores, n_failed = int((~np.isnan(performance.scores)).sum()), int(performance.failed.sum())
    families = {info.family for info in infos.values()}
    about = (
        f"{counted(len(infos), 'data set')} of {len(families):,} families (copies and variants are one); "
        f"{counted(len(performance.candidates), 'configuration')} of "
        f"{counted(len({one.learner for one in performance.candidates}), 'learner')}; {n_scores:,} scores "
        f"({metric_words(performance.metric)}) and {n_failed:,} fits that failed."
    )
    return Section(f"known-{task}", f"What is known: {task}", (about, *_wins(performance, task)))


def _wins(performance: PerformanceTable, task: str) -> tuple[Figure, ...]:
    won = Counter(winning_learners(performance).values())
    if not won:
        return ()
    tried = Counter(candidate.learner for candidate in performance.candidates)
    ranked = sorted(tried, key=lambda name: (-won[name], name))
    n_scored = sum(won.values())
    rows = tuple((title_of(name), won[name], percent(won[name] / n_scored), tried[name]) for name in ranked)
    data = {
        "type": "bar",
        "orientation": "h",
        "x": [won[name] for name in ranked],
        "y": [title_of(name).replace(" ", "<br>", 1) for name in ranked],
        "marker": {"color": BLUE},
        "hovertemplate": "best on %{x} data sets<extra></extra>",
    }
    first, share = ranked[0], won[ranked[0]] / n_scored
    is_even = len(set(tried.values())) == 1
    uneven = "" if is_even else " Those with more configurations have more chances to win."
    caption = (
        f"{title_of(first).capitalize()} has the best configuration on {won[first]} of {n_scored} data sets "
        f"({percent(share)}), more often than any other learner; {sum(won[name] > 0 for name in ranked)} of "
        f"{len(ranked)} learners win somewhere.{uneven}"
    )
    axes = layout(
        x={"title": {"text": "data sets on which it was best"}},
        y={"autorange": "reversed", "showgrid": False},
        showlegend=False,
    )
    head = ("learner", "best on", "share", "configurations")
    grid = Grid("The same as a table", head, rows)
    return (Figure(f"figure-wins-{task}", caption, (data,), axes, grid, height=80 + 40 * len(ranked)),)
