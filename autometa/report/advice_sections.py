"""The sections on the advice: how the neighbours voted, and the suggestions with their intervals."""

import textwrap

import numpy as np

from autometa.dataset import Dataset
from autometa.report.figures import BLUE, GREY, Figure, label, layout, numbers
from autometa.report.grids import Grid
from autometa.report.learner_kinds import title_of
from autometa.report.page import Notes, Section
from autometa.report.table_section import dataset_sentence
from autometa.report.votes import Votes
from autometa.report.words import configuration_text, duration, metric_words, percent, score
from autometa.warmstart.advice import Advice, Recommendation

TICK_WIDTH = 18  # characters of a line beside the axis
SHADES = ("#08306b", "#2f6fae", "#a9cbe8", "#e3edf5")  # one hue by lightness; figures on them are legible
SHADE_ENDS = (0.1, 0.25, 0.5, 1.0)  # best tenth, best quarter, best half, the rest


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
        f"counts by its similarity; half of the {advice.n_known:,} known data sets are farther than "
        f"{advice.median_distance:.3g}. Numbers are places, 1 is the best there; a star is support; the "
        "darker, the better: best tenth, quarter, half, and the rest."
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
        "z": [numbers(row) for row in votes.standing.tolist()],
        "customdata": [numbers(row) for row in votes.regrets.tolist()],
        "text": text,
        "texttemplate": "%{text}",
        "colorscale": _steps(),
        "zmin": 0.0,
        "zmax": 1.0,
        "showscale": False,
        "xgap": 2,
        "ygap": 2,
        "hovertemplate": "suggestion %{x} on %{y}: place %{text}, regret %{customdata:.2f}<extra></extra>",
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


def _steps() -> list[list[float | str]]:
    """A colour scale of four steps."""
    starts = (0.0, *SHADE_ENDS[:-1])
    return [
        [end, shade]
        for ends in zip(starts, SHADE_ENDS, SHADES, strict=True)
        for end, shade in ((ends[0], ends[2]), (ends[1], ends[2]))
    ]


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
    regrets = votes.regrets[:, 0][~np.isnan(votes.regrets[:, 0])]
    reaches = (
        f" On average over them, suggestion 1 gets {percent(1.0 - float(regrets.mean()))} of the way from a "
        "constant prediction, or the worst, to the best configuration."
        if len(regrets)
        else ""
    )
    return (
        f"{backed}{reaches} Together these {q} hold {percent(share)} of the weight; all others counted, the "
        f"advice is as good as an average over {votes.n_effective:.0f} data sets."
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


def suggestions_section(advice: Advice, dataset: Dataset) -> Section:
    """The configurations to try first.

    Args:
        advice: suggestions with forecasts.
        dataset: that they are for.
    """
    about = dataset_sentence(dataset) + "."
    texts = Notes(tuple(_sentence(one) for one in advice.recommendations), is_numbered=True)
    forecast = [one for one in advice.recommendations if one.score_interval is not None]
    if not forecast:
        text = "Too little is known to forecast scores; the order is that of the portfolio."
        return Section("suggestions", "What to try first", (about, text, texts))
    return Section("suggestions", "What to try first", (about, _suggestions_figure(advice, forecast), texts))


def _sentence(one: Recommendation) -> str:
    """The whole suggestion in words."""
    default = ", library default" if one.is_default else ""
    cost = duration(one.expected_fit_seconds)
    takes = "" if cost is None else f" A fit takes {cost}."
    seen = "; ".join(f"{e.dataset} (place {e.place}, distance {e.distance:.2f})" for e in one.evidence)
    among = f" Among the best on {seen}." if seen else ""
    title = title_of(one.learner).capitalize()
    return f"{title}{default}: {configuration_text(one.params)}.{takes}{among}"


def _suggestions_figure(advice: Advice, forecast: list[Recommendation]) -> Figure:
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
    axes = layout(
        x={"title": {"text": f"expected {metric_words(advice.metric)}"}},
        y={"autorange": "reversed", "type": "category"},
        showlegend=False,
    )
    return Figure(
        name="figure-suggestions",
        caption=_suggestions_caption(advice, forecast, intervals),
        data=(data,),
        layout=axes,
        grid=_suggestions_grid(forecast),
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
    better = "higher" if advice.direction == "maximize" else "lower"
    metric = f"{metric_words(advice.metric)} ({better} is better)"
    said = (
        f"Try {title_of(first.learner)} first: a {metric} of {expected} is expected; "
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


def _suggestions_grid(forecast: list[Recommendation]) -> Grid:
    rows = []
    for one in forecast:
        low, high = one.score_interval or (None, None)
        rows.append((_tick(one).replace("<br>", " "), one.expected_score, low, high))
    return Grid("The forecasts as a table", ("suggestion", "expected", "from", "to"), tuple(rows))
