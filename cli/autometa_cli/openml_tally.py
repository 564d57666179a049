"""What became of OpenML's rows: counts by task that add up, and sentences about them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from autometa_cli.output import print_note

if TYPE_CHECKING:
    from autometa_store.importers.base import LeftOut
    from autometa_store.importers.openml import OpenMLPage
    from autometa_store.importers.openml_pages import PageCounts
    from autometa_store.importers.saving import SavedItem


@dataclass(slots=True)
class OpenMLTally:
    """Counts by task that add up: rows seen = new + known + skipped.

    Attributes:
        by_task: by number.
        skipped: tasks that cannot be used.
        n_unchanged: listings with nothing new.
        n_datasets: data sets that were described.
        notes: sentences on what was chosen for the user.
    """

    by_task: "dict[int, PageCounts]" = field(default_factory=dict)
    skipped: "list[LeftOut]" = field(default_factory=list)
    n_unchanged: int = 0
    n_datasets: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def total(self) -> "PageCounts":
        """Of all tasks together."""
        from autometa_store.importers.openml_pages import PageCounts

        return sum(self.by_task.values(), PageCounts())

    def add(self, outcome: "SavedItem | LeftOut") -> None:
        """Count what was stored or left out."""
        from autometa_store.importers.base import LeftOut
        from autometa_store.importers.openml import OpenMLPage

        if isinstance(outcome, LeftOut):
            self.n_unchanged += outcome.why == "unchanged"
            if outcome.why == "unusable":
                self.skipped.append(outcome)
                print_note(f"autometa: skipped {outcome.title}: {outcome.reason}")
        elif isinstance(outcome.item, OpenMLPage):
            self._add_page(outcome.item, outcome.n_new)
        else:
            self.n_datasets += len(outcome.item.datasets)
            self.notes += outcome.item.notes
            for note in outcome.item.notes:
                print_note(f"autometa: {note}")

    def _add_page(self, page: "OpenMLPage", n_new: int) -> None:
        from autometa_store.importers.openml_pages import PageCounts, without_new

        before = self.by_task.get(page.task_id, PageCounts())
        self.by_task[page.task_id] = before + without_new(page.counts, n_new)

    def as_object(self) -> Mapping[str, Any]:
        """For --json."""
        return {
            "rows": _counts_object(self.total),
            "tasks": [{"task": task, **_counts_object(counts)} for task, counts in self.by_task.items()],
            "n_datasets": self.n_datasets,
            "n_unchanged": self.n_unchanged,
            "skipped": [{"item": one.title, "reason": one.reason} for one in self.skipped],
            "notes": self.notes,
        }


def counts_sentence(counts: "PageCounts") -> str:
    """Rows seen, and what became of them."""
    why = ", ".join(f"{count:,} {reason}" for reason, count in sorted(counts.skipped.items()))
    n_skipped = sum(counts.skipped.values())
    skipped = f"{n_skipped:,} skipped ({why})" if n_skipped else "0 skipped"
    return f"{counts.n_seen:,} rows: {counts.n_new:,} new, {counts.n_known:,} known, {skipped}"


def placed_sentence(counts: "PageCounts") -> str:
    """How many runs our learners could have made, and why the others are none of theirs."""
    reasons = sorted(counts.outside.items(), key=lambda one: (-one[1], one[0]))
    listed = "".join(f"\n{count:>8,}  {reason}" for reason, count in reasons)
    why = f"; the others keep their flow's own search space, because:{listed}" if reasons else ""
    return f"{counts.n_catalogue:,} are configurations of our learners{why}"


def _counts_object(counts: "PageCounts") -> Mapping[str, Any]:
    return {
        "seen": counts.n_seen,
        "new": counts.n_new,
        "known": counts.n_known,
        "skipped": dict(counts.skipped),
        "catalogue": counts.n_catalogue,
        "outside_catalogue": dict(counts.outside),
        "kept_texts": counts.n_kept_texts,
    }
