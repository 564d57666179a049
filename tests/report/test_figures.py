"""Figures: colours that everybody can tell apart on every page, and what plotly itself says of them."""

import re
from importlib.resources import files
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from autometa.report.figures import BLUE, GREEN, GREY, ORANGE, PURPLE, label, numbers
from tests.report.pages import HOSTILE, all_sections

COLORS = {"blue": BLUE, "orange": ORANGE, "green": GREEN, "purple": PURPLE, "grey": GREY}
# Machado, Oliveira & Fernandes 2009, "A physiologically-based model for simulation of color vision
# deficiency", table 1, severity 1.0: on linear RGB
SIMULATED = {
    "normal": np.eye(3).tolist(),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(color: str) -> np.ndarray:
    values = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, "contrast ratio"."""
    light, dark = sorted((float(linear(color) @ TO_XYZ[1]) for color in (one, other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    x, y, z = np.cbrt(np.clip(TO_XYZ @ rgb / [0.9505, 1.0, 1.089], 1e-6, None))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def papers() -> list[dict[str, str]]:
    css = files("autometa.report").joinpath("page.css").read_text(encoding="utf-8")
    return [
        dict(re.findall(r"--(\w+): (#\w{6})", block))
        for block in re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    ]


@pytest.mark.parametrize("color", COLORS.values(), ids=COLORS)
def test_marks_stand_out_on_light_and_dark_pages(color: str) -> None:
    assert len(papers()) == 2
    assert all(contrast(color, paper["paper"]) >= 3 for paper in papers())


@pytest.mark.parametrize("text", ["ink", "soft", "link"])
def test_texts_are_legible_on_light_and_dark_pages(text: str) -> None:
    assert all(contrast(paper[text], paper["paper"]) >= 4.5 for paper in papers())


@pytest.mark.parametrize("seen_with", SIMULATED)
def test_colours_differ_for_colour_blind_eyes(seen_with: str) -> None:
    seen = {
        name: lab(np.clip(np.array(SIMULATED[seen_with]) @ linear(color), 0, 1))
        for name, color in COLORS.items()
    }
    apart = {pair: np.linalg.norm(seen[pair[0]] - seen[pair[1]]) for pair in combinations(COLORS, 2)}
    assert min(apart.values()) >= 19


def test_names_of_strangers_are_cut_and_carry_no_tags() -> None:
    assert label(HOSTILE, width=12) == "&lt;script&gt;ale…"
    assert label("short") == "short"


def test_what_is_not_finite_is_a_gap() -> None:
    assert numbers([1.0, float("nan"), float("inf"), None]) == [1.0, None, None, None]


@pytest.mark.slow
def test_plotly_accepts_every_figure_and_each_has_marks(tmp_path: Path) -> None:
    from plotly.graph_objects import Figure

    figures = [figure for section in all_sections(tmp_path) for figure in section.figures]
    assert len(figures) >= 11
    for figure in figures:
        checked = Figure(
            data=list(figure.data), layout=figure.layout
        )  # raises on any name or value it does not know
        assert all(len(trace.x) for trace in checked.data)
        assert figure.caption.endswith(".")
        assert figure.grid.rows
        assert {len(row) for row in figure.grid.rows} == {len(figure.grid.head)}
