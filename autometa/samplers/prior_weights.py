"""What past studies weigh before anything is observed: by the similarity of the data that they are about.

Shapes: k past studies.
"""

import logging
from collections.abc import Sequence

import numpy as np

from autometa.dataset import FloatArray, TaskType
from autometa.errors import StoreError
from autometa.history import PriorStudy
from autometa.metafeatures import MetaFeatures, MetaFeatureTable, features
from autometa.similarity import ScaledL1, SimilarityModel, TrainedSimilarity
from autometa.warmstart.fitted_source import ArrayShelf
from autometa.warmstart.sources import StudySource

LEARNED = "similarity"  # the name under which a store keeps the similarity that was learned from it
LEARNED_PACK = "core"  # of meta-features, that it is learned from

logger = logging.getLogger(__name__)


def prior_weights(
    studies: Sequence[PriorStudy],
    source: StudySource,
    *,
    meta_features: MetaFeatures | None,
    similarity: SimilarityModel | TrainedSimilarity | None,
) -> FloatArray:
    """(k,) how much each study counts before anything is observed: by its data's similarity, if known.

    A study of data that is not described counts as little as the least similar one.

    Args:
        studies: k of them.
        source: knows the meta-features of their data sets.
        meta_features: of the target's data set; all studies weigh the same where None.
        similarity: gives distances and what they weigh; where None, what a store learned, else `ScaledL1`.

    Raises:
        IncompatibleMetaFeaturesError: the similarity was learned from other meta-features.
        StoreError: what a store keeps as its similarity is something else.
    """
    if meta_features is None:
        return np.ones(len(studies))
    chosen = _learned(source, meta_features.pack) if similarity is None else similarity
    weights: dict[str, float] = {}
    for task_type in TaskType:
        table = source.meta_features(task_type, meta_features.pack)
        if _are_alike(table, meta_features):
            model = _model(chosen, task_type, pack=meta_features.pack)
            shares = model.weights(model.distances(meta_features, table))
            weights |= dict(zip(table.dataset_ids, shares.tolist(), strict=True))
    if not weights:
        logger.warning("none of the past data sets has meta-features like the new one's: all weigh the same")
        return np.ones(len(studies))
    least = min(weights.values())
    return np.array([weights.get(study.dataset_id, least) for study in studies])


def _learned(source: StudySource, pack: str) -> TrainedSimilarity | None:
    """The similarity that `autometa similarity train` left in a store; None where there is none."""
    if pack != LEARNED_PACK or not isinstance(source, ArrayShelf) or LEARNED not in source.artifact_names():
        return None
    try:
        return TrainedSimilarity.from_arrays(source.artifact(LEARNED))
    except (ValueError, KeyError) as error:
        raise StoreError(
            f"artifact {LEARNED!r} is not a trained similarity ({error}); "
            "train again with `autometa similarity train`"
        ) from error


def _model(
    chosen: SimilarityModel | TrainedSimilarity | None, task_type: TaskType, *, pack: str
) -> SimilarityModel:
    """The task's model; the one that learns nothing where there is none."""
    model = chosen.model(task_type) if isinstance(chosen, TrainedSimilarity) else chosen
    return ScaledL1(features(pack)) if model is None else model


def _are_alike(table: MetaFeatureTable, meta_features: MetaFeatures) -> bool:
    is_same = (table.version, table.names) == (meta_features.version, meta_features.names)
    return is_same and bool(table.dataset_ids)
