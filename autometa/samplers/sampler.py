"""WarmStartSampler: an Optuna sampler that begins where past studies ended.

What Optuna asks of a sampler, and what this one answers: one joint configuration a trial, chosen when the
first parameter is asked for, and handed out parameter by parameter in `sample_independent`, each value turned
into one that the distribution asked for allows. Whole trials that the base sampler decides go through the
base's own relative space, so that multivariate samplers keep working.
"""

import logging
import secrets
import threading
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, TPESampler
from optuna.trial import FrozenTrial, TrialState

from autometa.dataset import Dataset
from autometa.errors import SearchSpaceMismatchError
from autometa.metafeatures import MetaFeatures
from autometa.samplers.conversion import UNKNOWN, asked_value
from autometa.samplers.explanation import Explanation, Notes
from autometa.samplers.preparation import Preparation
from autometa.samplers.proposals import Proposal, Proposer, Situation, left_to_base
from autometa.samplers.sources import OptunaStudySource, stored_studies
from autometa.search_space import SearchSpace
from autometa.similarity import SimilarityModel, TrainedSimilarity
from autometa.warmstart.in_memory import InMemoryTrialSource
from autometa.warmstart.sources import StudySource

N_TRANSFER_TRIALS = 50

logger = logging.getLogger(__name__)


class WarmStartSampler(BaseSampler):
    """Learns from past studies first, and leaves the later trials to another sampler.

    While fewer than two scores are known, a trial takes the next entry of a portfolio of past configurations.
    From then on, past studies that agree with what was observed count more, and the configuration with the
    largest expected improvement is chosen. Two early trials are probes, far from what was tried. Where they
    speak against past studies, and later where nothing improves, the base sampler takes every other trial;
    after `n_transfer_trials` finished trials it decides alone. The study contains its own trials only.

    Past studies may differ from this one in ranges, scales, kinds of numbers, categories and parameters.
    Studies with several objectives are left to the base sampler, and the log says so.

    Args:
        source: past studies: the URL or path of a `TrialStore`, such a store, an `InMemoryTrialSource`, or
            any other `StudySource`. See `from_studies` and `from_storage` for Optuna's own.
        dataset: what the study is about; past studies of similar data count more then.
        meta_features: of the data set, where they are at hand; wins over `dataset`.
        search_space: which of the source's studies to learn from, by its name; needed for a store.
        metric: learn only from studies scored by it; from all where None.
        base_sampler: decides what past studies do not; Optuna's default sampler where None.
        seed: of all draws, the default base sampler's too; a new one each time where None.
        similarity: of data sets; where None, the one that a store learned, else `ScaledL1`.
        n_transfer_trials: finished trials after which the base sampler decides alone.

    Example:
        >>> import optuna
        >>> from autometa.history import PriorStudy, PriorTrial
        >>> from autometa.search_space import FloatRange
        >>> optuna.logging.set_verbosity(optuna.logging.ERROR)
        >>> space = SearchSpace("toy", 1, (FloatRange("x", 0.0, 1.0),))
        >>> trials = tuple(PriorTrial({"x": i / 10}, (i / 10 - 0.7) ** 2) for i in range(11))
        >>> past = InMemoryTrialSource([PriorStudy("yesterday", space, "loss", "minimize", trials)])
        >>> study = optuna.create_study(sampler=WarmStartSampler(past, seed=0))
        >>> study.optimize(lambda trial: (trial.suggest_float("x", 0, 1) - 0.7) ** 2, n_trials=1)
        >>> study.best_params
        {'x': 0.7}
    """

    def __init__(
        self,
        source: str | Path | StudySource,
        *,
        dataset: Dataset | None = None,
        meta_features: MetaFeatures | None = None,
        search_space: SearchSpace | str | None = None,
        metric: str | None = None,
        base_sampler: BaseSampler | None = None,
        seed: int | None = None,
        similarity: SimilarityModel | TrainedSimilarity | None = None,
        n_transfer_trials: int = N_TRANSFER_TRIALS,
    ):
        if search_space is None and not isinstance(source, InMemoryTrialSource | OptunaStudySource):
            raise SearchSpaceMismatchError(
                "a store holds studies of many search spaces; say which with search_space=, "
                'e.g. "random_forest/classification"'
            )
        self._preparation = Preparation(
            source=source,
            dataset=dataset,
            meta_features=meta_features,
            search_space=search_space,
            metric=metric,
            similarity=similarity,
            seed=secrets.randbits(32) if seed is None else seed,
        )
        self._base = TPESampler(seed=seed) if base_sampler is None else base_sampler
        self._n_transfer_trials = n_transfer_trials
        self._forget()

    @classmethod
    def from_studies(
        cls,
        studies: Sequence[optuna.Study],
        *,
        base_sampler: BaseSampler | None = None,
        seed: int | None = None,
        n_transfer_trials: int = N_TRANSFER_TRIALS,
    ) -> "WarmStartSampler":
        """A sampler that learns from other Optuna studies.

        Args:
            studies: of one objective each; the study that is being sampled is never its own past.
            base_sampler: as in the constructor.
            seed: as in the constructor.
            n_transfer_trials: as in the constructor.
        """
        return cls(
            OptunaStudySource(partial(list, studies)),
            base_sampler=base_sampler,
            seed=seed,
            n_transfer_trials=n_transfer_trials,
        )

    @classmethod
    def from_storage(
        cls,
        storage: str | optuna.storages.BaseStorage,
        *,
        study_names: Sequence[str] | None = None,
        base_sampler: BaseSampler | None = None,
        seed: int | None = None,
        n_transfer_trials: int = N_TRANSFER_TRIALS,
    ) -> "WarmStartSampler":
        """A sampler that learns from the studies of an Optuna storage, read at the first trial.

        Args:
            storage: Optuna's storage or its URL.
            study_names: only these; all where None. Studies without a common parameter are ignored anyway.
            base_sampler: as in the constructor.
            seed: as in the constructor.
            n_transfer_trials: as in the constructor.
        """
        return cls(
            OptunaStudySource(partial(stored_studies, storage, study_names)),
            base_sampler=base_sampler,
            seed=seed,
            n_transfer_trials=n_transfer_trials,
        )

    def explain(self, study: optuna.Study) -> list[Explanation]:
        """Where each trial of a study comes from, and which past studies weighed how much.

        Args:
            study: that this sampler, or one like it in another process, sampled.
        """
        return self._notes.explanations(study)

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """See the base class; the base sampler prepares every trial, for any parameter may become its own."""
        self._base.before_trial(study, trial)

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """Nothing for a trial of its own; the base sampler's space for a trial that is the base's."""
        proposal = self._proposal(study, trial, asked_first=None)
        if proposal is None or not proposal.is_base:
            return {}
        space: dict[str, BaseDistribution] = self._base.infer_relative_search_space(study, trial)
        return space

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """The base sampler's values for a trial that is the base's; else its own, for whatever is asked."""
        first = next(iter(search_space), None)
        proposal = self._proposal(study, trial, asked_first=first)
        if proposal is None or proposal.is_base:
            relative: dict[str, Any] = self._base.sample_relative(study, trial, search_space)
            return relative
        return {
            name: self.sample_independent(study, trial, name, distribution)
            for name, distribution in search_space.items()
        }

    def sample_independent(
        self, study: optuna.Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        """The trial's own value, made valid for what is asked; the base sampler's where there is none."""
        proposal = self._proposal(study, trial, asked_first=param_name)
        if proposal is not None:
            value = asked_value(param_name, param_distribution, proposal.configuration)
            if value is not UNKNOWN:
                return value
        return self._base.sample_independent(study, trial, param_name, param_distribution)

    def after_trial(
        self, study: optuna.Study, trial: FrozenTrial, state: TrialState, values: Sequence[float] | None
    ) -> None:
        """See the base class."""
        with self._lock:
            self._plans.pop((study.study_name, trial.number), None)
        self._base.after_trial(study, trial, state, values)

    def reseed_rng(self) -> None:
        """Reseed the base sampler; own draws depend on the trial's number, so workers never share them."""
        self._base.reseed_rng()

    def __getstate__(self) -> dict[str, Any]:
        """Without what another process must build for itself: lock, surfaces, plans."""
        transient = {"_lock", "_plans", "_proposers", "_notes"}
        return {name: value for name, value in self.__dict__.items() if name not in transient}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__dict__.update(state)
        self._forget()

    def _forget(self) -> None:
        self._lock = threading.RLock()
        self._plans: dict[tuple[str, int], tuple[FrozenTrial, Proposal]] = {}
        self._proposers: dict[str, Proposer | None] = {}
        self._notes = Notes()

    def _proposal(
        self, study: optuna.Study, trial: FrozenTrial, *, asked_first: str | None
    ) -> Proposal | None:
        """The trial's proposal, made once; None while its first parameter must still be known."""
        key = (study.study_name, trial.number)
        with self._lock:
            planned_for, proposal = self._plans.get(key, (None, None))
            if planned_for is None or planned_for.datetime_start != trial.datetime_start:
                proposal = self._propose(study, trial, asked_first)
                if proposal is not None:
                    self._plans[key] = (trial, proposal)
        return proposal

    def _propose(self, study: optuna.Study, trial: FrozenTrial, asked_first: str | None) -> Proposal | None:
        if trial.number >= self._n_transfer_trials and self._notes.has_handed_over(study):
            return left_to_base(trial.number)
        trials = [] if _has_several(study) else study.get_trials(deepcopy=False)
        n_finished = sum(one.state.is_finished() for one in trials)
        proposer = self._proposer(study) if n_finished < self._n_transfer_trials else None
        if proposer is None:
            self._notes.hand_over(study, trial.number)
            return left_to_base(trial.number)
        planned = {
            number: proposal.configuration
            for (name, number), (_, proposal) in self._plans.items()
            if name == study.study_name and number != trial.number
        }
        situation = Situation(study.study_name, trial, trials, study.direction, planned)
        proposal = proposer.propose(situation, asked_first=asked_first)
        if proposal is not None:
            self._notes.add(study, proposal.explanation)
        return proposal

    def _proposer(self, study: optuna.Study) -> Proposer | None:
        """The study's proposer, made at its first trial; None where past studies cannot be used."""
        if study.study_name not in self._proposers:
            self._proposers[study.study_name] = (
                None if _has_several(study) else self._preparation.proposer(study)
            )
            if _has_several(study):
                logger.warning(
                    "study %r has %d objectives: past studies are not used, %s decides",
                    study.study_name,
                    len(study.directions),
                    self._base,
                )
        return self._proposers[study.study_name]


def _has_several(study: optuna.Study) -> bool:
    return len(study.directions) > 1
