"""The choice for one trial: from the portfolio, from the posterior over past studies, or the base's.

Shapes: k past studies, n observed trials, m candidates, d encoded dimensions.

The choice is a function of the seed, the trial's number and the trials that are over or running: two
processes that see the same study choose alike; parallel trials have different numbers and choose differently.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial

from autometa.dataset import FloatArray
from autometa.optuna_spaces import SWITCH, fold_switches
from autometa.samplers.asked_space import AskedSpace, asked_space
from autometa.samplers.candidates import (
    Candidates,
    close_candidates,
    far_configuration,
    lasting_candidates,
    own_encoding,
)
from autometa.samplers.explanation import Explanation, Origin, largest
from autometa.samplers.observations import Observations, observe
from autometa.samplers.turns import MIN_SUPPORT, N_STARTUP, PROBES, has_stalled, is_optional
from autometa.search_space import Configuration, SearchSpace, Value
from autometa.warmstart.fitted_source import configuration_key
from autometa.warmstart.source_set import SourceSet
from autometa.warmstart.transfer import (
    TransferPosterior,
    expected_improvement,
    learned_length_scales,
    plain_length_scales,
    transfer_posterior,
)

MIN_SCORES = 2  # that differ; one alone does not tell what is much and what is little
PENDING_WIDTH = 0.1  # root mean square distance over dimensions within which running trials repel
N_KEPT = 8  # sets of lasting candidates that are remembered
LASTING, CLOSE, PROBE = 0, 1, 2  # streams of random numbers


@dataclass(frozen=True, slots=True, eq=False)
class Proposal:
    """What one trial should be.

    Attributes:
        explanation: who chose it, and why.
        configuration: to hand out; empty where the base sampler decides.
    """

    explanation: Explanation
    configuration: Configuration

    @property
    def is_base(self) -> bool:
        """True where the base sampler decides."""
        return self.explanation.origin is Origin.BASE


@dataclass(frozen=True, slots=True, eq=False)
class Situation:
    """A study at the moment when a trial asks.

    Attributes:
        study_name: tells studies apart.
        trial: that asks.
        trials: all of the study, by number.
        direction: of its objective.
        planned: configurations of running trials that this process chose, by number.
    """

    study_name: str
    trial: FrozenTrial
    trials: Sequence[FrozenTrial]
    direction: StudyDirection
    planned: Mapping[int, Configuration]


class Proposer:
    """Chooses configurations for trials, remembering what the surfaces said.

    Args:
        sources: past studies.
        search_space: the space asked for, where the user named it; tells conditions.
        seed: of all draws.
    """

    def __init__(self, sources: SourceSet, *, search_space: SearchSpace | None, seed: int):
        past = [source.encoding.search_space for source in sources.sources]
        self._known = past if search_space is None else [search_space, *past]
        self._sources = sources
        self._seed = seed
        self._scopes: dict[frozenset[str], _Scope | None] = {}

    def propose(self, situation: Situation, *, asked_first: str | None) -> Proposal | None:
        """The choice for a trial; None if its first parameter must be known first.

        Args:
            situation: the study and the trial.
            asked_first: the parameter that is being asked for; None if that is not known yet.
        """
        space = asked_space(situation.trials, self._known)
        if space is None and asked_first is None:
            return None
        names = [(asked_first or "").removesuffix(SWITCH)] if space is None else space.search_space.names
        scope = self._scope(frozenset(names))
        number = situation.trial.number
        if scope is None:
            return left_to_base(number)
        observed = observe(situation.trials, situation.direction, apart_from=number)
        taken = _taken(situation, observed)
        if space is None or len(set(observed.gains)) < MIN_SCORES:
            return scope.from_portfolio(number, space, taken, _settled(situation.trial, space))
        return scope.from_posterior(situation, space, observed, taken)

    def _scope(self, names: frozenset[str]) -> "_Scope | None":
        if names not in self._scopes:
            sources = self._sources.knowing(names)
            self._scopes[names] = None if sources is None else _Scope(sources, self._seed)
        return self._scopes[names]


class _Scope:
    """The past studies that have some of the parameters asked for, and what they said so far."""

    def __init__(self, sources: SourceSet, seed: int):
        self._sources = sources
        self._seed = seed
        self._portfolio: list[Configuration] | None = None
        self._lasting: dict[str, tuple[Candidates, FloatArray]] = {}
        self._at_own: dict[str, FloatArray] = {}

    def from_portfolio(
        self, number: int, space: AskedSpace | None, taken: Sequence[Configuration], fixed: Configuration
    ) -> Proposal:
        """The portfolio's entry for this number, or the next one that is not taken."""
        if self._portfolio is None:
            self._portfolio = self._sources.portfolio()
        keys = {configuration_key(configuration) for configuration in taken}
        rng = np.random.default_rng([self._seed, CLOSE, number])
        turn = number % len(self._portfolio)
        for entry in self._portfolio[turn:] + self._portfolio[:turn]:
            configuration = dict(entry) if space is None else space.adopt(entry, rng, fixed=fixed)
            if configuration_key(configuration) not in keys:
                shares = self._sources.weights / self._sources.weights.sum()
                explanation = Explanation(number, Origin.PORTFOLIO, self._named(shares), 1.0)
                return Proposal(explanation, {**entry, **configuration})
        return left_to_base(number)

    def from_posterior(
        self, situation: Situation, space: AskedSpace, observed: Observations, taken: Sequence[Configuration]
    ) -> Proposal:
        """The candidate with the largest expected improvement, unless it is the turn of another."""
        number = situation.trial.number
        if number in PROBES:
            return self._probe(situation, space, taken)
        if is_optional(number) and number >= N_STARTUP and has_stalled(observed.gains):
            return left_to_base(number)
        candidates, lengths = self._candidates(situation, space, observed)
        posterior = transfer_posterior(
            candidates.at_sources,
            self._at_observed(observed),
            candidates.points,
            own_encoding(space).encode(observed.configurations),
            observed.gains,
            prior_weights=self._sources.weights / self._sources.weights.sum(),
            length_scales=lengths,
        )
        if is_optional(number) and posterior.support < MIN_SUPPORT:
            if number < N_STARTUP:
                return self._probe(situation, space, taken)
            return left_to_base(number, posterior.transfer_share)
        merit = expected_improvement(posterior, posterior.best)
        merit = merit * _distance_from(own_encoding(space).encode(_pending(situation, observed)), candidates)
        pick = _best_free(merit, candidates, taken)
        if pick is None:
            return left_to_base(number, posterior.transfer_share)
        return Proposal(self._explained(number, posterior), candidates.configurations[pick])

    def _probe(self, situation: Situation, space: AskedSpace, taken: Sequence[Configuration]) -> Proposal:
        number = situation.trial.number
        rng = np.random.default_rng([self._seed, PROBE, number])
        far = far_configuration(taken, space, rng, fixed=_settled(situation.trial, space))
        return left_to_base(number) if far is None else Proposal(Explanation(number, Origin.PROBE), far)

    def _candidates(
        self, situation: Situation, space: AskedSpace, observed: Observations
    ) -> tuple[Candidates, FloatArray]:
        fixed = _settled(situation.trial, space)
        key = repr((situation.study_name, space.search_space, sorted(fixed.items())))
        if key not in self._lasting:
            rng = np.random.default_rng([self._seed, LASTING])
            if len(self._lasting) >= N_KEPT:
                self._lasting.pop(next(iter(self._lasting)))
            lasting = lasting_candidates(space, self._sources, rng, fixed=fixed)
            by_weight = lasting.at_sources[np.argsort(-self._sources.weights, kind="stable")]
            learned = learned_length_scales(lasting.points, by_weight, seed=self._seed)
            self._lasting[key] = lasting, np.stack([learned, plain_length_scales(len(learned))])
        lasting, lengths = self._lasting[key]
        rng = np.random.default_rng([self._seed, CLOSE, situation.trial.number])
        ranked = np.argsort(-observed.gains, kind="stable")
        best = [observed.configurations[index] for index in ranked]
        close = close_candidates(best, space, self._sources, rng, fixed=fixed)
        return lasting.joined(close), lengths

    def _at_observed(self, observed: Observations) -> FloatArray:
        """(k, n) the surfaces at the own trials; each is asked once."""
        keys = [configuration_key(configuration) for configuration in observed.configurations]
        new = {
            key: one
            for key, one in zip(keys, observed.configurations, strict=True)
            if key not in self._at_own
        }
        if new:
            predicted = self._sources.predict(list(new.values()))
            self._at_own |= dict(zip(new, predicted.T, strict=True))
        return np.stack([self._at_own[key] for key in keys], axis=1)

    def _explained(self, number: int, posterior: TransferPosterior) -> Explanation:
        named = self._named(posterior.source_weights)
        return Explanation(number, Origin.TRANSFER, named, float(posterior.transfer_share))

    def _named(self, shares: FloatArray) -> dict[str, float]:
        summed: dict[str, float] = {}
        for source, share in zip(self._sources.sources, shares, strict=True):
            summed[source.label] = summed.get(source.label, 0.0) + float(share)
        return largest(summed)


def left_to_base(number: int, transfer_share: float = 0.0) -> Proposal:
    """The proposal that leaves a trial to the base sampler.

    Args:
        number: of the trial.
        transfer_share: how much past studies would have had to say.
    """
    return Proposal(Explanation(number, Origin.BASE, transfer_share=transfer_share), {})


def _settled(trial: FrozenTrial, space: AskedSpace | None) -> dict[str, Value]:
    """The values that a trial has already, or that its user enqueued, where there was a choice."""
    settled = fold_switches({**trial.system_attrs.get("fixed_params", {}), **trial.params})
    if space is None:
        return settled
    single = {name for name, distribution in space.distributions.items() if distribution.single()}
    return {name: value for name, value in settled.items() if name not in single}


def _pending(situation: Situation, observed: Observations) -> list[Configuration]:
    """Configurations of running trials: as planned here, else as far as the storage knows."""
    running = observed.pending
    return [one for number, known in running.items() if (one := situation.planned.get(number, known))]


def _taken(situation: Situation, observed: Observations) -> list[Configuration]:
    """Everything that was tried or is being tried."""
    tried = [fold_switches(trial.params) for trial in situation.trials if trial.state.is_finished()]
    return [*tried, *_pending(situation, observed)]


def _distance_from(pending: FloatArray, candidates: Candidates) -> FloatArray:
    """(m,) factors in [0, 1] that keep candidates away from running trials: 0 at one, 1 far from all."""
    if not len(pending):
        return np.ones(len(candidates.keys))
    gaps = candidates.points[:, None, :] - pending[None, :, :]  # (m, running, d)
    squared = (gaps**2).mean(axis=2).min(axis=1) if gaps.shape[2] else np.zeros(len(candidates.keys))
    factors: FloatArray = 1.0 - np.exp(-squared / (2 * PENDING_WIDTH**2))
    return factors


def _best_free(merit: FloatArray, candidates: Candidates, taken: Sequence[Configuration]) -> int | None:
    """The candidate with the largest merit that is not taken; None if all are."""
    keys = {configuration_key(configuration) for configuration in taken}
    free = np.array([key not in keys for key in candidates.keys])
    return int(np.argmax(np.where(free, merit, -np.inf))) if free.any() else None
