"""A page: headings, paragraphs, tables and figures as one HTML text that needs nothing from outside.

The page forbids itself every request by a content security policy, and every script but its own two. Texts
come from tables and studies of strangers: all of them are escaped here, once.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from typing import Any

from autometa.report.figures import Figure
from autometa.report.grids import Cell, Grid
from autometa.report.plotly_bundle import plotly_script


@dataclass(frozen=True, slots=True)
class Notes:
    """A list of sentences.

    Attributes:
        sentences: in order.
        is_numbered: whether their order means something.
    """

    sentences: tuple[str, ...]
    is_numbered: bool = False


Block = str | Notes | Grid | Figure  # a text is a paragraph


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page.

    Attributes:
        anchor: its name in links, unique on the page.
        title: its heading.
        blocks: in order.
    """

    anchor: str
    title: str
    blocks: tuple[Block, ...]

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Its figures, in order."""
        return tuple(block for block in self.blocks if isinstance(block, Figure))


def page(title: str, sections: Sequence[Section], *, lead: str, foot: str) -> str:
    """The whole page as HTML.

    Args:
        title: of the page.
        sections: in order.
        lead: the first paragraph: what the page says, in short.
        foot: the last line, such as the version and the date.

    Raises:
        UnknownNameError: plotly is not installed.
    """
    library, own = plotly_script(), _asset("page.js")
    links = "".join(f'<li><a href="#{one.anchor}">{escape(one.title)}</a></li>' for one in sections)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(library, own)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_asset('page.css')}</style>\n</head>\n<body>\n"
        '<a class="skip" href="#content">Skip to the content</a>\n'
        f"<header><h1>{escape(title)}</h1><p>{escape(lead)}</p>"
        f'<nav aria-label="Sections"><ul>{links}</ul></nav></header>\n'
        "<noscript><p>Figures need JavaScript; the table below each of them says the same.</p></noscript>\n"
        f'<main id="content" tabindex="-1">\n{"".join(_section(one) for one in sections)}</main>\n'
        f"<footer><p>{escape(foot)}</p></footer>\n"
        f"<script>{library}</script>\n<script>{own}</script>\n</body>\n</html>\n"
    )


def _section(section: Section) -> str:
    anchor = section.anchor
    head = f'<section aria-labelledby="{anchor}"><h2 id="{anchor}">{escape(section.title)}</h2>\n'
    return head + "".join(_block(block) for block in section.blocks) + "</section>\n"


def _block(block: Block) -> str:
    if isinstance(block, str):
        return f"<p>{_words(block)}</p>\n"
    if isinstance(block, Notes):
        tag = "ol" if block.is_numbered else "ul"
        return f"<{tag}>" + "".join(f"<li>{_words(one)}</li>" for one in block.sentences) + f"</{tag}>\n"
    return _grid(block) if isinstance(block, Grid) else _figure(block)


def _figure(figure: Figure) -> str:
    drawing = {"data": figure.data, "layout": figure.layout}
    return (
        f'<figure id="{figure.name}"><div class="plot" role="img" aria-labelledby="{figure.name}-says" '
        f'style="height:{_height(figure)}"></div>\n'
        f'<script type="application/json">{_json(drawing)}</script>\n'
        f'<figcaption id="{figure.name}-says">{_words(figure.caption)}</figcaption>\n'
        f"{_grid(figure.grid)}</figure>\n"
    )


def _words(text: str) -> str:
    """A sentence, in which a number and its % sign stay on one line."""
    return escape(text).replace(" %", "&#160;%")


def _height(figure: Figure) -> str:
    """As a style; the narrowest screen that is thought of has 360 pixels."""
    return f"min({figure.height}px, 190px + 60vw)" if figure.shrinks else f"{figure.height}px"


def _grid(grid: Grid) -> str:
    """A table under a line that opens it; on a narrow screen it scrolls by itself, also by keyboard."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in grid.head)
    rows = "".join(f"<tr>{_row(row)}</tr>\n" for row in grid.rows)
    name = escape(grid.title, quote=True)
    return (
        f"<details{' open' if grid.is_open else ''}><summary>{name}</summary>"
        f'<div class="scroll" role="region" aria-label="{name}" tabindex="0">'
        f"<table><thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table></div></details>\n"
    )


def _row(row: Sequence[Cell]) -> str:
    first, *others = row
    cells = "".join(f"<td{_class(one)}>{escape(_text(one))}</td>" for one in others)
    return f'<th scope="row">{escape(_text(first))}</th>{cells}'


def _class(cell: Cell) -> str:
    return "" if isinstance(cell, str | None) else ' class="number"'


def _text(cell: Cell) -> str:
    if cell is None:
        return "–"
    return f"{cell:.4g}" if isinstance(cell, float) else f"{cell:,}" if isinstance(cell, int) else cell


def _policy(*scripts: str) -> str:
    """Nothing is loaded; only these scripts run; styles may stand in the page, as plotly writes some."""
    digests = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in scripts]
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    return f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data: blob:"


def _json(value: Mapping[str, Any]) -> str:
    """JSON that cannot end the script element it stands in; NaN is not JSON and is refused."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace(
        "<", "\\u003c"
    )


def _asset(name: str) -> str:
    return files("autometa.report").joinpath(name).read_text(encoding="utf-8")
