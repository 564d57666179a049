"""The sections on the advice: how the neighbours voted, and the suggestions with their intervals."""

import textwrap

import numpy as np

from autometa.report.figures import BLUE, GREY, Figure, label, layout, numbers
from autometa.report.grids import Grid
from autometa.report.learner_kinds import title_of
from autometa.report.page import Notes, Section
from autometa.report.votes import Votes
from autometa.report.words import configuration_text, duration, metric_words, percent, score
from autometa.warmstart.advice import Advice, Recommendation

TICK_WIDTH = 18  # characters of a line beside the axis
REGRETS = [[0.0, "#08306b"], [0.25, "#2a6fb0"], [0.6, "#9cc3e0"], [1.0, "#e8edf1"]]  # one hue, by lightness


def votes_section(advice: Advice, votes: Votes) -> Section:
    """Which suggestions each neighbour supports.

    Args:
        advice: neighbours and suggestions.
        votes: of these.
    """
    warnings = [f"{sentence}, so the forecasts are extrapolations." for sentence in advice.outside]
    if advice.novelty.is_novel:
        warnings.append("This table is unlike everything known; what is suggested does well in general.")
    about = (
        f"A neighbour supports a configuration that is among the best tenth of those tried there. Its word "
        f"counts by its similarity. Half of the {advice.n_known:,} known data sets are farther than "
        f"{advice.median_distance:.3g}."
    )
    texts: tuple[Notes, ...] = (Notes(tuple(warnings)),) if warnings else ()
    return Section("votes", "Neighbours and their votes", (about, *texts, _votes_figure(advice, votes)))


def _votes_figure(advice: Advice, votes: Votes) -> Figure:
    rows = [f"{row}. {label(name, width=16)}" for row, name in enumerate(votes.neighbors, start=1)]
    columns = [str(one.rank) for one in advice.recommendations]
    text = [
        [f"{place}{'★' if good else ''}" if place else "" for place, good in zip(*pair, strict=True)]
        for pair in zip(votes.places.tolist(), votes.supports.tolist(), strict=True)
    ]
    data = {
        "type": "heatmap",
        "x": columns,
        "y": rows,
        "z": [numbers(row) for row in votes.regrets.tolist()],
        "text": text,
        "texttemplate": "%{text}",
        "colorscale": REGRETS,
        "zmin": 0.0,
        "zmax": 1.0,
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "hovertemplate": "suggestion %{x} on %{y}: place %{text}, regret %{z:.2f}<extra></extra>",
    }
    axes = layout(
        x={"type": "category", "title": {"text": "suggestion"}, "showgrid": False},
        y={"autorange": "reversed", "showgrid": False},
    )
    return Figure(
        name="figure-votes",
        caption=_votes_caption(advice, votes),
        data=(data,),
        layout=axes,
        grid=_votes_grid(advice, votes),
        height=90 + 42 * len(rows),
    )


def _votes_caption(advice: Advice, votes: Votes) -> str:
    supporters = votes.supports.sum(axis=0)
    most = int(supporters.argmax())
    q, best = len(votes.neighbors), advice.recommendations[most]
    backed = (
        f"Suggestion {best.rank} ({title_of(best.learner)}) has the most support: it is among the best "
        f"tenth on {supporters[most]} of the {q} nearest data sets."
        if supporters[most]
        else f"None of the suggestions is among the best tenth on any of the {q} nearest data sets."
    )
    share = float(np.nansum(votes.weights))
    return (
        f"{backed} Together these {q} hold {percent(share)} of the weight; all others counted, the advice is "
        f"as good as an average over {votes.n_effective:.0f} data sets. Numbers are places (1 is the best "
        "there), a star is support, and the darker a cell, the closer to the best."
    )


def _votes_grid(advice: Advice, votes: Votes) -> Grid:
    ranks = [one.rank for one in advice.recommendations]
    rows = []
    for row, name in enumerate(votes.neighbors):
        weight = votes.weights[row]
        winner = votes.winners[row]
        rows.append(
            (
                name,
                float(votes.distances[row]),
                None if np.isnan(weight) else percent(float(weight)),
                None if winner is None else title_of(winner),
                int(votes.n_tried[row]),
                *(int(place) or None for place in votes.places[row]),
            )
        )
    places = tuple(f"place of {rank}" for rank in ranks)
    head = ("neighbour", "distance", "weight", "best there", "tried", *places)
    return Grid("The votes as a table", head, tuple(rows))


def suggestions_section(advice: Advice) -> Section:
    """The configurations to try first.

    Args:
        advice: suggestions with forecasts.
    """
    grid = _suggestions_grid(advice)
    forecast = [one for one in advice.recommendations if one.score_interval is not None]
    if not forecast:
        text = "Too little is known to forecast scores; the order is that of the portfolio."
        return Section("suggestions", "What to try first", (text, grid))
    return Section("suggestions", "What to try first", (_suggestions_figure(advice, forecast, grid),))


def _suggestions_figure(advice: Advice, forecast: list[Recommendation], grid: Grid) -> Figure:
    expected = np.array([one.expected_score for one in forecast], dtype=float)
    intervals = np.array([one.score_interval for one in forecast], dtype=float)  # (n, 2)
    colors = [GREY if one.is_default else BLUE for one in forecast]
    data = {
        "type": "scatter",
        "mode": "markers",
        "x": expected.tolist(),
        "y": [_tick(one) for one in forecast],
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": (intervals[:, 1] - expected).tolist(),
            "arrayminus": (expected - intervals[:, 0]).tolist(),
            "color": GREY,
            "thickness": 2,
            "width": 5,
        },
        "marker": {
            "size": 12,
            "color": colors,
            "symbol": ["diamond" if one.is_default else "circle" for one in forecast],
        },
        "hovertemplate": "%{x:.4g}<extra></extra>",
    }
    better = "higher" if advice.direction == "maximize" else "lower"
    axes = layout(
        x={"title": {"text": f"expected {metric_words(advice.metric)} ({better} is better)"}},
        y={"autorange": "reversed", "type": "category"},
        showlegend=False,
    )
    return Figure(
        name="figure-suggestions",
        caption=_suggestions_caption(advice, forecast, intervals),
        data=(data,),
        layout=axes,
        grid=grid,
        height=90 + 54 * len(forecast),
    )


def _tick(one: Recommendation) -> str:
    default = " (default)" if one.is_default else ""
    text = label(f"{one.rank}. {title_of(one.learner)}{default}", width=60)
    return "<br>".join(textwrap.wrap(text, TICK_WIDTH))


def _suggestions_caption(advice: Advice, forecast: list[Recommendation], intervals: np.ndarray) -> str:
    first = forecast[0]
    low, high = (float(end) for end in intervals[0])
    expected = score(first.expected_score or 0.0)
    said = (
        f"Try {title_of(first.learner)} first: {metric_words(advice.metric)} {expected} is expected; "
        f"4 times in 5 it ends between {score(low)} and {score(high)}."
    )
    overlap = float(intervals[:, 0].max()) <= float(intervals[:, 1].min())
    order = (
        "All intervals overlap, so the forecasts do not tell the suggestions apart; the order is by what "
        "each adds on data sets where those before it do badly."
        if overlap and len(forecast) > 1
        else "The order is by what each adds on data sets where those before it do badly."
    )
    return f"{said} {order} Diamonds are library defaults."


def _suggestions_grid(advice: Advice) -> Grid:
    rows = []
    for one in advice.recommendations:
        low, high = one.score_interval or (None, None)
        seen = "; ".join(f"{e.dataset} (place {e.place}, distance {e.distance:.2f})" for e in one.evidence)
        default = ", library default" if one.is_default else ""
        title = f"{one.rank}. {title_of(one.learner)}{default}"
        cost = duration(one.expected_fit_seconds)
        rows.append(
            (title, one.expected_score, low, high, cost, configuration_text(one.params), seen or None)
        )
    head = ("suggestion", "expected", "from", "to", "a fit takes", "configuration", "among the best on")
    return Grid("The suggestions with configurations and evidence", head, tuple(rows), is_open=True)
