"""Samplers for Optuna that begin where past studies ended."""

from autometa.samplers.explanation import Explanation, Origin
from autometa.samplers.record_trials import RecordTrials, TrialArchive
from autometa.samplers.sampler import WarmStartSampler
from autometa.warmstart.in_memory import InMemoryTrialSource

__all__ = ["Explanation", "InMemoryTrialSource", "Origin", "RecordTrials", "TrialArchive", "WarmStartSampler"]
