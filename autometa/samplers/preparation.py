"""From what the user gave to a proposer: past studies are read, weighed and fitted at the first trial."""

import logging
from dataclasses import dataclass
from pathlib import Path

import optuna

from autometa.dataset import Dataset
from autometa.metafeatures import MetaFeatures, extract
from autometa.samplers.prior_weights import prior_weights
from autometa.samplers.proposals import Proposer
from autometa.samplers.sources import fit_sources, open_source, past_studies
from autometa.search_space import SearchSpace
from autometa.similarity import SimilarityModel, TrainedSimilarity
from autometa.warmstart.fitted_source import ArrayShelf
from autometa.warmstart.sources import StudySource

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Preparation:
    """What a sampler learns from; the attributes are those of `WarmStartSampler`'s constructor.

    Attributes:
        source: past studies, or where a store of them is.
        dataset: what the new study is about.
        meta_features: of the data set.
        search_space: which past studies to learn from.
        metric: the same.
        similarity: of data sets.
        seed: of all draws.
    """

    source: str | Path | StudySource
    dataset: Dataset | None
    meta_features: MetaFeatures | None
    search_space: SearchSpace | str | None
    metric: str | None
    similarity: SimilarityModel | TrainedSimilarity | None
    seed: int

    def proposer(self, study: optuna.Study) -> Proposer | None:
        """What chooses the study's trials; None if there is nothing to learn from, and the log says so.

        Args:
            study: of one objective; never its own past.

        Raises:
            StoreError: the source is a store that cannot be read.
            IncompatibleMetaFeaturesError: the similarity was learned from other meta-features.
        """
        source = open_source(self.source)
        found = past_studies(source, study, search_space=self.search_space, metric=self.metric)
        weights = prior_weights(found, source, meta_features=self._described(), similarity=self.similarity)
        shelf = source if isinstance(source, ArrayShelf) else None
        sources = fit_sources(found, weights, shelf=shelf)
        if sources is None:
            logger.warning("nothing to learn from in %d past studies: the base sampler decides", len(found))
            return None
        logger.info("study %r learns from %d past studies", study.study_name, len(sources.sources))
        space = self.search_space if isinstance(self.search_space, SearchSpace) else None
        return Proposer(sources, search_space=space, seed=self.seed)

    def _described(self) -> MetaFeatures | None:
        if self.meta_features is not None or self.dataset is None:
            return self.meta_features
        return extract(self.dataset)
