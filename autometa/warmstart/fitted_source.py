"""A past study ready to advise: its response surface, its best configurations, and regrets for any other.

Shapes: n distinct configurations tried, c configurations asked about, d encoded dimensions.

Surfaces are fitted once. A store that keeps named arrays keeps them too, under the study's identity; when the
study has grown since, the surface is fitted again in its place.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from autometa.dataset import FloatArray
from autometa.errors import StoreError
from autometa.history import PriorStudy, PriorTrial
from autometa.search_space import Configuration
from autometa.warmstart.encoding import SpaceEncoding, encode_own
from autometa.warmstart.surrogate import Surface, fit_surface

MIN_TRIALS = 3  # with different configurations; fewer make no surface
MAX_TRIALS = 1000  # that a surface is fitted to: the best quarter of them, and others evenly
N_FOR_TEST = 20  # configurations from which on a surface must foretell its own trials
LUCK = 15.0  # share of variance that a surface of pure noise may seem to foretell, times configurations
MAX_LUCK = 0.5
SURFACE_VERSION = 1  # raised when the same trials give another surface


@runtime_checkable
class ArrayShelf(Protocol):
    """Named arrays that outlive the process; the SQL store is one."""

    def artifact_names(self) -> list[str]:
        """The names of all that is there."""
        ...

    def artifact(self, name: str) -> Mapping[str, NDArray[Any]]:
        """The arrays under a name."""
        ...

    def add_artifact(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> str:
        """Keep arrays under a name, in the place of what was there; returns their digest."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class FittedSource:
    """A past study as the sampler uses it.

    Attributes:
        label: names the source to people: its data set's id.
        encoding: how configurations become the surface's points.
        surface: expected gain anywhere.
        ranked: (n,) distinct configurations, the best first.
        regrets: (n,) in [0, 1]: 0 the best, 1 the median and all below.
        predicted: (n,) the surface at the distinct configurations, ascending.
        evidence: share of variance that the surface foretells, over what one of pure noise may seem to; 1 or
            more, and infinite where there are too few configurations to tell.
    """

    label: str
    encoding: SpaceEncoding
    surface: Surface
    ranked: tuple[Configuration, ...]
    regrets: FloatArray
    predicted: FloatArray
    evidence: float

    def regrets_of(self, keys: Sequence[str], points: FloatArray) -> FloatArray:
        """(c,) the measured regret where a configuration was tried, else what the surface expects.

        The surface's expectation becomes a regret by its place among its values at the tried configurations.

        Args:
            keys: (c,) `configuration_key` of each.
            points: (c, d) the same configurations, encoded.
        """
        expected = np.interp(self.surface.predict(points), self.predicted, self.regrets[::-1])
        measured = dict(zip(map(configuration_key, self.ranked), self.regrets, strict=True))
        return np.array([measured.get(key, guess) for key, guess in zip(keys, expected, strict=True)])


def fit_source(study: PriorStudy, *, shelf: ArrayShelf | None = None) -> FittedSource | None:
    """The study with its surface, from the shelf or fitted now; None if there is nothing to learn from.

    That is so where there are too few configurations, where all score the same, or where the surface
    foretells scores that it has not seen no better than one of pure noise would.

    Args:
        study: of any size; a configuration tried several times counts by its mean, a failed one as the
            worst.
        shelf: where surfaces are kept; None keeps none.
    """
    configurations, gains = distinct_gains(study)
    if len(gains) < MIN_TRIALS or np.ptp(gains) == 0:
        return None
    encoding = encode_own(study)
    points = encoding.encode(configurations)
    surface, foretold = _surface(study, points, gains, shelf)
    is_tested = len(gains) >= N_FOR_TEST
    evidence = foretold / min(LUCK / len(gains), MAX_LUCK) if is_tested else float("inf")
    if evidence < 1.0:
        return None
    order = np.argsort(-gains, kind="stable")
    return FittedSource(
        label=study.dataset_id,
        encoding=encoding,
        surface=surface,
        ranked=tuple(configurations[index] for index in order),
        regrets=_regrets(gains[order]),
        predicted=np.sort(surface.predict(points)),
        evidence=evidence,
    )


def distinct_gains(study: PriorStudy) -> tuple[list[Configuration], FloatArray]:
    """(n,) configurations and their gains, larger is better: at most `MAX_TRIALS`, repeats averaged.

    A study without any score gives nothing. Pruned trials have no score that could be compared, and are
    left out.
    """
    sign = 1.0 if study.direction == "maximize" else -1.0
    scored: dict[str, list[float]] = {}
    known: dict[str, PriorTrial] = {}
    for trial in study.trials:
        key = configuration_key(trial.params)
        if trial.value is not None:
            known[key] = trial
            scored.setdefault(key, []).append(sign * trial.value)
        elif trial.status.value != "pruned":
            known.setdefault(key, trial)
    if not scored:
        return [], np.zeros(0)
    worst = min(min(values) for values in scored.values())
    gains = np.array([np.mean(scored.get(key, [worst])) for key in known])
    kept = _thinned(gains)
    trials = list(known.values())
    return [trials[index].params for index in kept], gains[kept]


def foretold_share(surface: Surface) -> float:
    """Share of the variance of its trials' gains that a surface foretells, leaving each trial out in turn.

    Rasmussen & Williams 2006, "Gaussian Processes for Machine Learning", equation 5.12. The kernel has seen
    all trials, so that noise seems to be foretold a little; 1 is perfect, 0 or less is nothing.

    Args:
        surface: with its support.
    """
    covariance = surface.kernel.of(surface.support)
    errors = surface.coefficients / np.diag(np.linalg.inv(covariance))
    values = surface.offset + covariance @ surface.coefficients
    return 1.0 - float(np.mean(errors**2) / max(float(np.var(values)), np.finfo(float).tiny))


def configuration_key(configuration: Configuration) -> str:
    """Text that is equal for equal configurations, whatever the order of parameters."""
    return json.dumps(dict(configuration), sort_keys=True, default=repr)


def _surface(
    study: PriorStudy, points: FloatArray, gains: FloatArray, shelf: ArrayShelf | None
) -> tuple[Surface, float]:
    """The surface, and the share of variance that it foretells."""
    content = np.frombuffer(
        hashlib.blake2b(points.tobytes() + gains.tobytes(), digest_size=16).digest(), "u1"
    )
    name = f"surface/{SURFACE_VERSION}/{_identity(study)}"
    kept = _taken(shelf, name)
    if kept is not None and np.array_equal(kept.pop("content", np.zeros(0)), content):
        foretold = float(kept.pop("foretold"))
        return Surface.from_arrays(kept), foretold
    surface = fit_surface(points, gains, seed=0)
    foretold = foretold_share(surface)
    if shelf is not None:
        _keep(shelf, name, {"content": content, "foretold": np.array(foretold), **surface.to_arrays()})
    return surface, foretold


def _taken(shelf: ArrayShelf | None, name: str) -> dict[str, NDArray[Any]] | None:
    if shelf is None or name not in shelf.artifact_names():
        return None
    try:
        return dict(shelf.artifact(name))
    except StoreError:  # damaged: it is fitted again
        return None


def _keep(shelf: ArrayShelf, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
    try:
        shelf.add_artifact(name, arrays)
    except StoreError:  # open for reading, or busy: the surface serves this process alone
        return


def _identity(study: PriorStudy) -> str:
    fields = [study.dataset_id, study.search_space.name, repr(study.search_space), study.metric, study.source]
    text = json.dumps([*fields, sorted(study.versions.items()), study.n_fit_rows])
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def _regrets(descending: FloatArray) -> FloatArray:
    """(n,) share of the way from the best gain down to the median one, at most 1."""
    best, median = descending[0], float(np.median(descending))
    span = best - (median if median < best else descending[-1])
    regrets: FloatArray = np.clip((best - descending) / span, 0.0, 1.0)
    return regrets


def _thinned(gains: FloatArray) -> NDArray[np.intp]:
    """Positions of at most `MAX_TRIALS` gains, in their order."""
    if len(gains) <= MAX_TRIALS:
        return np.arange(len(gains))
    order = np.argsort(-gains, kind="stable")
    n_best = MAX_TRIALS // 4
    others = np.linspace(n_best, len(gains) - 1, MAX_TRIALS - n_best).astype(np.intp)
    return np.sort(np.concatenate([order[:n_best], order[others]]))
