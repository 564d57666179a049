"""How numbers are written in a text table: decimal mark, thousands mark, and numbers for names."""

import re

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")
_WHOLE = re.compile(r"[+-]?\d+$")
_COMMA_NUMBER = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?$")  # 3,14
_COMMA_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$")  # 1,234.5
_POINT_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d+)?$")  # 1.234,5
_MANY_NUMBERS = 10  # that many numbers in order are names (wavelengths, years), fewer are values


def number_marks(fields: list[str], delimiter: str) -> tuple[str, str | None]:
    """Decimal mark and thousands mark.

    Between commas, a quoted "1,234" is a thousand; elsewhere 1,234 is a decimal comma. Marks that contradict
    each other leave the usual point.

    Args:
        fields: a sample of the values, without blanks around them.
        delimiter: what separates them.
    """
    with_comma = [field for field in fields if _COMMA_NUMBER.match(field) or _COMMA_THOUSANDS.match(field)]
    with_point = [field for field in fields if "." in field and _NUMBER.match(field)]
    both = [field for field in fields if "," in field and _POINT_THOUSANDS.match(field) and "." in field]
    if delimiter == "," and with_comma and all(map(_COMMA_THOUSANDS.match, with_comma)):
        return ".", ","
    if not (with_comma or both) or not all(map(_POINT_THOUSANDS.match, with_point)):
        return ".", None
    return ",", "." if both or with_point else None


def is_header(record: list[str]) -> bool:
    """False if a first record holds values: a number with a decimal point, or the same number twice.

    Ten and more numbers in order are names: the wavelengths of a spectrum, or years.

    >>> is_header(["5.1", "3.5", "1.4", "0.2", "setosa"]), is_header(["0", "1", "2", "species"])
    (False, True)
    """
    numbers = [field.strip() for field in record if _NUMBER.match(field.strip())]
    values = [float(number) for number in numbers]
    if len(values) >= _MANY_NUMBERS and values in (sorted(set(values)), sorted(set(values), reverse=True)):
        return True
    has_fraction = any(not _WHOLE.match(number) for number in numbers)
    return not has_fraction and len(set(values)) == len(values)
