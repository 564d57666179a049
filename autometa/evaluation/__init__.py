"""Measuring the catalogue's configurations on tables."""

from autometa.evaluation.plan import EvaluationPlan
from autometa.evaluation.runner import evaluate_table

__all__ = ["EvaluationPlan", "evaluate_table"]
