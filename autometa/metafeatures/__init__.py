"""Numbers that describe a data set: `extract` measures them, `features` says what they mean. Costs NumPy."""

from autometa.metafeatures.base import Feature, MetaFeatures, MetaFeatureTable
from autometa.metafeatures.extractor import PACKS, extract, features
from autometa.metafeatures.moments import infinite_share

__all__ = ["PACKS", "Feature", "MetaFeatureTable", "MetaFeatures", "extract", "features", "infinite_share"]
