"""The configurations that a trial is chosen from, with what the past studies expect of them.

Shapes: k past studies, m candidates, d encoded dimensions.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from autometa.dataset import FloatArray
from autometa.samplers.asked_space import AskedSpace
from autometa.search_space import Configuration
from autometa.warmstart.encoding import SpaceEncoding
from autometa.warmstart.fitted_source import configuration_key
from autometa.warmstart.kernel import squared_distances
from autometa.warmstart.source_set import SourceSet

N_GOOD = 200  # at most, of the past studies' best configurations
N_DRAWN = 400  # from the space asked for
N_CENTRES = 3  # best own trials that are varied
N_VARIED = 8  # variations of each
N_FOR_PROBE = 16  # draws, of which a probe is the farthest; more would only find corners


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Distinct configurations of the space asked for.

    Attributes:
        configurations: (m,).
        keys: (m,) `configuration_key` of each.
        points: (m, d) in the encoding of the space asked for.
        at_sources: (k, m) the past studies' surfaces.
    """

    configurations: tuple[Configuration, ...]
    keys: tuple[str, ...]
    points: FloatArray
    at_sources: FloatArray

    @classmethod
    def of(
        cls, configurations: Sequence[Configuration], space: AskedSpace, sources: SourceSet
    ) -> "Candidates":
        """The distinct ones among configurations of the space.

        Args:
            configurations: at least one.
            space: asked for.
            sources: whose surfaces are evaluated.
        """
        distinct = {configuration_key(configuration): configuration for configuration in configurations}
        kept = tuple(distinct.values())
        return cls(kept, tuple(distinct), own_encoding(space).encode(kept), sources.predict(kept))

    def joined(self, other: "Candidates") -> "Candidates":
        """These, then those of the other that are not among these."""
        known = set(self.keys)
        new = [index for index, key in enumerate(other.keys) if key not in known]
        return Candidates(
            (*self.configurations, *(other.configurations[index] for index in new)),
            (*self.keys, *(other.keys[index] for index in new)),
            np.vstack([self.points, other.points[new]]),
            np.hstack([self.at_sources, other.at_sources[:, new]]),
        )


def own_encoding(space: AskedSpace) -> SpaceEncoding:
    """How the study's own trials and candidates become points."""
    return SpaceEncoding(space.search_space, {})


def lasting_candidates(
    space: AskedSpace, sources: SourceSet, rng: np.random.Generator, *, fixed: Configuration
) -> Candidates:
    """The past studies' good configurations, as the space has them, and others drawn from it.

    Args:
        space: asked for.
        sources: past studies.
        rng: draws.
        fixed: values that are settled already.
    """
    good = [space.adopt(one, rng, fixed=fixed) for one in sources.good_configurations(N_GOOD)]
    drawn = [space.adopt({}, rng, fixed=fixed) for _ in range(N_DRAWN)]
    return Candidates.of([*good, *drawn], space, sources)


def close_candidates(
    best: Sequence[Configuration],
    space: AskedSpace,
    sources: SourceSet,
    rng: np.random.Generator,
    *,
    fixed: Configuration,
) -> Candidates:
    """Small variations of the best own trials.

    Args:
        best: own configurations, the best first; at least one.
        space: asked for.
        sources: past studies.
        rng: varies.
        fixed: values that are settled already.
    """
    varied = [space.vary(centre, rng, fixed=fixed) for centre in best[:N_CENTRES] for _ in range(N_VARIED)]
    return Candidates.of(varied, space, sources)


def far_configuration(
    tried: Sequence[Configuration],
    space: AskedSpace,
    rng: np.random.Generator,
    *,
    fixed: Configuration,
) -> Configuration | None:
    """Of a few configurations drawn from the space, the one farthest from all tried; None if all were tried.

    A choice that was never tried is far from everything, so that it is tried soon. Mitchell 1991, "Spectrally
    optimal sampling for distribution ray tracing", section 4 (best candidate).

    Args:
        tried: or being tried; at least one.
        space: asked for.
        rng: draws.
        fixed: values that are settled already.
    """
    drawn = [space.adopt({}, rng, fixed=fixed) for _ in range(N_FOR_PROBE)]
    encoding = own_encoding(space)
    gaps = squared_distances(encoding.encode(drawn), encoding.encode(tried)).min(axis=1)
    keys = {configuration_key(configuration) for configuration in tried}
    order = np.argsort(-gaps, kind="stable")
    return next((drawn[index] for index in order if configuration_key(drawn[index]) not in keys), None)
