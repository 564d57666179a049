"""The page in a real browser: quiet, closed to the outside, drawn, legible, reachable, printable."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from autometa.report import Section, page
from tests.report.browser import Browser, find_browser
from tests.report.pages import all_sections

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(120),
    pytest.mark.skipif(find_browser() is None, reason="no Chromium on the path"),
]
MARKS = ".scatterlayer .point, .scatterlayer .js-line, .bars .point, .heatmaplayer image"


@pytest.fixture(scope="module")
def sections(tmp_path_factory: pytest.TempPathFactory) -> list[Section]:
    return all_sections(tmp_path_factory.mktemp("sections"))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, sections: list[Section]) -> Path:
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(page("Report", sections, lead="A lead.", foot="A foot."), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser.opened(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


def test_the_browser_would_tell_of_errors_and_requests(browser: Browser, tmp_path: Path) -> None:
    html = '<img src="http://127.0.0.1:9/gone.png"><script>console.error("heard"); missing()</script>'
    (tmp_path / "bad.html").write_text(html)
    browser.visit(tmp_path / "bad.html", width=800)
    assert "http://127.0.0.1:9/gone.png" in browser.requested
    assert any("heard" in text for text in browser.logged)
    assert any("missing is not defined" in text for text in browser.logged)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_is_quiet_asks_for_nothing_and_draws_every_figure(
    browser: Browser, report: Path, sections: list[Section], width: int, scheme: str
) -> None:
    browser.visit(report, width=width, scheme=scheme)
    assert browser.logged == []
    outside = [url for url in browser.requested if not url.startswith(("data:", "blob:"))]
    assert outside == [report.as_uri()]
    counted = f"[...document.querySelectorAll('.plot')].map(one => one.querySelectorAll('{MARKS}').length)"
    marks = browser.value(counted)
    assert len(marks) == sum(len(section.figures) for section in sections)
    assert min(marks) > 0


def test_every_point_is_drawn(browser: Browser, report: Path) -> None:
    browser.visit(report, width=1280)
    drawn = "[...document.querySelectorAll('#figure-map .scatterlayer .point')].length"
    assert browser.value(drawn) == 40 + 5 + 1  # known ones, rings, the star


def test_a_phone_scrolls_in_one_direction_only(browser: Browser, report: Path) -> None:
    browser.visit(report, width=360)
    assert browser.value("document.documentElement.scrollWidth") == 360
    texts = "[...document.querySelectorAll('.plot .xtitle, .plot .ytick text, .plot .legendtext')]"
    cut = browser.value(
        f"{texts}.map(one => [one.textContent, one.getBoundingClientRect()])"
        ".filter(([_, box]) => box.left < 0 || box.right > 360).map(([text, _]) => text)"
    )
    assert cut == []
    small = browser.value(f"Math.min(...{texts}.map(one => parseFloat(getComputedStyle(one).fontSize)))")
    assert small >= 12


@pytest.mark.parametrize(("scheme", "ink"), [("light", "rgb(27, 31, 36)"), ("dark", "rgb(232, 234, 237)")])
def test_texts_of_figures_take_the_colour_of_the_page(
    browser: Browser, report: Path, scheme: str, ink: str
) -> None:
    browser.visit(report, width=800, scheme=scheme)
    texts = "document.querySelectorAll('.plot .xtick text, .plot .xtitle, .plot .legendtext')"
    assert browser.value(f"[...new Set([...{texts}].map(one => getComputedStyle(one).fill))]") == [ink]
    assert browser.value("getComputedStyle(document.body).color") == ink


def test_the_keyboard_skips_to_the_content_and_opens_tables(browser: Browser, report: Path) -> None:
    browser.visit(report, width=800)
    browser.press("Tab")
    assert browser.value("document.activeElement.className") == "skip"
    assert browser.value("document.activeElement.getBoundingClientRect().left") >= 0
    browser.press("Enter")
    assert browser.value("document.activeElement.id") == "content"
    for _ in range(3):
        browser.press("Tab")
        if browser.value("document.activeElement.tagName") == "SUMMARY":
            break
    assert browser.value("document.activeElement.tagName") == "SUMMARY"
    assert browser.value("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    browser.press("Enter")
    assert browser.value("document.activeElement.parentElement.open") is True
    browser.press("Tab")
    assert browser.value("document.activeElement.className") == "scroll"


def test_on_paper_it_is_dark_on_white_and_short_tables_are_open(browser: Browser, report: Path) -> None:
    browser.visit(report, width=700, scheme="dark", media="print")
    assert browser.value("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.value("getComputedStyle(document.body).color") == "rgb(27, 31, 36)"
    assert browser.value("getComputedStyle(document.querySelector('nav')).display") == "none"
    closed = "document.querySelectorAll('details:not([open])').length"
    before = browser.value(closed)
    browser.value("dispatchEvent(new Event('beforeprint'))")
    rows = (
        "[...document.querySelectorAll('details:not([open])')].map(one => one.querySelectorAll('tr').length)"
    )
    assert min(browser.value(rows), default=99) > 40  # only long tables are not worth the paper
    assert browser.value(closed) < before
    browser.value("dispatchEvent(new Event('afterprint'))")
    assert browser.value(closed) == before
