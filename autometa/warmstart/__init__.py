"""From past experience to the configurations to try first."""

from autometa.warmstart.advice import Advice, Evidence, KnownDataset, Recommendation
from autometa.warmstart.merged import MergedSource
from autometa.warmstart.novelty import Novelty
from autometa.warmstart.portfolio import greedy_portfolio, normalised_regret
from autometa.warmstart.recommender import Recommender
from autometa.warmstart.sources import Candidate, DatasetInfo, PerformanceTable, TrialSource

__all__ = [
    "Advice",
    "Candidate",
    "DatasetInfo",
    "Evidence",
    "KnownDataset",
    "MergedSource",
    "Novelty",
    "PerformanceTable",
    "Recommendation",
    "Recommender",
    "TrialSource",
    "greedy_portfolio",
    "normalised_regret",
]
