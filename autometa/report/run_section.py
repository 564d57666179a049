"""The section on a training run: its facts and its learning curves."""

from autometa.report.figures import BLUE, ORANGE, Figure, Trace, layout, numbers
from autometa.report.grids import Grid
from autometa.report.page import Section
from autometa.report.runs import Curve, LearningRun, Line

STYLES = ((BLUE, "solid", "circle"), (ORANGE, "dash", "diamond"))
MAX_MARKERS = 40  # of a line; one with more points is drawn without
MAX_ROWS = 100  # of a table, evenly spaced


def run_section(run: LearningRun, *, number: int = 1) -> Section:
    """The run with its findings.

    Args:
        run: a training.
        number: of the run on its page, from 1.
    """
    anchor = f"run-{number}"
    facts = Grid("What was trained", ("what", "value"), run.facts, is_open=True)
    figures = tuple(_figure(curve, anchor) for curve in run.curves)
    begun = () if figures else ("The run has no metrics yet; wait for its first steps.",)
    return Section(anchor, f"Training: {run.name} ({run.kind})", (facts, *begun, *figures))


def _figure(curve: Curve, anchor: str) -> Figure:
    axes = layout(
        x={"title": {"text": curve.x_title}},
        y={"title": {"text": curve.y_title}, **({"type": "log"} if curve.is_log else {})},
        showlegend=len(curve.lines) > 1,
    )
    data = tuple(_trace(line, STYLES[place % len(STYLES)]) for place, line in enumerate(curve.lines))
    return Figure(f"figure-{anchor}-{curve.name}", curve.caption, data, axes, _grid(curve), height=320)


def _trace(line: Line, style: tuple[str, str, str]) -> Trace:
    color, dash, symbol = style
    trace: Trace = {
        "type": "scatter",
        "mode": "lines+markers" if len(line.x) <= MAX_MARKERS else "lines",
        "name": line.name,
        "x": list(line.x),
        "y": numbers(line.y),
        "line": {"color": color, "dash": dash, "width": 2},
        "marker": {"color": color, "symbol": symbol, "size": 7},
        "hovertemplate": "%{y:.4g} at %{x}<extra></extra>",
    }
    if line.half_widths:
        trace["error_y"] = {
            "type": "data",
            "array": numbers(line.half_widths),
            "color": color,
            "thickness": 1.5,
        }
    return trace


def _grid(curve: Curve) -> Grid:
    rows = []
    for line in curve.lines:
        every = -(-len(line.x) // MAX_ROWS)
        for place in range((len(line.x) - 1) % every, len(line.x), every):
            width = line.half_widths[place] if line.half_widths else None
            rows.append((line.name, f"{line.x[place]:,g}", line.y[place], width))
    head = ("line", curve.x_title, curve.y_title, "± (95 %)")
    return Grid("The curve as a table", head, tuple(rows))
