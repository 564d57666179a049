"""The folder of a search over trainings of an optimizer: what was tried in what order, and each one's folder.

A search that goes on runs the same configurations again; those that were finished end at once, because their
folders hold the end, and the one that was interrupted goes on from its checkpoint.
"""

import json
from pathlib import Path
from typing import Any, Final

from autometa.errors import TrainingError
from autometa.learned_optimizers.meta_training.checkpoint import CHECKPOINT
from autometa.learned_optimizers.stored import digest_of
from autometa.search_space import Configuration

JOURNAL: Final = "search.json"


class OptimizerJournal:
    """What a search has begun, in a folder or nowhere.

    Args:
        folder: of the search; None remembers nothing.
        asked: what the search is, JSON values; a folder is of one search only.

    Raises:
        TrainingError: the folder is of another search, or its journal cannot be read.
    """

    def __init__(self, folder: Path | None, *, asked: dict[str, Any]):
        self._folder, self._asked = folder, asked
        self._tried: list[dict[str, Any]] = []
        if folder is not None and (folder / JOURNAL).exists():
            self._read(folder / JOURNAL)

    @property
    def tried(self) -> list[Configuration]:
        """Configurations that were begun, in order."""
        return [one["params"] for one in self._tried]

    def start_of(self, params: Configuration) -> str | None:
        """The name of the stored optimizer that this configuration began with, if it was begun."""
        return next((one["start"] for one in self._tried if one["params"] == dict(params)), None)

    def has_begun(self, params: Configuration) -> bool:
        """There is a checkpoint of this configuration."""
        folder = self.folder_of(params)
        return folder is not None and (folder / CHECKPOINT).exists()

    def folder_of(self, params: Configuration) -> Path | None:
        """Where its training lives; None where nothing is written."""
        return None if self._folder is None else self._folder / "trials" / digest_of(params)

    def begin(self, params: Configuration, *, start: str | None) -> None:
        """Remember a configuration before its training begins."""
        self._tried = [one for one in self._tried if one["params"] != dict(params)]
        self._tried.append({"params": dict(params), "start": start})
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished = self._folder / f"{JOURNAL}.unfinished"
        unfinished.write_text(json.dumps({"search": self._asked, "tried": self._tried}, indent=1))
        unfinished.replace(self._folder / JOURNAL)

    def _read(self, path: Path) -> None:
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            theirs, self._tried = found["search"], list(found["tried"])
        except (KeyError, ValueError, TypeError) as error:
            raise TrainingError(f"{path} is no journal of a search ({error}); take another folder") from error
        for name, value in json.loads(json.dumps(self._asked)).items():
            if theirs.get(name) != value:
                raise TrainingError(
                    f"the search in {path.parent} has {name} {theirs.get(name)}, and {value} was asked for; "
                    "go on with the same, or choose another folder"
                )
