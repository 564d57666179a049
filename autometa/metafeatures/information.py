"""Group information: how much single columns tell about the target.

Shapes: c columns that take part: numeric, datetime, boolean and categorical ones with two or more bins.
"""

import numpy as np

from autometa.dataset import IntArray
from autometa.metafeatures.association import Association
from autometa.metafeatures.base import Feature
from autometa.metafeatures.summary import Measured, entropy_bits, five_features, five_numbers, inapplicable

_GROUP = "information"
_MICHIE = "Michie, Spiegelhalter and Taylor 1994"
_SHARED = (
    "up to 20 000 rows; numbers in 8 bins of equal frequency (ties merged), a missing cell in its own bin, a "
    "real target in 5; text and columns of one bin left out; I floored at 1e-4 bit"
)

FEATURES = (
    *five_features("mutual_information", _GROUP, f"I(x; y) / H(y) over columns ({_SHARED}).", _MICHIE),
    *(
        Feature(
            f"attribute_entropy_{part}",
            _GROUP,
            f"{word} over columns of H(x) / log2(bins that occur).",
            _MICHIE,
        )
        for part, word in (("mean", "Mean"), ("min", "Minimum"), ("max", "Maximum"))
    ),
    Feature("equivalent_columns_log10", _GROUP, "log10(H(y) / mean I).", _MICHIE),
    Feature(
        "noise_to_signal",
        _GROUP,
        "slog((mean H(x) - mean I) / mean I), slog x = sign(x) ln(1 + |x|).",
        _MICHIE,
    ),
    Feature("frac_informative", _GROUP, "Share of columns with I > 0.01 H(y).", "autometa"),
)

_FLOOR_BITS = 1e-4
_INFORMATIVE = 0.01


def measure(association: Association, y_counts: IntArray) -> Measured:
    """The information group.

    Args:
        association: of all columns that could take part.
        y_counts: (k,) rows in each target bin.
    """
    takes_part = association.n_bins > 1
    if not takes_part.any():
        return inapplicable(FEATURES, "no column but text and constants")
    order = np.lexsort((association.entropy[takes_part], association.information[takes_part]))
    information = np.maximum(association.information[takes_part][order], _FLOOR_BITS)
    entropy = association.entropy[takes_part][order]
    relative = np.sort(entropy / np.log2(association.n_bins[takes_part][order]))
    known: Measured = {
        "attribute_entropy_mean": float(relative.mean()),
        "attribute_entropy_min": float(relative[0]),
        "attribute_entropy_max": float(relative[-1]),
    }
    y_entropy = float(entropy_bits(y_counts))
    if y_entropy == 0:
        return inapplicable(FEATURES, "the target has one value in the sample") | known
    mean_information = float(information.mean())
    ratio = (float(np.sort(entropy).mean()) - mean_information) / mean_information
    return (
        known
        | five_numbers("mutual_information", information / y_entropy, "")
        | {
            "equivalent_columns_log10": float(np.log10(y_entropy / mean_information)),
            "noise_to_signal": float(np.sign(ratio) * np.log1p(abs(ratio))),
            "frac_informative": float((information > _INFORMATIVE * y_entropy).mean()),
        }
    )
