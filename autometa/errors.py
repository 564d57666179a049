"""The exceptions that autometa raises on purpose, one tree.

AutometaError
├── InvalidDatasetError (ValueError)       a table that cannot be read or used
├── UnknownNameError (ValueError)          a learner, metric, feature or column that does not exist
├── IncompatibleMetaFeaturesError (ValueError)
├── SearchSpaceMismatchError (ValueError)  a configuration outside its search space
├── InvalidModelError (ValueError)         a model file that cannot be read or used
├── TrainingError (ValueError)             a learner that cannot be trained this way
├── EmptyHistoryError                      nothing known to learn from
├── TuningError                            a search in which no trial succeeded
├── ImporterError                          foreign data that cannot be taken over
└── StoreError                             the store cannot be used
    ├── SchemaVersionError                 written by another version
    └── DuplicateStudyError                the same study with other content

Every message says what was seen, what was wanted, and what to try.
"""

from difflib import get_close_matches
from typing import Self


class AutometaError(Exception):
    """Root of all errors that a user can act on."""


class InvalidDatasetError(AutometaError, ValueError):
    """A table that cannot be read, or has nothing to learn from."""


class UnknownNameError(AutometaError, ValueError):
    """A name that was asked for and does not exist."""

    @classmethod
    def of(cls, what: str, seen: str, wanted: list[str]) -> Self:
        """An error that names what there is, the closest first.

        Args:
            what: the kind of thing, e.g. "learner".
            seen: the name asked for.
            wanted: the names there are.
        """
        close = get_close_matches(seen, wanted, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(wanted[:20])}"
        return cls(f"no {what} {seen!r}; {hint}")


class IncompatibleMetaFeaturesError(AutometaError, ValueError):
    """Meta-features of different sets or versions were compared."""


class SearchSpaceMismatchError(AutometaError, ValueError):
    """A configuration or a distribution does not belong to its search space."""


class InvalidModelError(AutometaError, ValueError):
    """A model file that cannot be read, or cannot do what is asked."""


class TrainingError(AutometaError, ValueError):
    """A learner cannot be trained this way, or its training came to nothing."""


class EmptyHistoryError(AutometaError):
    """There is nothing recorded to learn from."""


class TuningError(AutometaError):
    """A search ended, and no trial has a score."""


class ImporterError(AutometaError):
    """Foreign data cannot be taken over."""


class StoreError(AutometaError):
    """The store cannot be opened, read or written."""


class SchemaVersionError(StoreError):
    """The store was written by another version of autometa."""


class DuplicateStudyError(StoreError):
    """A study with the same identity but other content is already stored."""
