"""Listing evaluations: nothing is lost, nothing is doubled, whatever the server's order and oddities."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from autometa.errors import ImporterError
from autometa_store.importers import openml_listing
from autometa_store.importers.openml_listing import count_evaluations, list_evaluations
from autometa_store.importers.openml_records import (
    EvaluationPage,
    ListedEvaluation,
    ListedParameter,
    ListingCursor,
)
from tests.importers.openml_clients import FakeClock, patient
from tests.importers.openml_runs import Row, damaged, made_up_rows, made_up_values
from tests.importers.openml_server import Fault, OpenMLLoopback
from tests.importers.openml_world import World, recorded

OWN = Path(__file__).parents[1] / "data" / "openml"
RECORDED = Path(__file__).parents[3] / "shared" / "data" / "openml_recorded"
METRIC = "predictive_accuracy"


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openml_listing, "SMALLEST_PAGE", 20)
    monkeypatch.setattr(openml_listing, "LARGEST_PAGE", 100)


def pages_of(
    server: OpenMLLoopback,
    *,
    page_size: int = 50,
    cursor: ListingCursor | None = None,
    after_run: int | None = None,
    limit: int | None = None,
) -> list[EvaluationPage]:
    return list(
        list_evaluations(
            patient(server.url, FakeClock()),
            metric=METRIC,
            task_id=1,
            flow_id=5,
            page_size=page_size,
            cursor=cursor,
            after_run=after_run,
            limit=limit,
        )
    )


def rows_of(pages: Sequence[EvaluationPage]) -> list[ListedEvaluation]:
    return [row for page in pages for row in page.evaluations]


def runs_of(pages: Sequence[EvaluationPage]) -> list[int]:
    return [row.run_id for row in rows_of(pages)]


def add_up(page: EvaluationPage) -> bool:
    parts = len(page.evaluations) + page.n_duplicates + page.n_other_engines + page.n_older
    return page.n_raw == parts + sum(page.skipped.values())


def test_a_listing_that_fits_a_page_is_one_request() -> None:
    with OpenMLLoopback(World(rows=made_up_rows(30))) as server:
        pages = pages_of(server)
        assert runs_of(pages) == list(range(1, 31))
        assert len(server.paths) == 1
    assert [page.is_last for page in pages] == [True]


def test_a_row_says_all_that_the_server_wrote() -> None:
    with OpenMLLoopback(World(rows=made_up_rows(2))) as server:
        row = rows_of(pages_of(server))[1]
    assert (row.run_id, row.task_id, row.setup_id, row.flow_id) == (2, 1, 2, 5)
    assert (row.data_id, row.engine_id) == (1, 1)
    assert (row.flow_name, row.data_name, row.metric) == ("made.up.Forest(3)", "made_up", METRIC)
    assert row.uploaded == "2026-01-02 03:04:05"
    assert row.value == 0.5 + (2 * 7919 % 4999) / 10_000
    assert [parameter.value for parameter in row.parameters] == made_up_values(2)
    assert row.parameters[2] == ListedParameter(5, "made.up.Forest(3)", "param_2", '"entropy"')


@pytest.mark.parametrize("n_rows", [49, 50, 51, 89, 90, 91, 130, 137])
def test_pages_join_without_a_seam(n_rows: int) -> None:
    with OpenMLLoopback(World(rows=made_up_rows(n_rows))) as server:
        pages = pages_of(server)
    assert runs_of(pages) == list(range(1, n_rows + 1))
    assert all(add_up(page) for page in pages)
    assert [page.is_last for page in pages] == [False] * (len(pages) - 1) + [True]
    assert pages[-1].cursor is not None
    assert pages[-1].cursor.n_rows == n_rows


def test_nothing_there_is_one_empty_page() -> None:
    with OpenMLLoopback(World()) as server:
        pages = pages_of(server)
    assert [(page.evaluations, page.n_raw, page.is_last) for page in pages] == [((), 0, True)]


def test_the_rows_of_a_real_server_are_all_there() -> None:
    if not RECORDED.exists():
        pytest.skip("needs ../shared/data/openml_recorded")
    world = recorded(RECORDED)
    found: list[ListedEvaluation] = []
    with OpenMLLoopback(world) as server:
        for task in (1307, 1308, 1309):
            transport = patient(server.url, FakeClock())
            found += rows_of(list(list_evaluations(transport, metric=METRIC, task_id=task)))
    assert [row.run_id for row in found] == list(range(1, 40))
    assert sum(len(row.parameters) for row in found) == 912
    assert found[0].value == 0.9200000000000002
    assert {p.flow_id for row in found for p in row.parameters} == {16, 17, 18, 19, 20}


def test_components_of_a_pipeline_keep_their_own_names() -> None:
    with OpenMLLoopback(recorded(OWN)) as server:
        transport = patient(server.url, FakeClock())
        rows = rows_of(list(list_evaluations(transport, metric=METRIC, task_id=1, flow_id=21)))
    pipeline = "sklearn.pipeline.Pipeline(svc=sklearn.svm._classes.SVC)(4)"
    assert [(p.flow_id, p.flow_name, p.name) for p in rows[0].parameters] == [
        (21, pipeline, "memory"),
        (21, pipeline, "steps"),
        (20, "sklearn.svm._classes.SVC(1)", "C"),
        (20, "sklearn.svm._classes.SVC(1)", "gamma"),
        (20, "sklearn.svm._classes.SVC(1)", "kernel"),
    ]
    assert [row.parameters[3].value for row in rows] == ['"scale"', "0.01", "0.5"]


def test_a_run_of_two_engines_comes_once_and_does_not_end_the_paging() -> None:
    with OpenMLLoopback(World(rows=list(damaged(made_up_rows(137), engines=0.5)))) as server:
        pages = pages_of(server)
    assert sorted(runs_of(pages)) == list(range(1, 138))
    assert sum(page.n_other_engines for page in pages) > 40
    assert all(add_up(page) for page in pages)
    assert {row.engine_id for row in rows_of(pages)} == {1}


def test_a_value_of_the_second_engine_stands_in_for_none() -> None:
    rows = list(damaged(made_up_rows(130), engines=0.5, nulls=0.3))
    twice = [row.run_id for row in rows if row.engine == 2]
    with OpenMLLoopback(World(rows=rows)) as server:
        found = rows_of(pages_of(server))
    last = {row.run_id: row.value for row in found}
    assert all(last[run] is not None for run in twice)
    assert any(value is None for value in last.values())
    assert sorted(last) == list(range(1, 131))


def test_tags_of_a_setup_do_not_double_its_parameters() -> None:
    with OpenMLLoopback(World(rows=list(damaged(made_up_rows(10), tags=1.0)))) as server:
        assert b"param_3</oml:full_name>" in server.world.rows[0].xml(with_setup=True).encode()
        assert server.world.rows[0].xml(with_setup=True).count("param_3</oml:parameter_name>") == 2
        assert {len(row.parameters) for row in rows_of(pages_of(server))} == {19}


def test_runs_of_one_setup_share_its_parameters() -> None:
    with OpenMLLoopback(World(rows=made_up_rows(30, n_setups=3))) as server:
        rows = rows_of(pages_of(server))
    assert len({id(row.parameters) for row in rows}) == 3


def test_rows_shuffled_inside_their_page_cost_nothing_more() -> None:
    with OpenMLLoopback(World(rows=made_up_rows(137), order="shuffled")) as server:
        pages = pages_of(server)
        assert len(server.paths) == 4
    assert sorted(runs_of(pages)) == list(range(1, 138))


@pytest.mark.parametrize("seed", range(3))
def test_another_order_in_every_answer_ends_complete(seed: int) -> None:
    world = World(rows=made_up_rows(180), order="reordered", rng=np.random.default_rng(seed))
    with OpenMLLoopback(world) as server:
        pages = pages_of(server)
    assert sorted(runs_of(pages)) == list(range(1, 181))
    assert [page.is_last for page in pages].count(True) == 1
    assert pages[-1].is_last
    assert all(add_up(page) for page in pages)


def test_an_order_that_changes_is_not_trusted_for_a_cursor() -> None:
    with OpenMLLoopback(World(rows=made_up_rows(137), order="reordered")) as server:
        pages = pages_of(server)
    assert any(page.cursor is None for page in pages[:-1])


def test_rows_that_arrive_in_front_between_pages_hide_none() -> None:
    world = World(rows=made_up_rows(120)[5:])
    arriving = made_up_rows(5)

    def arrive(path: str) -> None:
        if "offset/0" not in path and arriving:
            world.rows.insert(0, arriving.pop())

    with OpenMLLoopback(world) as server:
        server.before_answer = arrive
        runs = runs_of(pages_of(server))
    assert set(range(6, 121)) <= set(runs)
    assert len(runs) == len(set(runs))
    assert {row.run_id for row in world.rows} == set(runs)


def test_rows_that_leave_between_pages_hide_none_of_the_others() -> None:
    world = World(rows=made_up_rows(140))
    n_left = []

    def leave(path: str) -> None:
        if "offset/40" in path and not n_left:
            n_left.append(30)
            del world.rows[:30]

    with OpenMLLoopback(world) as server:
        server.before_answer = leave
        runs = runs_of(pages_of(server))
    assert n_left == [30]
    assert set(range(31, 141)) <= set(runs)
    assert len(runs) == len(set(runs))


def test_rows_that_arrive_at_the_end_are_given_too() -> None:
    world = World(rows=made_up_rows(60))

    def arrive(path: str) -> None:
        if "offset/40" in path:
            world.rows.extend(made_up_rows(75)[60:])

    with OpenMLLoopback(world) as server:
        server.before_answer = arrive
        assert runs_of(pages_of(server)) == list(range(1, 76))


def test_a_second_call_asks_only_for_what_is_new() -> None:
    world = World(rows=made_up_rows(137))
    with OpenMLLoopback(world) as server:
        cursor = pages_of(server)[-1].cursor
        assert cursor is not None
        cursor = ListingCursor.from_json(cursor.as_json())
        server.paths.clear()
        again = pages_of(server, cursor=cursor)
        assert rows_of(again) == []
        assert len(server.paths) == 1
        assert again[-1].n_raw == 10
        world.rows.extend(made_up_rows(145)[137:])
        assert runs_of(pages_of(server, cursor=cursor)) == list(range(138, 146))
        assert len(server.paths) == 2


def test_a_cursor_of_another_order_starts_over() -> None:
    world = World(rows=made_up_rows(60))
    with OpenMLLoopback(world) as server:
        cursor = pages_of(server)[-1].cursor
        world.rows.reverse()
        world.rows.extend(made_up_rows(65)[60:])
        assert sorted(runs_of(pages_of(server, cursor=cursor))) == list(range(1, 66))


def test_a_cursor_beyond_the_end_starts_over() -> None:
    with OpenMLLoopback(World(rows=made_up_rows(30))) as server:
        pages = pages_of(server, cursor=ListingCursor(500, (498, 499, 500)))
    assert runs_of(pages) == list(range(1, 31))


def test_an_interrupted_listing_goes_on_where_it_was() -> None:
    with OpenMLLoopback(World(rows=made_up_rows(137))) as server:
        question = list_evaluations(
            patient(server.url, FakeClock()), metric=METRIC, task_id=1, flow_id=5, page_size=50
        )
        first = [next(question), next(question)]
        question.close()
        rest = pages_of(server, cursor=first[-1].cursor)
    assert runs_of(first) + runs_of(rest) == list(range(1, 138))


@pytest.mark.parametrize("limit", [1, 10, 49, 50, 51, 120, 500])
def test_a_limit_is_kept_and_the_next_call_goes_on_after_it(limit: int) -> None:
    with OpenMLLoopback(World(rows=made_up_rows(137))) as server:
        pages = pages_of(server, limit=limit)
        rest = pages_of(server, cursor=pages[-1].cursor)
    assert runs_of(pages) == list(range(1, min(limit, 137) + 1))
    assert runs_of(pages) + runs_of(rest) == list(range(1, 138))
    assert all(add_up(page) for page in pages)


def test_older_runs_are_counted_and_left_out() -> None:
    with OpenMLLoopback(World(rows=made_up_rows(137))) as server:
        pages = pages_of(server, after_run=100)
    assert runs_of(pages) == list(range(101, 138))
    assert sum(page.n_older for page in pages) == 100


def test_a_page_that_is_too_much_is_halved() -> None:
    faults = [Fault("504", "limit/50/", 6), Fault("412:546", "limit/25/", 1)]
    with OpenMLLoopback(World(rows=made_up_rows(60)), faults=faults) as server:
        assert runs_of(pages_of(server)) == list(range(1, 61))
        assert any("limit/20/" in path for path in server.paths)


def test_a_server_that_cannot_answer_the_smallest_page_is_an_error() -> None:
    with (
        OpenMLLoopback(World(rows=made_up_rows(60)), faults=[Fault("504", n_times=99)]) as server,
        pytest.raises(ImporterError, match="failed 6 times, last: HTTP 504"),
    ):
        pages_of(server)


def test_a_row_without_numbers_is_skipped_and_said() -> None:
    world = World(rows=made_up_rows(3))
    broken = world.rows[1].xml(with_setup=True).replace("<oml:run_id>2</oml:run_id>", "")
    row = type("Broken", (), {"xml": lambda _, *, with_setup: broken, **vars(world.rows[1])})()
    world.rows[1] = row
    with OpenMLLoopback(world) as server:
        pages = pages_of(server)
    assert runs_of(pages) == [1, 3]
    assert pages[0].skipped == {"without a number of run, task, setup or flow": 1}
    assert add_up(pages[0])


def test_runs_are_counted_before_they_are_listed() -> None:
    rows: list[Row] = list(damaged(made_up_rows(40), engines=0.5))
    with OpenMLLoopback(World(rows=rows)) as server:
        transport = patient(server.url, FakeClock())
        count = count_evaluations(transport, metric=METRIC, task_id=1, flow_id=5)
        assert (count.n_runs, count.is_exact, transport.n_requests) == (40, True, 1)
        assert count_evaluations(transport, metric=METRIC, task_id=2).n_runs == 0
    with OpenMLLoopback(World(rows=rows, max_rows=30)) as server:
        count = count_evaluations(patient(server.url, FakeClock()), metric=METRIC, task_id=1, flow_id=5)
    assert (count.n_runs, count.is_exact) == (40, False)


def test_all_of_openml_is_not_a_listing() -> None:
    with pytest.raises(ImporterError, match="give a task or a flow"):
        next(list_evaluations(patient("http://x", FakeClock()), metric=METRIC))


def test_a_metric_cannot_lead_to_another_address() -> None:
    with OpenMLLoopback(World(rows=made_up_rows(3))) as server:
        transport = patient(server.url, FakeClock())
        with pytest.raises(ImporterError, match="Illegal filter"):
            list(list_evaluations(transport, metric="a/../../data/1?x#y", task_id=1))
        assert "/list/function/a%2F..%2F..%2Fdata%2F1%3Fx%23y/task/1/" in server.paths[0]
