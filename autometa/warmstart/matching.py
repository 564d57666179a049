"""Matching a value with a list of choices that somebody else wrote down.

The same choice may stand as 1, 1.0 or "1" in two histories; a number that is no choice is closest to one.
"""

import math
from collections.abc import Sequence
from typing import Any

from autometa.search_space import Value


def match_choice(value: Value, choices: Sequence[Any]) -> int | None:
    """The position of the choice that means the value; None if no choice does.

    In this order: equal and of the same kind; equal as numbers; equal as text; where value and choices are
    all numbers, the nearest one (by ratio where all are positive).

    Args:
        value: as another history has it.
        choices: as they are asked for.

    Example:
        >>> match_choice("64", (32, 64)), match_choice(50, (10, 100, 1000)), match_choice("lion", ("sgd",))
        (1, 1, None)
    """
    for position, choice in enumerate(choices):
        if type(choice) is type(value) and choice == value:
            return position
    number = as_number(value)
    numbers = [as_number(choice) for choice in choices]
    if number is not None and number in numbers:
        return numbers.index(number)
    texts = [str(choice) for choice in choices]
    if str(value) in texts:
        return texts.index(str(value))
    known = [one for one in numbers if one is not None]
    return None if number is None or len(known) < len(numbers) else _nearest(number, known)


def as_number(value: object) -> float | None:
    """The finite number that a value is or spells; None for booleans and all else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _nearest(number: float, numbers: Sequence[float]) -> int:
    by_ratio = number > 0 and min(numbers) > 0
    gaps = [abs(math.log(number / one)) if by_ratio else abs(number - one) for one in numbers]
    return gaps.index(min(gaps))
