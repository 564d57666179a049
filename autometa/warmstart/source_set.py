"""Several past studies together: their surfaces at the same configurations, and their portfolio.

Shapes: k sources, m configurations.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from autometa.dataset import FloatArray
from autometa.search_space import Configuration
from autometa.warmstart.encoding import SpaceEncoding
from autometa.warmstart.fitted_source import FittedSource, configuration_key
from autometa.warmstart.portfolio import greedy_portfolio

PORTFOLIO_SIZE = 25
MAX_CANDIDATES = 300  # for the portfolio


@dataclass(frozen=True, slots=True, eq=False)
class SourceSet:
    """Past studies with what they weigh before anything is observed.

    Attributes:
        sources: (k,), at least one.
        weights: (k,) positive.
    """

    sources: tuple[FittedSource, ...]
    weights: FloatArray

    def predict(self, configurations: Sequence[Configuration]) -> FloatArray:
        """(k, m) expected gain of every source at every configuration."""
        encoded = _SharedPoints(configurations)
        return np.stack([source.surface.predict(encoded.of(source.encoding)) for source in self.sources])

    def knowing(self, names: Collection[str]) -> "SourceSet | None":
        """Those that have at least one of the parameters, weighing by the share that they have; None if none.

        Args:
            names: of the parameters asked for.
        """
        shares = np.array([_share_known(source, names) for source in self.sources])
        kept = np.flatnonzero(shares)
        if not len(kept):
            return None
        weights = (self.weights * shares)[kept]
        return SourceSet(tuple(self.sources[index] for index in kept), weights)

    def good_configurations(self, n: int) -> list[Configuration]:
        """At most n distinct configurations: every source's best, then every second best, and so on."""
        good: dict[str, Configuration] = {}
        for rank in range(max(len(source.ranked) for source in self.sources)):
            for source in self.sources:
                if rank < len(source.ranked) and len(good) < n:
                    configuration = source.ranked[rank]
                    good.setdefault(configuration_key(configuration), configuration)
            if len(good) >= n:
                break
        return list(good.values())

    def portfolio(self) -> list[Configuration]:
        """Configurations to try before anything is known, the most useful first.

        Greedy over the sources' best configurations; regrets are measured ones where a source tried the
        configuration, and expected ones elsewhere.
        """
        n_each = max(1, MAX_CANDIDATES // len(self.sources))
        n = min(MAX_CANDIDATES, n_each * len(self.sources), 10 * len(self.sources))
        candidates = self.good_configurations(n)
        encoded = _SharedPoints(candidates)
        keys = [configuration_key(candidate) for candidate in candidates]
        regrets = np.stack([source.regrets_of(keys, encoded.of(source.encoding)) for source in self.sources])
        chosen = greedy_portfolio(regrets, PORTFOLIO_SIZE, weights=self.weights)
        return [candidates[index] for index in chosen]


def _share_known(source: FittedSource, names: Collection[str]) -> float:
    known = set(source.encoding.search_space.names)
    return sum(name in known for name in names) / len(names)


class _SharedPoints:
    """Encodes configurations once for all sources of the same space and the same stand-ins."""

    def __init__(self, configurations: Sequence[Configuration]):
        self._configurations = configurations
        self._missing: dict[str, frozenset[str]] = {}
        self._points: dict[tuple[str, str], FloatArray] = {}

    def of(self, encoding: SpaceEncoding) -> FloatArray:
        """(m, d) points of that encoding."""
        if encoding.key not in self._missing:
            self._missing[encoding.key] = encoding.missing_in(self._configurations)
        missing = self._missing[encoding.key]
        stand_ins = repr([(name, encoding.typical.get(name)) for name in sorted(missing)])
        key = (encoding.key, stand_ins)
        if key not in self._points:
            self._points[key] = encoding.encode(self._configurations)
        return self._points[key]
