"""What `autometa report` shows: tables, studies and trainings told apart, opened, and made into sections."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autometa.report import Search, Section
    from autometa.similarity import TrainedSimilarity
    from autometa.warmstart import TrialSource
    from autometa_store.importers.optuna_places import OptunaPlace

SQLITE_HEAD = b"SQLite format 3\x00"
JOURNALS = ("journal:", "redis:")
LEADS = {
    "table": "what to try first on the table, where it lies among known data sets, and how these voted",
    "study": "how the search went, who chose its trials, and what past studies were worth",
    "run": "how the training went",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the page is to be about.

    Attributes:
        things: tables, Optuna storages and folders of trainings; empty for all that is known.
        target: column to predict.
        task: "classification", "regression", or None where it is to be inferred.
        metric: of the suggestions.
        n: how many suggestions.
        study: name of the study in each storage.
        cold: name of another study, or another storage.
    """

    things: tuple[str, ...] = ()
    target: str | None = None
    task: str | None = None
    metric: str | None = None
    n: int = 5
    study: str | None = None
    cold: str | None = None

    @property
    def title(self) -> str:
        """Of the page."""
        if not self.things:
            return "What autometa knows"
        return f"autometa report: {', '.join(_short(thing) for thing in self.things)}"

    @property
    def lead(self) -> str:
        """First paragraph of the page."""
        if not self.things:
            return "The data sets that are known, which of them are alike, and which learners win on them."
        kinds = dict.fromkeys(kind_of_thing(thing) for thing in self.things)
        return f"This page shows {'; '.join(LEADS[kind] for kind in kinds)}."


def contents(asked: Asked, source: "TrialSource", similarity: "TrainedSimilarity") -> "list[Section]":
    """The sections of the page.

    Args:
        asked: what it is about.
        source: past experience.
        similarity: learned from it.

    Raises:
        AutometaError: what was named cannot be read, or nothing is known of it.
    """
    from autometa.errors import EmptyHistoryError, UnknownNameError
    from autometa.report import knowledge_sections, read_run, run_section

    if not asked.things and not (asked.study or asked.cold):
        known = knowledge_sections(source, similarity)
        if not known:
            raise EmptyHistoryError("nothing is known yet; fill a store with `autometa populate local DIR`")
        return known
    kinds = [kind_of_thing(thing) for thing in asked.things]
    if "study" not in kinds and (asked.study or asked.cold):
        raise UnknownNameError(
            "--study and --cold are of a search; name its storage, e.g. sqlite:///study.db"
        )
    if kinds.count("table") > 1:
        raise UnknownNameError("a page shows one table; write a page for each, with --out")
    sections: list[Section] = []
    for place, (thing, kind) in enumerate(zip(asked.things, kinds, strict=True)):
        number = 1 + kinds[:place].count(kind)
        if kind == "run":
            sections.append(run_section(read_run(Path(thing)), number=number))
        elif kind == "study":
            sections.append(_search(thing, asked, source, number))
        else:
            sections += _table(thing, asked, source, similarity)
    return sections


def kind_of_thing(thing: str) -> str:
    """Whether it is a "run" (a folder), a "study" (a URL, a journal or an SQLite file) or a "table".

    Args:
        thing: as it was typed.
    """
    path = Path(thing)
    if path.is_dir():
        return "run"
    if "://" in thing or thing.startswith(JOURNALS):
        return "study"
    return "study" if _head(path) == SQLITE_HEAD else "table"


def _table(
    thing: str, asked: Asked, source: "TrialSource", similarity: "TrainedSimilarity"
) -> "list[Section]":
    from autometa.dataset import TaskType
    from autometa.readers import read_table
    from autometa.report import table_sections

    task = None if asked.task is None else TaskType(asked.task)
    table = read_table(thing, target=asked.target, task_type=task)
    return table_sections(table, source, similarity, metric=asked.metric, n=asked.n)


def _search(thing: str, asked: Asked, source: "TrialSource", number: int) -> "Section":
    from autometa.dataset import TaskType
    from autometa.report import search_section

    with _opened(thing) as place:
        search = _load(place, asked.study)
        cold = None if asked.cold is None else _cold(place, asked.cold, search.name)
    names = {info.dataset_id: info.name for task in TaskType for info in source.datasets(task)}
    return search_section(search, cold, names=names, number=number)


def _cold(place: "OptunaPlace", cold: str, name: str) -> "Search":
    """The study of that name in the same place, else the one of the same name, or the only one, elsewhere."""
    if cold in _study_names(place):
        return _load(place, cold)
    if kind_of_thing(cold) != "study":
        return _load(place, cold)  # an error that names the studies there
    with _opened(cold) as elsewhere:
        return _load(elsewhere, name if name in _study_names(elsewhere) else None)


def _load(place: "OptunaPlace", name: str | None) -> "Search":
    import optuna

    from autometa.errors import InvalidDatasetError, UnknownNameError
    from autometa.report import search_from_optuna

    names = _study_names(place)
    if not names:
        raise InvalidDatasetError(f"{place.label} has no study yet; run one first")
    if name is None and len(names) > 1:
        raise UnknownNameError(
            f"{place.label} has {len(names)} studies; say which: --study {' | '.join(names[:20])}"
        )
    if name is not None and name not in names:
        raise UnknownNameError.of("study", name, names)
    return search_from_optuna(optuna.load_study(study_name=name or names[0], storage=place.storage))


def _study_names(place: "OptunaPlace") -> list[str]:
    import optuna

    return list(optuna.get_all_study_names(place.storage))


@contextmanager
def _opened(where: str) -> "Iterator[OptunaPlace]":
    import optuna

    from autometa_store.importers.optuna_places import open_place

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    place = open_place(where)
    try:
        yield place
    finally:
        place.close()


def _head(path: Path) -> bytes:
    """The first bytes of a file; none of what is no file, or may not be read, which its reader will say."""
    try:
        with path.open("rb") as file:
            return file.read(len(SQLITE_HEAD))
    except OSError:
        return b""


def _short(thing: str) -> str:
    """The last part of a path or URL, which holds no password."""
    return thing.rstrip("/").rpartition("/")[2].rpartition("@")[2] or thing
