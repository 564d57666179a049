"""The posterior over a new response surface, given past ones and what was observed so far.

The new surface is a mean of past ones, plus a random mixture of them, plus something of its own:

    y(x) = b + a * sum_t p_t f_t(x) + c * sum_t sqrt(p_t) u_t (f_t(x) - sum_s p_s f_s(x)) + g(x) + noise

with b and u_t standard normal, f_t the surfaces of the k sources, p_t their prior weights and g a Gaussian
process with a Matérn 5/2 kernel. It is the empirical Gaussian over functions (as in Schwaighofer, Tresp & Yu
2004, "Learning Gaussian process kernels via hierarchical Bayes") with a residual; closed form throughout.
How much is taken over (a, c), how large and rough the residual is, and the noise are not chosen but averaged:
over `HYPOTHESES`, each weighted by the marginal likelihood of what was observed (and so may be alternative
length scales). One group of them takes over
nothing, so that unlike sources are left behind as soon as the observations speak against them.

Shapes: k sources, n observed points, m candidates, d encoded dimensions, h hypotheses.
"""

from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.linalg.lapack import dpotrf, dtrtrs  # matrices are small: scipy.linalg's checks would cost more
from scipy.special import ndtr

from autometa.dataset import FloatArray
from autometa.warmstart.kernel import fit_kernel, matern52, squared_distances

PLAIN_LENGTH = 0.3  # length scale of the residual, times sqrt(d), where none was learned
KEPT_EVIDENCE = 0.95  # of the hypotheses' posterior mass, before the rest is dropped
MAX_KEPT = 8  # hypotheses
TAIL = 2.5  # spreads below the median where gains are cut off
JITTER = 1e-6
N_FOR_LENGTHS, N_SOURCES_FOR_LENGTHS = 100, 8


class Hypothesis(NamedTuple):
    """What the new surface may have to do with the past ones."""

    trust: float  # a: how much of the weighted mean surface is taken over
    mixture: float  # c: standard deviation of the mixture of surfaces
    residual: float  # standard deviation of g
    stretch: float  # factor of the length scales of g
    noise: float  # standard deviation

    @property
    def takes_over(self) -> bool:
        """True if the past surfaces are of any use."""
        return self.trust > 0 or self.mixture > 0


HYPOTHESES = tuple(
    Hypothesis(trust, mixture, residual, stretch, noise)
    for (trust, mixture), residual, stretch, noise in product(
        ((1.0, 1.0), (1.0, 0.3), (0.5, 0.5), (0.0, 0.0)), (0.3, 0.8), (0.5, 1.0, 2.0), (0.05, 0.2)
    )
)


@dataclass(frozen=True, slots=True, eq=False)
class TransferPosterior:
    """What to expect of candidates, in units of the standard deviation of the observed gains.

    Attributes:
        means: (h, m) of each hypothesis that was kept.
        stds: (h, m).
        probabilities: (h,) of the hypotheses, summing to 1.
        best: the largest observed gain, in the same units.
        source_weights: (k,) shares of the sources in what is taken over, summing to 1 (to 0 if nothing is).
        transfer_share: in [0, 1], how much of the differences among candidates comes from past surfaces.
        support: in [0, 1], probability that the new surface has anything to do with the past ones.
    """

    means: FloatArray
    stds: FloatArray
    probabilities: FloatArray
    best: float
    source_weights: FloatArray
    transfer_share: float
    support: float

    @property
    def mean(self) -> FloatArray:
        """(m,) expected gain."""
        mean: FloatArray = self.probabilities @ self.means
        return mean

    @property
    def std(self) -> FloatArray:
        """(m,) standard deviation, over the hypotheses and within them."""
        second = self.probabilities @ (self.stds**2 + self.means**2)
        std: FloatArray = np.sqrt(np.maximum(second - self.mean**2, 0.0))
        return std


def transfer_posterior(
    at_candidates: FloatArray,
    at_observed: FloatArray,
    candidates: FloatArray,
    observed: FloatArray,
    gains: FloatArray,
    *,
    prior_weights: FloatArray | None = None,
    length_scales: FloatArray | None = None,
) -> TransferPosterior:
    """The posterior at the candidates.

    Gains are standardised, after those far below the median were raised to `TAIL` spreads below it: how bad
    a bad configuration is says nothing about the best ones.

    Args:
        at_candidates: (k, m) the sources' surfaces at the candidates.
        at_observed: (k, n) the same at the observed points.
        candidates: (m, d) in [0, 1].
        observed: (n, d), n of at least 1.
        gains: (n,) finite, larger is better.
        prior_weights: (k,) not negative, summing to 1; None for equal ones.
        length_scales: (d,) of the residual, e.g. from `learned_length_scales`, or (s, d) for s alternatives,
            each of them combined with every hypothesis; None for `plain_length_scales`.
    """
    k, d = len(at_observed), observed.shape[1]
    weights = np.full(k, 1.0 / max(k, 1)) if prior_weights is None else prior_weights
    lengths = np.atleast_2d(plain_length_scales(d) if length_scales is None else length_scales)
    sources = _Sources.of(at_candidates, at_observed, weights)
    values = standardised(gains)
    scaled = [observed / one for one in lengths]
    fits = [fit for shape, own in enumerate(scaled) for fit in _fits(sources, own, shape, values)]
    chances = _probabilities(fits)
    probabilities, kept = _most_probable(chances, fits)
    squared = [squared_distances(candidates / one, own) for one, own in zip(lengths, scaled, strict=True)]
    predictions = [_predict(fit, sources, squared[fit.shape]) for fit in kept]
    return TransferPosterior(
        means=np.array([prediction.mean for prediction in predictions]),
        stds=np.array([prediction.std for prediction in predictions]),
        probabilities=probabilities,
        best=float(values.max()),
        source_weights=_shares(probabilities, np.array([p.source_weights for p in predictions])),
        transfer_share=float(probabilities @ [prediction.transfer_share for prediction in predictions]),
        support=float(chances @ [fit.hypothesis.takes_over for fit in fits]) if k else 0.0,
    )


def expected_improvement(posterior: TransferPosterior, best: float) -> FloatArray:
    """(m,) expected improvement over `best`, averaged over the hypotheses; never negative.

    Jones, Schonlau & Welch 1998, "Efficient global optimization of expensive black-box functions", eq. 15.

    Args:
        posterior: at the candidates.
        best: in the posterior's units; `posterior.best` for the best observation.
    """
    stds = np.maximum(posterior.stds, np.sqrt(JITTER))
    z = (posterior.means - best) / stds
    density = np.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)
    improvement: FloatArray = posterior.probabilities @ np.maximum(stds * (z * ndtr(z) + density), 0.0)
    return improvement


def plain_length_scales(n_dimensions: int) -> FloatArray:
    """(d,) the same in every dimension: what is known of a residual before past surfaces are looked at."""
    return np.full(n_dimensions, PLAIN_LENGTH * np.sqrt(n_dimensions))


def learned_length_scales(points: FloatArray, surfaces: FloatArray, *, seed: int) -> FloatArray:
    """(d,) how far the past surfaces reach along each dimension: the median over sources.

    A Matérn kernel is fitted to each surface at some of the points. What matters to past surfaces, and how
    finely, matters to the new one, even where its values are others.

    Args:
        points: (m, d) in [0, 1].
        surfaces: (k, m) the sources' surfaces there, the most similar sources first.
        seed: chooses among the points.
    """
    rng = np.random.default_rng(seed)
    few = rng.choice(len(points), min(N_FOR_LENGTHS, len(points)), replace=False)
    fitted = []
    for values in surfaces[:N_SOURCES_FOR_LENGTHS, few]:
        centred = values - values.mean()
        fitted.append(fit_kernel(points[few], centred / max(float(centred.std()), 1e-9)).length_scales)
    lengths: FloatArray = np.exp(np.median(np.log(fitted), axis=0))
    return lengths


def standardised(gains: FloatArray) -> FloatArray:
    """(n,) gains of mean 0 and variance 1, the lower tail cut off; all 0 where all are equal.

    Args:
        gains: (n,) finite.
    """
    middle, high = np.quantile(gains, [0.5, 0.75])
    spread = max(high - middle, (float(gains.max()) - middle) / 2.0)
    cut = np.maximum(gains, middle - TAIL * spread)
    scale = float(cut.std())
    if scale <= 1e-12 * max(1.0, float(np.abs(cut).max())):
        return np.zeros(len(gains))
    unit: FloatArray = (cut - cut.mean()) / scale
    return unit


class _Sources(NamedTuple):
    """The weighted mean surface and how the sources deviate from it, scaled by the roots of the weights."""

    weights: FloatArray  # (k,)
    mean_at_candidates: FloatArray  # (m,)
    mean_at_observed: FloatArray  # (n,)
    at_candidates: FloatArray  # (k, m)
    at_observed: FloatArray  # (k, n)

    @classmethod
    def of(cls, at_candidates: FloatArray, at_observed: FloatArray, weights: FloatArray) -> "_Sources":
        means = weights @ at_candidates, weights @ at_observed
        roots = np.sqrt(weights)[:, None]
        return cls(weights, *means, roots * (at_candidates - means[0]), roots * (at_observed - means[1]))


class _Fit(NamedTuple):
    """One hypothesis conditioned on the observations."""

    hypothesis: Hypothesis
    shape: int  # which of the alternative length scales
    evidence: float  # log marginal likelihood, up to a constant
    factor: FloatArray  # (n, n) lower Cholesky factor of the observations' covariance
    whitened: FloatArray  # (n,) factor^-1 times the observations' deviations


class _Prediction(NamedTuple):
    mean: FloatArray  # (m,)
    std: FloatArray  # (m,)
    source_weights: FloatArray  # (k,) coefficients of the surfaces
    transfer_share: float


def _fits(sources: _Sources, scaled: FloatArray, shape: int, values: FloatArray) -> list[_Fit]:
    mixture = sources.at_observed.T @ sources.at_observed
    squared = squared_distances(scaled, scaled)
    residuals = {stretch: matern52(squared / stretch**2) for stretch in {h.stretch for h in HYPOTHESES}}
    fits = []
    for hypothesis in HYPOTHESES:
        trust, spread, residual, stretch, noise = hypothesis
        covariance = 1.0 + spread**2 * mixture + residual**2 * residuals[stretch]
        covariance[np.diag_indices(len(values))] += noise**2 + JITTER
        factor, _ = dpotrf(covariance, lower=1)  # positive definite by its noise
        deviations = values - trust * sources.mean_at_observed
        whitened, _ = dtrtrs(factor, deviations, lower=1)
        evidence = -0.5 * float(whitened @ whitened) - float(np.log(np.diag(factor)).sum())
        fits.append(_Fit(hypothesis, shape, evidence, factor, whitened))
    return fits


def _probabilities(fits: list[_Fit]) -> FloatArray:
    """(h,) of all fits, equal ones beforehand."""
    evidence = np.array([fit.evidence for fit in fits])
    probabilities = np.exp(evidence - evidence.max())
    shares: FloatArray = probabilities / probabilities.sum()
    return shares


def _most_probable(probabilities: FloatArray, fits: list[_Fit]) -> tuple[FloatArray, list[_Fit]]:
    """The fits that hold most of the probability, and their shares of it."""
    order = np.argsort(-probabilities, kind="stable")
    n_kept = int((np.cumsum(probabilities[order]) < KEPT_EVIDENCE).sum()) + 1
    kept = order[: min(n_kept, MAX_KEPT)]
    return probabilities[kept] / probabilities[kept].sum(), [fits[index] for index in kept]


def _predict(fit: _Fit, sources: _Sources, squared: FloatArray) -> _Prediction:
    """Rasmussen & Williams 2006, equations 2.25 and 2.26, with the three parts of the covariance."""
    trust, spread, residual, stretch, _ = fit.hypothesis
    own = residual**2 * matern52(squared / stretch**2)  # (m, n)
    taken = spread**2 * (sources.at_candidates.T @ sources.at_observed)  # (m, n)
    solved, _ = dtrtrs(fit.factor, fit.whitened, lower=1, trans=1)
    from_past = trust * sources.mean_at_candidates + taken @ solved
    from_own = own @ solved
    half, _ = dtrtrs(fit.factor, (1.0 + own + taken).T, lower=1)
    prior = 1.0 + residual**2 + spread**2 * (sources.at_candidates**2).sum(axis=0)
    std = np.sqrt(np.maximum(prior - (half**2).sum(axis=0), 0.0))
    roots = np.sqrt(sources.weights)
    mixed = spread**2 * roots * (sources.at_observed @ solved)  # (k,) posterior means of c sqrt(p) u
    coefficients = trust * sources.weights + mixed - sources.weights * mixed.sum()
    share = _share(float(from_past.std()), float(from_own.std()))
    mean = from_past + from_own + solved.sum()
    return _Prediction(mean, std, coefficients, share)


def _share(taken: float, own: float) -> float:
    return taken / (taken + own) if taken + own > 0 else 0.0


def _shares(probabilities: FloatArray, coefficients: FloatArray) -> FloatArray:
    """(k,) the positive parts of the averaged coefficients, summing to 1, or all 0."""
    positive = np.maximum(probabilities @ coefficients, 0.0)
    total = float(positive.sum())
    shares: FloatArray = positive / total if total > 0 else positive
    return shares
