"""Advice as people read it."""

import json
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from autometa.learners.catalogue import BASE_LEARNERS, BOOSTING_LEARNERS
from autometa.warmstart import Advice, Recommendation
from autometa.warmstart.probing import N_PROBES, Probe
from autometa_cli.tables import dataset_sentence

if TYPE_CHECKING:
    from autometa.readers import Table
    from autometa.search_space import Configuration

TITLES = {member.name: member.title for member in BASE_LEARNERS + BOOSTING_LEARNERS}
WIDTH = 100
INDENT = "     "


def advice_text(table: "Table", advice: Advice, seconds: float, *, probe_seconds: float | None = None) -> str:
    """The whole answer of `autometa suggest`.

    Args:
        table: what was read.
        advice: what is suggested.
        seconds: wall time that it took.
        probe_seconds: that probes might take; None if none were asked for.
    """
    parts = [
        _table_lines(table),
        _neighbor_lines(advice),
        *([] if probe_seconds is None else [_probe_lines(advice, probe_seconds)]),
        _suggestion_lines(advice),
        [f"{seconds:.1f} s, no search was run. --python FILE writes a script for the first one."],
    ]
    return "\n\n".join("\n".join(lines) for lines in parts)


def _table_lines(table: "Table") -> list[str]:
    notes = [line for note in table.notes for line in _wrapped(note, "  - ", "    ")]
    return [*_wrapped(dataset_sentence(table.dataset), "", "  "), *notes]


def _neighbor_lines(advice: Advice) -> list[str]:
    scale = f"distance 0 is the same; half of them are beyond {advice.median_distance:.3g}"
    lines = [f"Most similar of the {advice.n_known} known data sets ({scale}):"]
    lines += [f"  {one.distance:.3f}  {one.name}" for one in advice.neighbors]
    warnings = [f"{sentence}, so the forecasts are extrapolations." for sentence in advice.outside]
    if advice.novelty.is_novel:
        warnings += ["this table is unlike everything known; what follows does well in general."]
    lines += [line for warning in warnings for line in _wrapped(f"Warning: {warning}", "  ", "  ")]
    return lines


def _probe_lines(advice: Advice, probe_seconds: float) -> list[str]:
    if not advice.probes:
        return _wrapped(f"Probed: nothing was finished in {probe_seconds:g} s. Try --probe 10.", "", "  ")
    metric, n_rows = advice.metric.replace("_", " "), advice.probes[0].n_rows
    head = f"Probed ({metric}, cross-validated on {n_rows} rows; past data sets that agree count more):"
    lines = [line for one in advice.probes for line in _one_probe(one, advice.metric)]
    missing = [f"  fewer than {N_PROBES} finished in {probe_seconds:g} s; more may tell more"]
    return [head, *lines, *(missing if len(advice.probes) < N_PROBES else [])]


def _one_probe(one: Probe, metric: str) -> Iterator[str]:
    title = TITLES.get(one.candidate.learner, one.candidate.learner)
    score = f"{one.scores[metric]:.3g}" if metric in one.scores else "none"
    yield f"{score:>7}  {title:<43} {one.seconds:.1f} s"
    yield from _wrapped(_params(one.candidate.params), INDENT * 2, INDENT * 2)


def _suggestion_lines(advice: Advice) -> list[str]:
    better = "higher" if advice.direction == "maximize" else "lower"
    metric = advice.metric.replace("_", " ")
    head = f"Try first (expected {metric}, {better} is better; in brackets: holds 4 times in 5):"
    return [head, *(line for one in advice.recommendations for line in _one(one))]


def _one(one: Recommendation) -> Iterator[str]:
    title = TITLES.get(one.learner, one.learner) + (", library default" if one.is_default else "")
    score = "" if one.expected_score is None else f"{one.expected_score:.3g}"
    if one.score_interval is not None:
        score += f" [{one.score_interval[0]:.3g}, {one.score_interval[1]:.3g}]"
    yield f"{one.rank:>3}. {title:<46} {score:<24} {_duration(one.expected_fit_seconds)}"
    yield from _wrapped(_params(one.params), INDENT, INDENT)
    if one.evidence:
        seen = "; ".join(f"{e.dataset} (place {e.place}, distance {e.distance:.2f})" for e in one.evidence)
        yield from _wrapped(f"among the best on {seen}", INDENT, INDENT)


def _params(params: "Configuration") -> str:
    return ", ".join(f"{name}={_value(value)}" for name, value in params.items())


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 0.1:
        return "under 0.1 s a fit"
    if seconds < 120:
        return f"about {seconds:.2g} s a fit"
    return f"about {seconds / 60:.2g} min a fit" if seconds < 7200 else f"about {seconds / 3600:.2g} h a fit"


def _value(value: object) -> str:
    return (
        f"{value:.4g}"
        if isinstance(value, float)
        else json.dumps(value)
        if isinstance(value, str)
        else str(value)
    )


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=rest)
