"""What can be tuned on a table; `autometa.learners.pipeline` builds the estimators and costs scikit-learn."""

from autometa.learners.base import Encoding, Learner, Setting
from autometa.learners.catalogue import is_installed, learner, learners

__all__ = ["Encoding", "Learner", "Setting", "is_installed", "learner", "learners"]
