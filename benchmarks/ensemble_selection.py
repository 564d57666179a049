"""Ensemble selection from the trials of a search, and how much it gains on folds that it was not chosen on.

Caruana, Niculescu-Mizil, Crew & Ksikes (2004), "Ensemble selection from libraries of models", section 2.

Shapes: c candidates, f folds, t held-out rows of a fold, k classes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import rankdata

from autometa.dataset import FloatArray, IntArray

N_ROUNDS = 25
N_BAGS, BAG_SHARE = 10, 0.5
MINIMIZED = frozenset({"log_loss", "rmse"})


@dataclass(frozen=True, slots=True, eq=False)
class HeldOutFold:
    """What the candidates say of a fold's held-out rows.

    Attributes:
        predictions: (c, t, k) probabilities or (c, t) numbers.
        target: (t,) true class codes or numbers.
    """

    predictions: FloatArray
    target: FloatArray | IntArray


Select = Callable[[Sequence[HeldOutFold], str], Any]  # folds and metric give (c,) weights with any sum


def greedy(folds: Sequence[HeldOutFold], metric: str, *, n_rounds: int = N_ROUNDS) -> IntArray:
    """(c,) how often each candidate is in the ensemble, whose prediction is the mean of its members'.

    From the best one on, the candidate is added, again and again, with which the ensemble scores best (mean
    over folds); of equal ones the first. Of the nested ensembles that arise so, the one that scores best is
    given, the smallest of equal ones.

    Args:
        folds: at least one; the best candidate first.
        metric: to be good at.
        n_rounds: the members are at most so many.
    """
    sign = -1.0 if metric in MINIMIZED else 1.0
    counts = np.zeros(len(folds[0].predictions), dtype=np.int64)
    sums = [np.zeros_like(fold.predictions[0], dtype=np.float64) for fold in folds]
    best, best_score = counts, -np.inf
    for n_members in range(1, n_rounds + 1):
        means = [(total + fold.predictions) / n_members for total, fold in zip(sums, folds, strict=True)]
        scores = sign * np.mean(
            [scores_of(mean, fold.target, metric) for mean, fold in zip(means, folds, strict=True)], axis=0
        )
        added = int(np.argmax(scores))
        counts = counts + (np.arange(len(counts)) == added)
        sums = [total + fold.predictions[added] for total, fold in zip(sums, folds, strict=True)]
        if scores[added] > best_score:
            best, best_score = counts, float(scores[added])
    return best


def bagged(folds: Sequence[HeldOutFold], metric: str, *, seed: int = 0) -> FloatArray:
    """(c,) with sum 1: mean weights of greedy ensembles from random halves of the candidates.

    Section 2.3 of the paper, against overfitting: a lucky combination is in few halves.

    Args:
        folds: at least one, of at least two candidates; the best candidate first.
        metric: to be good at.
        seed: of the halves.
    """
    rng = np.random.default_rng(seed)
    n_candidates = len(folds[0].predictions)
    weights = np.zeros(n_candidates)
    for _ in range(N_BAGS):
        kept = np.sort(rng.permutation(n_candidates)[: max(2, round(BAG_SHARE * n_candidates))])
        counts = greedy([HeldOutFold(fold.predictions[kept], fold.target) for fold in folds], metric)
        weights[kept] += counts / counts.sum()
    return weights / N_BAGS


def left_out_gains(folds: Sequence[HeldOutFold], metric: str, select: Select) -> FloatArray:
    """(f,) by how much an ensemble beats the best candidate on each fold, both chosen on the other folds.

    Args:
        folds: at least two.
        metric: to be good at.
        select: the ensemble.
    """
    sign = -1.0 if metric in MINIMIZED else 1.0
    gains = []
    for place, fold in enumerate(folds):
        others = [*folds[:place], *folds[place + 1 :]]
        gains.append(
            sign * (ensemble_score([fold], metric, select(others, metric)) - _best(others, fold, metric))
        )
    return np.array(gains)


def ensemble_score(folds: Sequence[HeldOutFold], metric: str, weights: FloatArray | IntArray) -> float:
    """The mean over folds of an ensemble's score.

    Args:
        folds: of all candidates.
        metric: that is scored.
        weights: (c,) with any sum.
    """
    shares = weights / weights.sum()
    means = [np.tensordot(shares, fold.predictions, axes=1) for fold in folds]
    return float(
        np.mean([scores_of(mean[None], fold.target, metric) for mean, fold in zip(means, folds, strict=True)])
    )


def best_candidate(folds: Sequence[HeldOutFold], metric: str) -> IntArray:
    """(c,) 1 for the candidate with the best mean score over folds, else 0.

    Args:
        folds: at least one.
        metric: to be good at.
    """
    return greedy(folds, metric, n_rounds=1)


def scores_of(predictions: FloatArray, target: FloatArray | IntArray, metric: str) -> FloatArray:
    """(c,) scores of many predictions of the same rows, as `autometa.evaluation.scoring` scores one.

    Args:
        predictions: (c, t, k) probabilities or (c, t) numbers.
        target: (t,) class codes, every class among them, or numbers.
        metric: of the task.
    """
    scores: FloatArray
    if metric == "balanced_accuracy":
        _, codes, counts = np.unique(target, return_inverse=True, return_counts=True)
        scores = (predictions.argmax(axis=2) == target) @ (1.0 / (counts[codes] * len(counts)))
    elif metric == "log_loss":
        of_true = predictions[:, np.arange(len(target)), target.astype(np.int64)]
        scores = -np.log(np.maximum(of_true, np.finfo(np.float64).eps)).mean(axis=1)
    elif metric == "roc_auc":
        scores = _areas(predictions, target)
    else:
        errors = ((predictions - target) ** 2).mean(axis=1)
        scores = np.sqrt(errors) if metric == "rmse" else 1.0 - errors / target.var()
    return scores


def _areas(probabilities: FloatArray, target: FloatArray | IntArray) -> FloatArray:
    """(c,) areas under the curves of each class against the rest, by the rank sum of Mann & Whitney."""
    n_classes = probabilities.shape[2]
    chosen = [1] if n_classes == 2 else list(range(n_classes))
    is_class = target[:, None] == np.array(chosen)  # (t, chosen)
    n_in = is_class.sum(axis=0)
    ranks = rankdata(probabilities[:, :, chosen], axis=1)  # (c, t, chosen)
    above = (ranks * is_class).sum(axis=1) - n_in * (n_in + 1) / 2
    areas: FloatArray = (above / (n_in * (len(target) - n_in))).mean(axis=1)
    return areas


def _best(others: Sequence[HeldOutFold], fold: HeldOutFold, metric: str) -> float:
    return ensemble_score([fold], metric, best_candidate(others, metric))
