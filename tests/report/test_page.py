"""The page as text: escaped, closed to the outside, and readable without figures."""

import base64
import hashlib
import json
import math
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from autometa.errors import UnknownNameError
from autometa.report import Section, page, plotly_bundle
from autometa.report.figures import Figure, layout
from autometa.report.grids import Grid
from autometa.report.page import Notes
from tests.report.pages import HOSTILE, all_sections


class Elements(HTMLParser):
    """Every element with its attributes; texts of scripts by themselves."""

    def __init__(self, html: str):
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[str | None, str]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.lasttag == "script" and data.strip():
            self.scripts.append((self.found[-1][1].get("type"), data))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    sections = all_sections(tmp_path_factory.mktemp("page"))
    return page(f"Report on {HOSTILE}", sections, lead="A lead.", foot="A foot.")


@pytest.fixture(scope="module")
def elements(html: str) -> Elements:
    return Elements(html)


def drawing(**changes: object) -> Figure:
    data = {"type": "scatter", "x": [1], "y": [1], **changes}
    return Figure("figure-one", "One.", (data,), layout(x={}, y={}), Grid("Grid", ("a",), (("b",),)))


def test_nothing_is_loaded_from_anywhere(elements: Elements) -> None:
    loading = [
        (tag, name, value)
        for tag, attributes in elements.found
        for name, value in attributes.items()
        if name in ("src", "srcset", "action", "data", "poster")
        or (name == "href" and not str(value).startswith("#"))
    ]
    assert loading == []
    assert not {"link", "iframe", "object", "embed", "img", "base"} & {tag for tag, _ in elements.found}


def test_only_the_two_scripts_of_the_page_may_run(elements: Elements) -> None:
    (policy,) = [one["content"] for one in elements.all("meta") if "http-equiv" in one]
    running = [text for kind, text in elements.scripts if kind is None]
    digests = {base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in running}
    assert policy is not None
    assert set(re.findall(r"'sha256-([^']+)'", policy)) == digests
    assert len(digests) == 2
    assert policy.startswith("default-src 'none';")
    assert "connect-src" not in policy


def test_texts_of_strangers_stay_texts(html: str, elements: Elements) -> None:
    assert "<script>alert" not in html
    assert not [one for one in elements.all("a") if "example.org" in str(one.get("href"))]
    assert html.count("&lt;script&gt;alert(1)") >= 2


def test_every_link_has_its_place_and_every_place_its_own_name(elements: Elements) -> None:
    names = [attributes["id"] for _, attributes in elements.found if "id" in attributes]
    assert len(names) == len(set(names))
    targets = [str(one["href"]).removeprefix("#") for one in elements.all("a")]
    described = [str(a["aria-labelledby"]) for _, a in elements.found if "aria-labelledby" in a]
    assert {*targets, *described} <= set(names)
    assert targets[0] == "content"


def test_every_figure_is_said_in_words_and_as_a_table(html: str, elements: Elements) -> None:
    figures = re.findall(r"<figure .*?</figure>", html, re.DOTALL)
    assert len(figures) == len(elements.all("figure")) >= 11
    for figure in figures:
        assert 'role="img"' in figure
        assert re.search(r"<figcaption[^>]*>[^<]{20,}\.</figcaption>", figure)
        assert figure.count("<tr>") >= 2


def test_headings_step_down_one_at_a_time(elements: Elements) -> None:
    levels = [int(tag[1]) for tag, _ in elements.found if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert set(levels[1:]) == {2}


def test_figures_are_json_that_cannot_leave_its_script(elements: Elements) -> None:
    texts = [text for kind, text in elements.scripts if kind == "application/json"]
    assert all("<" not in text for text in texts)
    assert all({"data", "layout"} == set(json.loads(text)) for text in texts)


def test_a_figure_with_a_value_that_is_no_json_is_a_bug() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        page("t", [Section("one", "One", (drawing(y=[math.nan]),))], lead="", foot="")


def test_lists_are_numbered_where_order_means_something() -> None:
    notes = (Notes(("b",)), Notes(("a",), is_numbered=True))
    html = page("t", [Section("one", "One", notes)], lead="", foot="")
    assert "<ul><li>b</li></ul>" in html
    assert "<ol><li>a</li></ol>" in html


def test_a_number_and_its_percent_sign_stay_together() -> None:
    html = page("t", [Section("one", "One", ("It was 5 % of <all>.",))], lead="", foot="")
    assert "<p>It was 5&#160;% of &lt;all&gt;.</p>" in html


def test_the_size_is_that_of_plotly_and_little_more(html: str) -> None:
    size = len(html.encode())
    assert size - len(plotly_bundle.plotly_script().encode()) < 300_000
    assert html.count("plotly.js v") <= 1


def test_a_missing_plotly_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plotly_bundle, "find_spec", lambda name: None)
    with pytest.raises(UnknownNameError, match=r"need the package plotly; pip install 'autometa\[report\]'"):
        page("t", [], lead="", foot="")


def test_the_page_needs_no_file_beside_it(tmp_path: Path, html: str) -> None:
    (tmp_path / "report.html").write_text(html, encoding="utf-8")
    assert (tmp_path / "report.html").read_text(encoding="utf-8").endswith("</html>\n")
