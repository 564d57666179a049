"""The section on what suggestions are worth: their regret on data sets held out, against random search."""

from autometa.report.figures import BLUE, GREY, Figure, Trace, layout
from autometa.report.grids import Grid
from autometa.report.held_out import HeldOut
from autometa.report.page import Section
from autometa.report.words import score


def held_out_section(found: HeldOut, *, task: str) -> Section:
    """The regret curves with their finding.

    Args:
        found: on the known data sets.
        task: of them.
    """
    about = (
        f"Each of {found.n_datasets:,} known data sets was taken as if it were new, held out with its copies "
        "and variants, and given the portfolio of the others, without any similarity. Regret 0 is the best "
        "configuration tried there, 1 a constant prediction or the worst one."
    )
    trials = list(range(1, len(found.portfolio) + 1))
    rows = tuple(
        (str(trial), float(mean), float(low), float(high), float(cold))
        for trial, mean, (low, high), cold in zip(
            trials, found.portfolio, found.interval.tolist(), found.chance[: len(trials)], strict=True
        )
    )
    figure = Figure(
        name=f"figure-held-out-{task}",
        caption=_caption(found),
        data=tuple(_traces(found, trials)),
        layout=layout(
            x={"title": {"text": "trials"}, "rangemode": "tozero"},
            y={"title": {"text": "regret of the best so far"}, "rangemode": "tozero"},
        ),
        grid=Grid("The curves as a table", ("trials", "portfolio", "from", "to", "random"), rows),
        height=360,
    )
    return Section(f"held-out-{task}", f"What suggestions are worth: {task}", (about, figure))


def _traces(found: HeldOut, trials: list[int]) -> list[Trace]:
    common = {"type": "scatter", "mode": "lines+markers", "x": trials}
    hover = {"hovertemplate": "%{y:.3f} after %{x}<extra></extra>"}
    mean, interval = found.portfolio, found.interval
    errors = {
        "type": "data",
        "symmetric": False,
        "array": (interval[:, 1] - mean).tolist(),
        "arrayminus": (mean - interval[:, 0]).tolist(),
        "color": BLUE,
        "thickness": 1.5,
        "width": 3,
    }
    warm = {"name": "portfolio, with 95 % interval", "y": mean.tolist(), "error_y": errors}
    cold = {"name": "random search, expected", "y": found.chance[: len(trials)].tolist()}
    return [
        common
        | hover
        | warm
        | {"line": {"color": BLUE, "width": 2.5}, "marker": {"symbol": "circle", "size": 7}},
        common
        | hover
        | cold
        | {
            "line": {"color": GREY, "width": 2, "dash": "dash"},
            "marker": {"symbol": "square-open", "size": 7},
        },
    ]


def _caption(found: HeldOut) -> str:
    at = min(5, len(found.portfolio))
    same = found.random_trials_for(at)
    than = "better than any number of" if same is None else f"as good as {same}"
    warm, cold = found.portfolio, found.chance
    return (
        f"The first {at} suggestions are {than} random trials: they leave a regret of {score(warm[at - 1])}, "
        f"and {at} random trials {score(cold[at - 1])}; after one trial it is {score(warm[0])} against "
        f"{score(cold[0])}."
    )
