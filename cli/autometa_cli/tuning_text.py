"""What a search found, as people read it."""

import textwrap
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from autometa.tuning import TriedConfiguration, TunedTable, tried_configurations
from autometa_cli.advice_text import TITLES
from autometa_cli.tables import dataset_sentence

WIDTH = 100
N_SHOWN = 5


def tuned_text(tuned: TunedTable, *, model: Path | None, store: str, seconds: float) -> str:
    """The whole answer of `autometa tune`.

    Args:
        tuned: what was found.
        model: the file that was written.
        store: where trials were recorded.
        seconds: wall time that it took.
    """
    table, setup = tuned.setup.table, tuned.setup
    tried = tried_configurations(tuned.study)
    notes = [line for note in (*table.notes, *tuned.notes) for line in _wrapped(note, "  - ", "    ")]
    parts = [
        [*_wrapped(dataset_sentence(table.dataset), "", "  "), *notes],
        _best_lines(tried, setup.metric, setup.n_folds, maximizes=setup.direction == "maximize"),
        _closing_lines(tuned, tried, model, store, seconds),
    ]
    return "\n\n".join("\n".join(lines) for lines in parts)


def _best_lines(
    tried: Sequence[TriedConfiguration], metric: str, n_folds: int, *, maximizes: bool
) -> list[str]:
    sign = 1.0 if maximizes else -1.0
    scored = sorted(
        (one for one in tried if one.score is not None), key=lambda one: -sign * (one.score or 0.0)
    )
    better = "higher" if maximizes else "lower"
    lines = [f"Best of {len(tried):,} trials ({metric}, {better} is better, mean of {n_folds} folds):"]
    for place, one in enumerate(scored[:N_SHOWN], start=1):
        title = TITLES.get(one.learner, one.learner)
        lines.append(f"{place:>3}. {one.score:.4f}  {title:<34} trial {one.number + 1}, {one.origin}")
        params = ", ".join(f"{name}={_value(value)}" for name, value in one.params.items())
        lines += _wrapped(params, "     ", "     ")
    return lines


def _closing_lines(
    tuned: TunedTable, tried: Sequence[TriedConfiguration], model: Path | None, store: str, seconds: float
) -> list[str]:
    counts = Counter(one.status for one in tried)
    ended = ", ".join(f"{count:,} {status.replace('_', ' ')}" for status, count in sorted(counts.items()))
    interrupted = "Interrupted after " if tuned.was_interrupted else ""
    lines = [f"{interrupted}{seconds:.1f} s: {ended}; {tuned.n_recorded:,} new in {store}"]
    if tuned.n_unrecorded:
        lines.append(f"Warning: {tuned.n_unrecorded:,} trials could not be recorded there.")
    if model is None:
        lines.append("--out MODEL fits the best on all rows and writes it, for `autometa predict`.")
    else:
        n_rows = tuned.setup.table.dataset.n_rows
        lines.append(f"The best, fitted on all {n_rows:,} rows: {model}")
        lines.append(f"autometa predict {model} NEW.csv")
    return lines


def _value(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else repr(value)


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=first, subsequent_indent=rest)
