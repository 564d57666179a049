"""Sections: that captions say what the numbers say."""

from dataclasses import replace

import numpy as np
import pytest

from autometa.errors import EmptyHistoryError
from autometa.metafeatures import extract, features
from autometa.report import knowledge_sections, table_sections
from autometa.report.advice_sections import suggestions_section
from autometa.report.grids import Grid
from autometa.report.page import Section
from autometa.report.table_section import table_section
from autometa.warmstart import Recommender
from tests.report.pages import HOSTILE, NOTHING_LEARNED, TASK, toy_table
from tests.sources import InMemorySource, toy_source


def sections_of(source: InMemorySource, n: int = 3) -> dict[str, Section]:
    sections = table_sections(toy_table(), source, NOTHING_LEARNED, n=n)
    return {section.anchor: section for section in sections}


def caption(section: Section) -> str:
    return section.figures[0].caption


def test_a_table_has_four_sections_the_answer_first() -> None:
    assert list(sections_of(toy_source(12))) == ["suggestions", "map", "votes", "table"]


def test_the_first_suggestion_is_said_with_its_interval() -> None:
    source = toy_source(12)
    advice = Recommender(source).recommend(toy_table().dataset, n=3)
    first = advice.recommendations[0]
    assert first.score_interval is not None
    section = suggestions_section(advice, toy_table().dataset)
    (trace,) = section.figures[0].data
    np.testing.assert_allclose(trace["x"], [one.expected_score for one in advice.recommendations])
    low = np.array(trace["x"]) - trace["error_x"]["arrayminus"]
    np.testing.assert_allclose(
        low, [one.score_interval[0] for one in advice.recommendations if one.score_interval]
    )
    assert caption(section).startswith("Try random forest first") or caption(section).startswith(
        "Try logistic"
    )
    assert f"{first.expected_score:.3g}" in caption(section)


def test_without_forecasts_there_is_no_figure_but_every_configuration() -> None:
    section = sections_of(toy_source(4))["suggestions"]
    assert section.figures == ()
    assert "Too little is known" in str(section.blocks[1])
    assert "max_features" in str(section.blocks[2])


def test_what_is_unusual_is_named() -> None:
    table, names = toy_table(), [feature.name for feature in features("core")]
    known = toy_source(40).meta_features(TASK)
    usual = np.tile(extract(table.dataset).values, (40, 1)) + np.linspace(-1, 1, 40)[:, None]
    assert "In none of these respects" in caption(
        table_section(table, extract(table.dataset), replace(known, values=usual))
    )
    usual[:, names.index("n_rows")] = np.arange(40)
    said = caption(table_section(table, extract(table.dataset), replace(known, values=usual)))
    assert "among the highest 5 % in rows (diamonds)" in said


def test_a_column_is_listed_with_what_was_noticed() -> None:
    blocks = sections_of(toy_source(12))["table"].blocks
    columns = next(block for block in blocks if isinstance(block, Grid))
    assert [row[0] for row in columns.rows] == ["width", HOSTILE, "colour"]


def test_a_table_that_was_searched_before_is_no_neighbour_of_itself_on_the_map() -> None:
    source = toy_source(12)
    own = toy_table().dataset.fingerprint()
    infos = (replace(source.infos[0], dataset_id=own), *source.infos[1:])
    section = sections_of(replace(source, infos=infos))["map"]
    assert len(section.figures[0].grid.rows) == 11


def test_votes_name_the_suggestion_with_most_support() -> None:
    section = sections_of(toy_source(12), n=4)["votes"]
    grid = section.figures[0].grid
    firsts = [[row[column] for row in grid.rows].count(1) for column in range(5, 9)]
    most = 1 + firsts.index(max(firsts))
    assert f"Suggestion {most} (" in caption(section)
    assert f"the best tenth on {max(firsts)} of the 5 nearest" in caption(section)


def test_what_is_known_is_counted() -> None:
    wins, drawn = knowledge_sections(toy_source(13), NOTHING_LEARNED)
    assert "13 data sets of 13 families" in str(wins.blocks[0])
    assert "4 configurations of 2 learners; 52 scores (balanced accuracy) and 0 fits that failed" in str(
        wins.blocks[0]
    )
    assert "Random forest has the best configuration on 7 of 13 data sets (54 %)" in caption(wins)
    assert "same kind of learner in 100 % of all cases; by chance it would be 50 %" in caption(drawn)


def test_of_a_task_that_is_unknown_nothing_can_be_said() -> None:
    empty = replace(toy_source(2), infos=())
    assert knowledge_sections(empty, NOTHING_LEARNED) == []
    with pytest.raises(EmptyHistoryError):
        table_sections(toy_table(), empty, NOTHING_LEARNED)
