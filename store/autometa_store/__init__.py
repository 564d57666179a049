"""The SQL store of everything that was ever tried, and the knowledge that ships beside it.

This face is light on purpose: the shipped knowledge must load without a database driver. The store itself is
`from autometa_store.trial_store import TrialStore`.
"""

from autometa_store.experience import open_experience
from autometa_store.similarity import open_recommender

__all__ = ["open_experience", "open_recommender"]
