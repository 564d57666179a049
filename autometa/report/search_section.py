"""The section on a search: every trial with who chose it, the best so far, and a cold search beside it."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping

import numpy as np

from autometa.report.figures import BLUE, GREEN, GREY, ORANGE, PURPLE, Figure, Trace, label, layout, numbers
from autometa.report.grids import Grid
from autometa.report.page import Section
from autometa.report.searches import Search, SearchTrial
from autometa.report.words import counted, listed, metric_words, percent, score

ORIGINS = {  # title, colour, symbol
    "enqueued": ("recommended", PURPLE, "star"),
    "portfolio": ("portfolio", PURPLE, "diamond"),
    "transfer": ("posterior over past studies", BLUE, "circle"),
    "probe": ("probe", GREEN, "triangle-up"),
    "base": ("base sampler", ORANGE, "square"),
    "other": ("not by a warm sampler", GREY, "circle-open"),
}
UNWEIGHED = ("enqueued", "other")  # origins of trials whose choice nobody weighed
MAX_TRIALS = 300  # in the table: the last ones, and all that were the best when they came
MAX_SOURCES = 10
SHOWN_SPREAD = 1.5  # interquartile ranges below the lower quartile, beyond which bad values are not drawn


def search_section(
    search: Search,
    cold: Search | None = None,
    *,
    names: Mapping[str, str] | None = None,
    number: int = 1,
) -> Section:
    """The search with its findings.

    Args:
        search: at least one trial.
        cold: the same problem without past studies, where there is such a search.
        names: titles of past studies' data sets by id; the ids themselves where None.
        number: of the search on its page, from 1.
    """
    anchor = f"search-{number}"
    figures = [_incumbents(search, cold, anchor)]
    if search.is_explained:
        figures.append(_origins(search, names or {}, anchor))
    states = Counter(trial.state for trial in search.trials)
    ended = listed([f"{count:,} {state}" for state, count in states.items()])
    about = f"{counted(len(search.trials), 'trial')} ({ended}), to {search.direction}."
    return Section(anchor, f"The search: {search.name}", (about, *figures))


def _incumbents(search: Search, cold: Search | None, anchor: str) -> Figure:
    traces = [_incumbent(search, "best so far", dash="solid", color=BLUE)]
    if cold is not None:
        traces.append(_incumbent(cold, "best so far, cold search", dash="dash", color=GREY))
    drawn = _visible(search)
    for origin, (title, color, symbol) in ORIGINS.items():
        trials = [trial for trial in drawn if trial.origin == origin]
        if trials:
            x, y = [trial.number + 1 for trial in trials], [trial.value or 0.0 for trial in trials]
            traces.append(_marks(x, y, title, color=color, symbol=symbol))
    axes = layout(
        x={"title": {"text": "trial"}, "rangemode": "tozero"},
        y={"title": {"text": label(metric_words(search.metric), width=30)}},
    )
    return Figure(
        name=f"figure-{anchor}",
        caption=_caption(search, cold, n_hidden=sum(t.value is not None for t in search.trials) - len(drawn)),
        data=tuple(traces),
        layout=axes,
        grid=_grid(search, cold),
        height=400,
    )


def _incumbent(search: Search, name: str, *, dash: str, color: str) -> Trace:
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": list(range(1, len(search.trials) + 1)),
        "y": numbers(search.incumbents().tolist()),
        "line": {"shape": "hv", "dash": dash, "color": color, "width": 2.5},
        "hovertemplate": "%{y:.4g} after %{x}<extra></extra>",
    }


def _marks(x: list[int], y: list[float], title: str, *, color: str, symbol: str) -> Trace:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": title,
        "x": x,
        "y": y,
        "marker": {"color": color, "symbol": symbol, "size": 9},
        "hovertemplate": "trial %{x}: %{y:.4g}<extra></extra>",
    }


def _visible(search: Search) -> list[SearchTrial]:
    """Trials with a value, without those so bad that nothing else could be told apart beside them."""
    scored = [trial for trial in search.trials if trial.value is not None]
    if not scored:
        return []
    sign = 1.0 if search.direction == "maximize" else -1.0
    gains = sign * np.array([trial.value for trial in scored], dtype=float)
    lower, upper = np.quantile(gains, [0.25, 0.75])
    floor = lower - SHOWN_SPREAD * (upper - lower)
    return [trial for trial, gain in zip(scored, gains, strict=True) if gain >= floor]


def _caption(search: Search, cold: Search | None, *, n_hidden: int) -> str:
    best = search.best()
    hidden = (
        f" {counted(n_hidden, 'trial')} far worse {'is' if n_hidden == 1 else 'are'} not drawn."
        if n_hidden
        else ""
    )
    if best is None:
        return "No trial has a value yet."
    title = ORIGINS[best.origin][0]
    by = f", chosen by: {title}" if search.is_explained else ""
    value, n_trials = score(best.value or 0.0), len(search.trials)
    found = f"The best value, {value}, came at trial {best.number + 1} of {n_trials}{by}."
    return f"{found}{_against(search, cold)}{hidden}"


def _against(search: Search, cold: Search | None) -> str:
    end = None if cold is None else cold.best()
    if cold is None or end is None or end.value is None:
        return ""
    n_cold = cold.trials_to_reach(end.value)
    n_warm = search.trials_to_reach(end.value)
    reached = f" The cold search found its best, {score(end.value)}, at trial {n_cold} of {len(cold.trials)};"
    if n_warm is None:
        return f"{reached} this one never got there."
    return f"{reached} this one was as good after {counted(n_warm, 'trial')}."


def _grid(search: Search, cold: Search | None) -> Grid:
    incumbents = search.incumbents()
    others = [None] * 0 if cold is None else numbers(cold.incumbents().tolist())
    kept = _kept(search)
    rows = []
    for place in kept:
        trial = search.trials[place]
        beside = () if cold is None else (others[place] if place < len(others) else None,)
        origin = ORIGINS[trial.origin][0]
        so_far = numbers([float(incumbents[place])])[0]
        rows.append((f"{trial.number + 1}", trial.value, trial.state, origin, so_far, *beside, trial.params))
    cut = f"; {len(kept)} of {len(search.trials)}" if len(kept) < len(search.trials) else ""
    head = (
        "trial",
        "value",
        "state",
        "chosen by",
        "best so far",
        *(() if cold is None else ("cold",)),
        "parameters",
    )
    return Grid(f"The trials as a table{cut}", head, tuple(rows))


def _kept(search: Search) -> list[int]:
    if len(search.trials) <= MAX_TRIALS:
        return list(range(len(search.trials)))
    incumbents = search.incumbents()
    better = np.flatnonzero(np.diff(incumbents, prepend=np.nan) != 0)
    last = range(len(search.trials) - MAX_TRIALS, len(search.trials))
    return sorted({*better.tolist(), *last})


def _origins(search: Search, names: Mapping[str, str], anchor: str) -> Figure:
    """How much of each trial's choice rested on past studies."""
    shares = _source_shares(search, names)
    axes = layout(
        x={"title": {"text": "trial"}, "rangemode": "tozero"},
        y={"title": {"text": "rests on past studies, %"}, "range": [-4, 104]},
    )
    rows = tuple((name, percent(share)) for name, share in shares.items())
    return Figure(
        name=f"figure-{anchor}-origins",
        caption=_origins_caption(search, shares),
        data=tuple(_stems(search)),
        layout=axes,
        grid=Grid("The past studies that weighed most, over all trials", ("past study", "mean share"), rows),
        height=300,
    )


def _stems(search: Search) -> Iterator[Trace]:
    """A mark with a stem for every trial whose sampler said how much rested on past studies."""
    for origin, (title, color, symbol) in ORIGINS.items():
        trials = [trial for trial in search.trials if trial.origin == origin]
        if trials and origin not in UNWEIGHED:
            shares = [100.0 * trial.transfer_share for trial in trials]
            stems = {"type": "data", "symmetric": False, "array": [0.0] * len(trials), "arrayminus": shares}
            yield _marks(
                [trial.number + 1 for trial in trials], shares, title, color=color, symbol=symbol
            ) | {
                "error_y": stems | {"color": color, "width": 0, "thickness": 3},
                "hovertemplate": "trial %{x}: %{y:.0f} %<extra></extra>",
            }


def _source_shares(search: Search, names: Mapping[str, str]) -> dict[str, float]:
    """Mean share of each past study over the trials that name any, the largest first."""
    sums: defaultdict[str, float] = defaultdict(float)
    naming = [trial for trial in search.trials if trial.sources]
    for trial in naming:
        for source, share in trial.sources.items():
            sums[names.get(source, source)] += share / len(naming)
    ranked = sorted(sums.items(), key=lambda item: (-item[1], item[0]))
    return dict(ranked[:MAX_SOURCES])


def _origins_caption(search: Search, shares: Mapping[str, float]) -> str:
    counts = Counter(trial.origin for trial in search.trials)
    chosen = listed([f"{ORIGINS[origin][0]} {counts[origin]}" for origin in ORIGINS if counts[origin]])
    named = list(shares.items())[:3]
    weighed = (
        f" Most weight had {listed([f'{name} ({percent(share)})' for name, share in named])}."
        if named
        else ""
    )
    return f"Who chose how many trials: {chosen}.{weighed}"
