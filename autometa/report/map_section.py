"""The section with the map: known data sets, near where the same things work, and the new one among them."""

import math

from autometa.dataset import FloatArray
from autometa.report.figures import BLUE, GREEN, GREY, ORANGE, PURPLE, Figure, Layout, Trace, label, layout
from autometa.report.grids import Grid
from autometa.report.known_map import KnownMap
from autometa.report.learner_kinds import KIND_TITLES, LINEAR, OTHERS, TREES, UNSCORED
from autometa.report.page import Section
from autometa.report.words import listed, percent

N_MARKED = 5  # nearest data sets that are pointed out
MARKS = {
    LINEAR: (BLUE, "circle"),
    TREES: (ORANGE, "triangle-up"),
    OTHERS: (GREEN, "square"),
    UNSCORED: (GREY, "x-thin-open"),
}
HEIGHT = 440
BEYOND = 0.04  # of the span of the map, left free at each side


def map_section(drawn: KnownMap, *, task: str, name: str | None = None, is_learned: bool = True) -> Section:
    """The map with its finding.

    Args:
        drawn: the map.
        task: of all data sets on it.
        name: of the new data set; None where there is none.
        is_learned: whether the distances were learned from what worked on the data sets.
    """
    anchor = "map" if name is not None else f"map-{task}"
    figure = Figure(
        name=f"figure-{anchor}",
        caption=_caption(drawn, name, is_learned=is_learned),
        data=tuple(_traces(drawn, name)),
        layout=_layout(drawn),
        grid=_grid(drawn),
        height=HEIGHT,
        shrinks=True,
    )
    learned = (
        "learned from which configurations worked on them" if is_learned else "a plain one, nothing learned"
    )
    cut = f" {len(drawn.infos):,} of {drawn.n_known:,} are drawn." if len(drawn.infos) < drawn.n_known else ""
    sure = (
        ""
        if math.isnan(drawn.fidelity)
        else f" Drawn and true distances correlate with {drawn.fidelity:.2f}."
    )
    how = (
        "Every mark is a data set; its shape says what kind of learner was the best there: linear, trees "
        "(forests and boosting), or another (kernels, neighbours, networks). The closer two marks, the more "
        f"alike the data sets, by a distance that is {learned}; the axes have no meaning of their own."
        f"{sure}{cut}"
    )
    title = f"Map of known data sets: {task}" if name is None else "The map of known data sets"
    return Section(anchor, title, (how, figure))


def _traces(drawn: KnownMap, name: str | None) -> list[Trace]:
    coordinates = drawn.coordinates
    traces = []
    for kind, (color, symbol) in MARKS.items():
        places = [place for place, winner in enumerate(drawn.winners) if winner == kind]
        if places:
            marker = {"color": color, "symbol": symbol, "size": 8, "opacity": 0.85}
            traces.append(
                _points(coordinates[places], KIND_TITLES[kind], marker)
                | {
                    "hovertext": [label(drawn.infos[place].name, width=40) for place in places],
                }
            )
    if name is not None:
        traces += [_marked(drawn), _query(coordinates[-1:], name)]
    return traces


def _points(coordinates: FloatArray, name: str, marker: Layout) -> Trace:
    x, y = coordinates.T.tolist()
    points = {"type": "scatter", "mode": "markers", "x": x, "y": y, "name": name, "marker": marker}
    return points | {"hovertemplate": "%{hovertext}<extra></extra>"}


def _marked(drawn: KnownMap) -> Trace:
    """Rings around the nearest data sets."""
    places = drawn.nearest(N_MARKED)
    rings = {"color": "rgba(0,0,0,0)", "size": 16, "line": {"color": PURPLE, "width": 1.5}}
    trace = _points(drawn.coordinates[places], f"{len(places)} nearest", rings)
    return trace | {"hovertext": [label(drawn.infos[place].name, width=40) for place in places]}


def _query(coordinates: FloatArray, name: str) -> Trace:
    star = {"color": PURPLE, "symbol": "star", "size": 18, "line": {"color": "#ffffff", "width": 1}}
    return _points(coordinates, label(name), star) | {"hovertext": [label(name, width=40)]}


def _layout(drawn: KnownMap) -> Layout:
    hidden = {"showticklabels": False, "ticks": "", "showgrid": False, "showline": False}
    low, high = drawn.coordinates.min(axis=0), drawn.coordinates.max(axis=0)
    room = BEYOND * float(max((high - low).max(), 1e-9))
    ranges = [[float(a) - room, float(b) + room] for a, b in zip(low, high, strict=True)]
    return layout(
        x=hidden | {"range": ranges[0], "constrain": "domain"},
        y=hidden | {"range": ranges[1], "scaleanchor": "x"},
        legend={"orientation": "h", "x": 0, "y": -0.02, "yanchor": "top"},
    )


def _caption(drawn: KnownMap, name: str | None, *, is_learned: bool) -> str:
    same, chance = drawn.agreement()
    seen = ", which the distance was learned from" if is_learned else ""
    neighbours = (
        ""
        if math.isnan(same)
        else f"The nearest neighbour of a data set was won by the same kind of learner in {percent(same)} of "
        f"all cases{seen}; by chance it would be {percent(chance)}."
    )
    if name is None:
        return neighbours or "No data set has a score yet."
    places = drawn.nearest(N_MARKED)
    first = drawn.infos[places[0]].name
    counts = {kind: sum(drawn.winners[place] == kind for place in places) for kind in MARKS}
    won = [f"{count} {KIND_TITLES[kind]}" for kind, count in counts.items() if count]
    of = f" Of its {len(places)} nearest (rings), {listed(won)}."
    distance = float(drawn.distances[-1, places[0]])
    return f"{name} (star) lies nearest to {first}, at a distance of {distance:.2f}.{of} {neighbours}".strip()


def _grid(drawn: KnownMap) -> Grid:
    order = drawn.nearest(len(drawn.infos)) if drawn.has_query else range(len(drawn.infos))
    rows = []
    for place in order:
        info = drawn.infos[place]
        distance = (float(drawn.distances[-1, place]),) if drawn.has_query else ()
        won = KIND_TITLES[drawn.winners[place]]
        rows.append((info.name, *distance, info.n_rows, info.n_columns, info.n_classes or None, won))
    head = ("data set", *(("distance",) if drawn.has_query else ()), "rows", "columns", "classes", "winner")
    return Grid(f"The {len(rows):,} data sets on the map as a table", head, tuple(rows))
