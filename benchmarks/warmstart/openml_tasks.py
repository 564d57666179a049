"""Which OpenML data set a task is about, and which data sets are of one family.

The trials of openml_rf and openml_adaboost name tasks, the recorded qualities data sets. The map is OpenML's,
of the suites OpenML-100 and OpenML-CC18, and every entry was checked against the trials: an accuracy is a
whole number of right answers divided by the number of rows, so that several hundred accuracies tell the
number of rows (`rows_fit_accuracies`; a test repeats it). Where the first version of a data set has no
recorded qualities, a later version with the same rows stands in for it (21, 9914, 9968, 34536, 34538,
125923); tasks 3567, 3889 and 3896 have none at all.
"""

import re
from collections.abc import Mapping

import numpy as np

from autometa.dataset import FloatArray

ROUNDED_TO = 1e-6  # accuracies in the tables have six digits

DATASET_OF_TASK: Mapping[int, int] = {
    **{same: same for same in (3, 6, 11, 12, 14, 15, 16, 18, 20, 22, 23, 24, 28, 29, 31, 32, 36, 37)},
    **{21: 40975, 41: 42, 43: 44, 45: 46, 49: 50, 53: 54, 58: 60, 219: 151, 2074: 182, 2079: 188},
    **{3021: 38, 3022: 307, 3481: 300, 3485: 312, 3492: 333, 3493: 334, 3494: 335, 3510: 375, 3512: 377},
    **{3543: 451, 3549: 458, 3560: 469, 3561: 470, 3573: 554, 3891: 1038, 3899: 1046, 3902: 1049, 3903: 1050},
    **{3904: 1053, 3913: 1063, 3917: 1067, 3918: 1068, 3946: 1112, 3948: 1114, 3954: 1120, 7592: 1590},
    **{9914: 40983, 9946: 1510, 9950: 1515, 9952: 1489, 9954: 1491, 9955: 1492, 9956: 1493, 9957: 1494},
    **{9960: 1497, 9964: 1501, 9967: 1504, 9968: 40985, 9970: 1479, 9971: 1480, 9976: 1485, 9977: 1486},
    **{9978: 1487, 9979: 1466, 9980: 1467, 9981: 1468, 9983: 1471, 9985: 1475, 9986: 1476, 10093: 1462},
    **{10101: 1464, 14964: 1459, 14965: 1461, 14966: 4134, 14967: 23380, 14968: 6332, 14969: 4538},
    **{14970: 1478, 34536: 40978, 34537: 4534, 34538: 40966, 34539: 4135, 125920: 23381, 125921: 40496},
    **{125922: 40499, 125923: 40981, 146195: 40668, 146606: 23512, 146607: 40536},
}

_COLLECTIONS = re.compile(
    r"mfeat|monks-problems|one-hundred-plants|kddcup09|fri_c|volcanoes|autouniv|gametes|jungle_chess|"
    r"chscase_census|disclosure|rmftsa|arsenic|analcatdata_apnea|ap_|ova_|led|robot-failures|"
    r"gesturephasesegmentation|wine-quality|piechart|pizzacutter|bank\d+|puma\d+|delta_"
)
_SAME: Mapping[str, str] = {
    "autoprice": "auto_price",
    "wisconsin": "wdbc",
    "clean1": "musk",
    "clean2": "musk",
    "cpu_act": "cpu_small",
    "car-evaluation": "car",
    "thoracic_surgery": "thoracic-surgery",
    "machine_cpu": "cpu",
    "spectf": "spect",
    "thyroid-allbp": "allbp",
    "thyroid-allrep": "allrep",
    "thyroid-dis": "dis",
    "dna": "splice",
    "cleve": "cleveland-nominal",
    "teachingassistant": "tae",
    "sylva_prior": "sylva_agnostic",
    "hill-valley-without-noise": "hill-valley",
}


def family_of(name: str) -> str:
    """The family of a data set by its OpenML name: versions, copies, and members of one collection.

    Example:
        >>> family_of("mfeat-zernike (2)"), family_of("iris (3)"), family_of("autoPrice (2)")
        ('mfeat', 'iris', 'auto_price')
    """
    plain = re.sub(r" \(\d+\)$", "", name).lower()
    collection = _COLLECTIONS.match(plain)
    return collection.group().rstrip("0123456789") if collection else _SAME.get(plain, plain)


def rows_fit_accuracies(accuracies: FloatArray, n_rows: int) -> bool:
    """True if every accuracy is a whole number of `n_rows` answers, as far as six digits tell."""
    right = accuracies * n_rows
    return bool(np.abs(right - np.round(right)).max() <= ROUNDED_TO * n_rows + 1e-3)
