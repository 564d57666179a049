"""decode_value: what the text of an OpenML hyper-parameter says, by the language of its flow.

openml-python writes JSON (scikit-learn and its relatives), mlr writes R, Weka its command line. Nothing here
ever raises: a text that says nothing in its language is kept as it is, and marked.
"""

import json
import math
import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from autometa.search_space import Value

LARGEST = 1e100
SERIALIZED = "oml-python:serialized_object"
REFERENCES = ("component_reference", "composition_step_constant")  # steps of a pipeline, not values


class Language(StrEnum):
    """In which a flow's values are written."""

    JSON = "json"
    R = "r"
    WEKA = "weka"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DecodedValue:
    """A value as its text has it.

    Attributes:
        content: None, bool, int, float (NaN and infinities too), str, list, or dict.
        is_understood: False where the text was kept because its language has no such value.
    """

    content: Any
    is_understood: bool = True

    @property
    def plain(self) -> Value:
        """The value as a configuration may have it: what is no plain value is its text, extreme numbers too.

        Example:
            >>> decode_value("[100, 50]", Language.JSON).plain, decode_value("NaN", Language.JSON).plain
            ('[100, 50]', 'nan')
        """
        return _plain(self.content)

    @property
    def is_reference(self) -> bool:
        """True for what only names other components of the flow, alone or in a list."""
        parts = self.content if isinstance(self.content, list) and self.content else [self.content]
        return all(isinstance(part, dict) and part.get(SERIALIZED) in REFERENCES for part in parts)


_JSON_FLOWS = ("sklearn.", "xgboost.", "lightgbm.", "catboost.", "keras.", "torch.", "openml_", "tabpfn.")
_INTEGER = re.compile(r"[+-]?[0-9]{1,300}")
_REAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_R_WORDS: dict[str, Any] = {
    "TRUE": True,
    "T": True,
    "FALSE": False,
    "F": False,
    "NULL": None,
    "NA": None,
    "NaN": math.nan,
    "Inf": math.inf,
    "-Inf": -math.inf,
}


def language_of(flow_name: str, written_by: str | None = None) -> Language:
    """The language of a flow's values.

    Args:
        flow_name: of the flow or component, with or without version.
        written_by: its external version or its dependencies, if known.

    Example:
        >>> [str(language_of(name)) for name in ("sklearn.svm.classes.SVC(16)", "mlr.classif.ranger(9)")]
        ['json', 'r']
    """
    by = (written_by or "").lower()
    if flow_name.startswith("weka.") or by.startswith("weka"):
        return Language.WEKA
    if flow_name.startswith(("mlr.", "classif.", "regr.")) or by.startswith(("r_", "mlr")):
        return Language.R
    if flow_name.startswith(_JSON_FLOWS) or "openml==" in by or "sklearn" in by:
        return Language.JSON
    return Language.UNKNOWN


def decode_value(text: str | None, language: Language) -> DecodedValue:
    """What a text says; never raises.

    Args:
        text: as uploaded; None (no value) is None in every language.
        language: of its flow. A flow of an unknown one is read as JSON, and where that fails kept as a text.

    Example:
        >>> decode_value('"gini"', Language.JSON).content, decode_value("TRUE", Language.R).content
        ('gini', True)
        >>> decode_value("gini", Language.JSON)
        DecodedValue(content='gini', is_understood=False)
    """
    if text is None:
        return DecodedValue(None)
    if language is Language.R:
        return DecodedValue(_from_r(text.strip()))
    if language is Language.WEKA:
        return DecodedValue(_from_weka(text.strip()))
    try:
        return DecodedValue(json.loads(text))
    except (ValueError, RecursionError):  # also of whole numbers too long for Python
        return DecodedValue(text, is_understood=language is Language.UNKNOWN)


def _from_r(text: str) -> Any:
    if text in _R_WORDS:
        return _R_WORDS[text]
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return _number(text.removesuffix("L") if _INTEGER.fullmatch(text.removesuffix("L")) else text)


def _from_weka(text: str) -> Any:
    return text == "true" if text in ("true", "false") else _number(text)


def _number(text: str) -> Any:
    """The finite number that a text spells, whole if it is written so; else the text."""
    if _INTEGER.fullmatch(text):
        return int(text)
    number = float(text) if _REAL.fullmatch(text) else math.nan
    return number if math.isfinite(number) else text


def _is_usual(number: int | float) -> bool:
    """True if a range may have this number as a bound: finite, and far from where floats end."""
    return number == 0 or 1 / LARGEST <= abs(number) <= LARGEST


def _plain(content: Any) -> Value:
    if isinstance(content, int | float) and not isinstance(content, bool) and not _is_usual(content):
        return str(content) if isinstance(content, float) else f"{Decimal(content):.6e}"
    if content is None or isinstance(content, bool | int | float | str):
        return content
    if isinstance(content, dict) and isinstance(content.get("value"), str) and SERIALIZED in content:
        return str(content["value"])  # a function or a type, by its path
    try:
        return json.dumps(content, sort_keys=True)
    except RecursionError:
        return "..."
