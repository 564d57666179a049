"""Group categorical: levels of the categorical and boolean columns that vary.

Shapes: n rows; c categorical and boolean columns with at least two levels.
"""

import numpy as np

from autometa.dataset import ColumnKind
from autometa.metafeatures.base import Feature
from autometa.metafeatures.sample import Sample
from autometa.metafeatures.summary import Measured, five_features, five_numbers, inapplicable

_GROUP = "categorical"
_ASKL = "Feurer et al. 2015 (auto-sklearn)"
_MICHIE = "Michie, Spiegelhalter and Taylor 1994"
_OWN = "autometa"
_OVER = "categorical and boolean columns with two levels or more (exact; missing is not a level)"

FEATURES = (
    *five_features("levels_log10", _GROUP, f"log10 of the number of levels over {_OVER}.", _ASKL),
    Feature("level_entropy_mean", _GROUP, f"Mean of H / log2(levels) over {_OVER}.", _MICHIE),
    Feature("level_entropy_min", _GROUP, f"Minimum of H / log2(levels) over {_OVER}.", _MICHIE),
    Feature(
        "rare_level_share", _GROUP, f"Mean share of known cells in levels with < 10 rows, over {_OVER}.", _OWN
    ),
    Feature("max_levels_share", _GROUP, f"Largest number of levels / n over {_OVER}.", _OWN),
)


def measure(sample: Sample) -> Measured:
    """The categorical group."""
    kinds = (ColumnKind.CATEGORICAL, ColumnKind.BOOLEAN)
    chosen = np.array([kind in kinds for kind in sample.code_kinds], dtype=np.bool_) & sample.levels.varies
    if not chosen.any():
        return inapplicable(FEATURES, "no categorical or boolean column has two levels")
    n_levels = sample.levels.n_levels[chosen]
    relative = np.sort(sample.levels.entropy[chosen] / np.log2(n_levels))
    return {
        **five_numbers("levels_log10", np.log10(n_levels), ""),
        "level_entropy_mean": float(relative.mean()),
        "level_entropy_min": float(relative[0]),
        "rare_level_share": float(np.sort(sample.levels.rare_share[chosen]).mean()),
        "max_levels_share": float(n_levels.max() / sample.dataset.n_rows),
    }
