"""Advice: what experience says about a data set; the nouns that `Recommender` gives back."""

from dataclasses import dataclass

from autometa.history import Direction
from autometa.search_space import Configuration
from autometa.warmstart.novelty import Novelty
from autometa.warmstart.probing import Probe


@dataclass(frozen=True, slots=True)
class KnownDataset:
    """A known data set as a neighbour of the query."""

    dataset_id: str
    name: str
    distance: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """A similar data set on which the configuration did well.

    Attributes:
        dataset: its name.
        distance: from the query.
        score: reached there.
        place: among all configurations tried there, 1 is the best.
    """

    dataset: str
    distance: float
    score: float
    place: int


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One configuration to try.

    Attributes:
        rank: 1 is to be tried first.
        learner: its name in the catalogue.
        params: a configuration of its search space.
        is_default: True for the library's own default.
        expected_score: forecast in the metric's own sign; None if there is too little to go by.
        score_interval: 80 % interval of the forecast; None likewise.
        expected_fit_seconds: CPU seconds of one fit on the whole table; None if unknown.
        evidence: similar data sets that speak for it, the most similar first.
    """

    rank: int
    learner: str
    params: Configuration
    is_default: bool
    expected_score: float | None
    score_interval: tuple[float, float] | None
    expected_fit_seconds: float | None
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """What experience says about a data set.

    Attributes:
        metric: that scores are in.
        direction: whether larger or smaller is better.
        n_known: data sets that the advice is drawn from.
        neighbors: the most similar ones.
        median_distance: half of the known data sets are farther; NaN if none can be compared.
        recommendations: the first to try first.
        novelty: whether the data set is like anything known.
        outside: sentences on its sizes that no known data set reaches; forecasts extrapolate there.
        probes: what was measured on part of the data set before, and went into the advice.
    """

    metric: str
    direction: Direction
    n_known: int
    neighbors: tuple[KnownDataset, ...]
    median_distance: float
    recommendations: tuple[Recommendation, ...]
    novelty: Novelty
    outside: tuple[str, ...] = ()
    probes: tuple[Probe, ...] = ()
