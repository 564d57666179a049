"""read_page: one answer of an OpenML server as studies, with counts that add up.

A run is stored once: as a trial of the catalogue's learner if that could have made it, else as a trial of its
flow's own space. The run's number stands as the trial's seed, so that a run is known again, and two runs of
one setup are two trials.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from autometa.dataset import TaskType
from autometa.history import Direction, PriorStudy, PriorTrial
from autometa.search_space import Configuration, SearchSpace
from autometa_store.importers.openml_catalogue import CatalogueTrial, to_catalogue
from autometa_store.importers.openml_records import EvaluationPage, ListedEvaluation
from autometa_store.importers.openml_setups import Setup, decode_setup
from autometa_store.importers.openml_spaces import ObservedSpace, as_configuration

NO_SCORE = "no score"
TOO_EARLY = "before --since"
TOO_MANY = "beyond --limit"
SpaceOf = Callable[[str], ObservedSpace]


@dataclass(frozen=True, slots=True)
class Selection:
    """Which runs are taken.

    Attributes:
        known: runs that are stored.
        since: only runs uploaded from this date on, "YYYY-MM-DD"; None for all.
        n_left: how many more of each flow; None for all. One that is not named may have `n_default`.
        n_default: of a flow that was not met yet; None for all.
    """

    known: Collection[int] = frozenset()
    since: str | None = None
    n_left: Mapping[int, int] = field(default_factory=dict)
    n_default: int | None = None


@dataclass(frozen=True, slots=True)
class PageCounts:
    """What became of the rows of an answer: `n_seen` = `n_new` + `n_known` + all of `skipped`.

    Attributes:
        n_seen: rows.
        n_new: runs that become trials.
        n_known: runs that are stored.
        skipped: rows that are not used, by reason.
        n_catalogue: new runs that the catalogue's learners could have made.
        outside: the other new runs, by the reason why not.
        n_kept_texts: values in new runs that say nothing in their language, kept as texts.
    """

    n_seen: int = 0
    n_new: int = 0
    n_known: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    n_catalogue: int = 0
    outside: Mapping[str, int] = field(default_factory=dict)
    n_kept_texts: int = 0

    def __add__(self, other: "PageCounts") -> "PageCounts":
        """Both together."""
        return PageCounts(
            self.n_seen + other.n_seen,
            self.n_new + other.n_new,
            self.n_known + other.n_known,
            Counter(self.skipped) + Counter(other.skipped),
            self.n_catalogue + other.n_catalogue,
            Counter(self.outside) + Counter(other.outside),
            self.n_kept_texts + other.n_kept_texts,
        )


@dataclass(frozen=True, slots=True)
class PageReading:
    """A page as plain data.

    Attributes:
        studies: of new runs.
        spaces: what is known now of the flows' own spaces that were met, by name.
        counts: of its rows.
        n_by_flow: runs taken of every flow.
    """

    studies: tuple[PriorStudy, ...]
    spaces: Mapping[str, ObservedSpace]
    counts: PageCounts
    n_by_flow: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class About:
    """What all runs of a listing share.

    Attributes:
        dataset_id: in the store.
        task_type: of the task.
        n_columns: input columns of the data; None if unknown.
        source: of the studies.
        metric: OpenML's name of it.
        direction: of the metric.
    """

    dataset_id: str
    task_type: TaskType
    n_columns: int | None
    source: str
    metric: str
    direction: Direction


def read_page(page: EvaluationPage, about: About, *, selection: Selection, space_of: SpaceOf) -> PageReading:
    """The studies of a page.

    Args:
        page: an answer.
        about: the listing.
        selection: which runs are taken.
        space_of: what is known so far of a flow's own space, by its name.
    """
    taken, skipped = _select(page, selection)
    setups = {
        one.setup_id: decode_setup(one.flow_name, one.parameters)
        for one in {one.setup_id: one for one in taken}.values()
    }  # a setup says the same in every run
    spaces = _widened([setups[one.setup_id] for one in taken], about, space_of)
    placed = {number: _placed(setup, about, spaces) for number, setup in setups.items()}
    trials: dict[tuple[int, str], list[PriorTrial]] = defaultdict(list)
    for one in taken:
        space, params, _ = placed[one.setup_id]
        trials[one.flow_id, space.name].append(PriorTrial(params, one.value, seed=one.run_id))
    reasons = [placed[one.setup_id][2] for one in taken]
    outside = Counter(reason for reason in reasons if reason is not None)
    n_known = skipped.pop(None)
    counts = PageCounts(
        n_seen=page.n_raw,
        n_new=len(taken),
        n_known=n_known,
        skipped={str(reason): count for reason, count in skipped.items() if count},
        n_catalogue=len(taken) - outside.total(),
        outside=outside,
        n_kept_texts=sum(setups[one.setup_id].n_kept_texts for one in taken),
    )
    known_spaces = {space.name: space for space, _, _ in placed.values()}
    studies = tuple(
        _study(about, flow_id, known_spaces[name], members) for (flow_id, name), members in trials.items()
    )
    return PageReading(studies, spaces, counts, Counter(one.flow_id for one in taken))


def _select(page: EvaluationPage, selection: Selection) -> tuple[list[ListedEvaluation], Counter[str | None]]:
    """The runs that are taken, by number, and how many rows are not, by reason; None is "known"."""
    skipped: Counter[str | None] = Counter(page.skipped)
    skipped["listed twice"] += page.n_duplicates
    skipped["measured by another engine too"] += page.n_other_engines
    skipped[TOO_EARLY] += page.n_older
    skipped[None] += 0
    left = dict(selection.n_left)
    taken = []
    for one in sorted(page.evaluations, key=lambda one: one.run_id):
        n_left = left.setdefault(one.flow_id, _or_all(selection.n_default))
        reason = _reason(one, selection, n_left)
        if reason == "":
            left[one.flow_id] -= 1
            taken.append(one)
        else:
            skipped[reason] += 1
    return taken, skipped


def _or_all(n: int | None) -> int:
    return 2**62 if n is None else n


def _reason(one: ListedEvaluation, selection: Selection, n_left: int) -> str | None:
    """Why a run is not taken: None if it is known, "" if it is taken."""
    if one.run_id in selection.known:
        return None
    if one.value is None or not math.isfinite(one.value):
        return NO_SCORE
    if selection.since is not None and (one.uploaded or "") < selection.since:
        return TOO_EARLY
    return "" if n_left > 0 else TOO_MANY


def _widened(setups: Sequence[Setup], about: About, space_of: SpaceOf) -> dict[str, ObservedSpace]:
    """What is known of every flow's own space after this page."""
    found: dict[str, list[Configuration]] = defaultdict(list)
    for setup in setups:
        found[_space_name(setup, about)].append(setup.configuration)
    return {name: space_of(name).seeing(name, members) for name, members in found.items()}


def _space_name(setup: Setup, about: About) -> str:
    return f"{setup.flow.full_name}/{about.task_type}"


def _placed(
    setup: Setup, about: About, spaces: Mapping[str, ObservedSpace]
) -> tuple[SearchSpace, Configuration, str | None]:
    """The space that a run belongs to, its configuration there, and why it is not the catalogue's."""
    found = to_catalogue(setup.flow, setup.estimator, task_type=about.task_type, n_columns=about.n_columns)
    if isinstance(found, CatalogueTrial):
        return found.search_space, found.params, None
    name = _space_name(setup, about)
    space = spaces[name].space or SearchSpace(name, 1, ())
    return space, as_configuration(setup.configuration, space), found.reason


def _study(about: About, flow_id: int, space: SearchSpace, trials: Sequence[PriorTrial]) -> PriorStudy:
    return PriorStudy(
        dataset_id=about.dataset_id,
        search_space=space,
        metric=about.metric,
        direction=about.direction,
        trials=tuple(trials),
        source=about.source,
        versions={"openml_flow": str(flow_id)},
    )


def without_new(counts: PageCounts, n_stored: int) -> PageCounts:
    """The counts where fewer trials were new to the store than the page held.

    Args:
        counts: of the page.
        n_stored: trials that the store did not have.
    """
    return replace(counts, n_new=n_stored, n_known=counts.n_known + counts.n_new - n_stored)
