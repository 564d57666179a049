"""Reading OpenML's XML: as a stream, without entities, and never taking a web page for an answer."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any, BinaryIO

from autometa.errors import ImporterError

NAMESPACE = "{http://openml.org/openml}"
PARSING = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": False}
WEB_PAGE = "the answer is a web page, not OpenML's XML"
DECLARATION = "the answer declares a document type, which no answer of OpenML does; nothing was read from it"


class DamagedAnswerError(Exception):
    """An answer that is not the XML it should be; another try may bring a better one."""


def check_head(head: bytes) -> None:
    """Look at the first bytes of an answer that should be XML.

    Raises:
        DamagedAnswerError: they are of a web page, of JSON, of anything else, or there are none.
    """
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not start:
        raise DamagedAnswerError("the answer is empty")
    if start[:1] in b"{[":
        raise DamagedAnswerError("the answer is JSON where XML was asked for")
    if re.match(rb"(<\?xml[^>]*>)?\s*<(!doctype\s+)?html", start):
        raise DamagedAnswerError(WEB_PAGE)
    if not start.startswith(b"<"):
        raise DamagedAnswerError("the answer is not XML")


def read_document(stream: BinaryIO, root: str) -> Any:
    """The root element of a small document.

    Args:
        stream: of XML.
        root: name that the root must have, e.g. `task`.

    Raises:
        DamagedAnswerError: it is no such document.
        ImporterError: it declares a document type.
    """
    from lxml import etree

    parser = etree.XMLParser(**PARSING)
    try:
        element = etree.parse(stream, parser).getroot()
    except etree.XMLSyntaxError as error:
        raise DamagedAnswerError(f"the XML is damaged ({_first_line(error)})") from error
    _check_document(element, root)
    return element


def read_elements(stream: BinaryIO, root: str, name: str) -> Iterator[Any]:
    """The elements `name` of a long list, one after the other; each is gone when the next is asked for.

    Args:
        stream: of XML.
        root: name that the root must have, e.g. `evaluations`.
        name: of the elements, e.g. `evaluation`.

    Raises:
        DamagedAnswerError: it is no such list, or ends early; what was given before does not count.
        ImporterError: it declares a document type.
    """
    from lxml import etree

    events = etree.iterparse(stream, events=("end",), tag=f"{NAMESPACE}{name}", **PARSING)
    is_checked = False
    try:
        for _, element in events:
            if not is_checked:
                _check_document(element.getroottree().getroot(), root)
                is_checked = True
            parent = element.getparent()
            yield element
            element.clear()
            if parent is not None:
                del parent[0 : parent.index(element)]
    except etree.XMLSyntaxError as error:
        raise DamagedAnswerError(f"the XML is damaged ({_first_line(error)})") from error
    if not is_checked:
        _check_document(events.root, root)


def text_of(element: Any, name: str) -> str | None:
    """The text of a child, stripped; None if there is none or it is empty."""
    text = element.findtext(f"{NAMESPACE}{name}")
    return (text.strip() or None) if text else None


def number_of(element: Any, name: str) -> int | None:
    """The integer in a child; None if there is none."""
    return as_number(text_of(element, name))


def required(element: Any, name: str) -> int:
    """The integer in a child.

    Raises:
        DamagedAnswerError: there is none.
    """
    number = number_of(element, name)
    if number is None:
        raise DamagedAnswerError(f"the answer has no {name}")
    return number


def as_number(text: str | None) -> int | None:
    """An integer from a text of digits, at most eighteen; None from any other."""
    return int(text) if text is not None and re.fullmatch(r"\s*-?[0-9]{1,18}\s*", text) else None


def as_real(text: str | None) -> float | None:
    """A finite number from a text; None from any other."""
    try:
        value = float(text) if text is not None else float("nan")
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None


def refusal_in(body: bytes) -> tuple[int, str] | None:
    """Number and message of OpenML's `<oml:error>`; None if the body is no such thing."""
    try:
        element = read_document(BytesIO(body), "error")
    except (DamagedAnswerError, ImporterError):
        return None
    code = number_of(element, "code")
    more = text_of(element, "additional_information")
    message = (text_of(element, "message") or "no message").rstrip(". ")
    return None if code is None else (code, f"{message}; {more}" if more else message)


def _check_document(element: Any, root: str) -> None:
    if str(element.tag).lower().endswith("html"):
        raise DamagedAnswerError(WEB_PAGE)
    if element.getroottree().docinfo.internalDTD is not None:
        raise ImporterError(DECLARATION)
    if element.tag != f"{NAMESPACE}{root}":
        raise DamagedAnswerError(f"the answer is <{str(element.tag)[-60:]}>, not <oml:{root}>")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]
