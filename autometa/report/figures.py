"""Figure: marks, axes, a caption that says what is to be seen, and a table that says the same.

Colours are near those of Okabe & Ito 2008, "Color universal design", moved so far that any two of them are
at least 19 apart in CIELAB for every kind of colour vision, with a contrast of 3 or more against the page in
light and in dark; tests hold them to it. What a colour says, a symbol or a dash says, too. Texts and grid
lines take their colours from the page's style sheet.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from autometa.report.grids import Grid

BLUE, ORANGE, GREEN, PURPLE, GREY = "#2476E2", "#E95B01", "#1AA371", "#D662C1", "#6F7780"
HEIGHT = 340  # pixels
MAX_NAME = 18  # characters of a name beside an axis

Trace = dict[str, Any]
Layout = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of a page.

    Attributes:
        name: its name in links, unique on the page.
        caption: the finding, in words.
        data: traces as plotly.js takes them, JSON values.
        layout: likewise.
        grid: the same as a table.
        height: pixels.
        shrinks: whether it may be lower on a narrow screen.
    """

    name: str
    caption: str
    data: tuple[Trace, ...]
    layout: Layout
    grid: Grid
    height: int = HEIGHT
    shrinks: bool = False


def layout(*, x: Layout, y: Layout, **others: Any) -> Layout:
    """The layout that all figures share: no background, a legend below, and no dragging, which phones need.

    Args:
        x: of the horizontal axis.
        y: of the vertical axis.
        **others: further entries of plotly's layout.
    """
    title = {"font": {"size": 13}, "standoff": 8}
    axis = {"fixedrange": True, "automargin": True, "zeroline": False, "gridcolor": GREY, "linecolor": GREY}
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 13},
        "margin": {"l": 8, "r": 12, "t": 8, "b": 8},
        "dragmode": False,
        "hoverlabel": {"bgcolor": "#1d2733", "font": {"color": "#ffffff"}},
        "legend": {"orientation": "h", "x": 0, "y": -0.2, "yanchor": "top"},
        "xaxis": {**axis, **x, "title": {**title, **x.get("title", {})}},
        "yaxis": {**axis, **y, "title": {**title, **y.get("title", {})}},
        **others,
    }


def label(text: str, *, width: int = MAX_NAME) -> str:
    """A text as plotly may show it: cut to so many characters, and without the tags that plotly would obey.

    Args:
        text: of a stranger.
        width: most characters.
    """
    return escape(text if len(text) <= width else text[: width - 1] + "…", quote=False)


def numbers(values: Sequence[float | None]) -> list[float | None]:
    """Values as JSON takes them: what is not finite becomes null, a gap in a line."""
    return [None if one is None or not math.isfinite(one) else float(one) for one in values]
