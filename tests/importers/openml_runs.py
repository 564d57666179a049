"""Evaluations as OpenML prints them: recorded ones, made-up ones, and ones with its oddities."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape

import numpy as np

N_PARAMETERS = 19


@dataclass(frozen=True)
class Row:
    """One evaluation; `parameters` gives the XML of its hyper-parameters."""

    run_id: int
    task_id: int
    setup_id: int
    flow_id: int
    flow_name: str
    data_id: int
    data_name: str
    engine: int
    metric: str
    uploaded: str
    value: str | None
    parameters: Callable[[], str] | None
    n_tags: int = 1

    def xml(self, *, with_setup: bool) -> str:
        setup = ""
        if with_setup and self.parameters is not None:
            inside = self.parameters() * self.n_tags
            setup = f"          <oml:parameters>\n{inside}            </oml:parameters>\n"
        value = "" if self.value is None else f"    <oml:value>{self.value}</oml:value>"
        return (
            f"    <oml:evaluation>\n    <oml:run_id>{self.run_id}</oml:run_id>\n"
            f"    <oml:uploader>1</oml:uploader>\n    <oml:task_id>{self.task_id}</oml:task_id>\n"
            f"    <oml:setup_id>{self.setup_id}</oml:setup_id>\n"
            f"    <oml:flow_id>{self.flow_id}</oml:flow_id>\n    <oml:flow_name>{escape(self.flow_name)}"
            f"</oml:flow_name>\n{setup}        <oml:data_id>{self.data_id}</oml:data_id>    <oml:data_name>"
            f"{self.data_name}</oml:data_name>    <oml:evaluation_engine_id>{self.engine}"
            f"</oml:evaluation_engine_id>\n    <oml:function>{self.metric}</oml:function>\n"
            f"    <oml:upload_time>{self.uploaded}</oml:upload_time>\n{value}          </oml:evaluation>\n"
        )


def made_up_rows(
    n_runs: int, *, task_id: int = 1, flow_id: int = 5, n_setups: int | None = None
) -> list[Row]:
    """Runs of a made-up forest with nineteen hyper-parameters, each its own setup unless said otherwise."""
    return [
        _made_up_row(run, task_id, flow_id, 1 + (run - 1) % (n_setups or n_runs))
        for run in range(1, n_runs + 1)
    ]


def _made_up_row(run: int, task_id: int, flow_id: int, setup: int) -> Row:
    return Row(
        run_id=run,
        task_id=task_id,
        setup_id=setup,
        flow_id=flow_id,
        flow_name="made.up.Forest(3)",
        data_id=1,
        data_name="made_up",
        engine=1,
        metric="predictive_accuracy",
        uploaded="2026-01-02 03:04:05",
        value=repr(0.5 + (run * 7919 % 4999) / 10_000),
        parameters=lambda: made_up_parameters(setup, flow_id),
    )


def made_up_values(setup: int) -> list[str]:
    """The nineteen values of a made-up setup, in scikit-learn's wording."""
    first = [str(setup % 30 + 1), repr(setup / 1e5), '"gini"' if setup % 2 else '"entropy"', "null", "true"]
    return first + [repr((setup * (i + 3)) % 97 / 97) for i in range(N_PARAMETERS - len(first))]


def made_up_parameters(setup: int, flow_id: int) -> str:
    """The XML of these hyper-parameters."""
    return "".join(
        f"            <oml:parameter>\n\t\t    <oml:id>{flow_id * 100 + i}</oml:id>\n"
        f"\t\t    <oml:flow_id>{flow_id}</oml:flow_id>\n"
        f"\t\t    <oml:flow_name>made.up.Forest</oml:flow_name>\n"
        f"\t\t    <oml:full_name>made.up.Forest(3)_param_{i}</oml:full_name>\n"
        f"\t\t    <oml:parameter_name>param_{i}</oml:parameter_name>\n"
        f"\t\t    <oml:data_type></oml:data_type>\n\t\t    <oml:default_value>null</oml:default_value>\n"
        f"\t\t    <oml:value>{escape(value, {chr(34): '&quot;'})}</oml:value>\n\t    </oml:parameter>\n"
        for i, value in enumerate(made_up_values(setup))
    )


def damaged(rows: Iterable[Row], *, engines: float = 0, tags: float = 0, nulls: float = 0) -> Iterator[Row]:
    """The rows with these shares measured by a second engine, tagged twice, or without a value.

    A run without a value and with a second engine has the value there.
    """
    rng = np.random.default_rng(3)
    for row in rows:
        second, twice, null = rng.uniform(size=3) < (engines, tags, nulls)
        first = replace(row, n_tags=2 if twice else 1, value=None if null else row.value)
        yield first
        if second:
            yield replace(first, engine=2, value=row.value)


def rows_in(text: str) -> Iterator[Row]:
    """The rows of a recorded `evaluation/setup/list`."""
    for one in re.findall(r"<oml:evaluation>.*?</oml:evaluation>", text, re.S):
        setup = re.search(r"<oml:parameters>\n(.*?)            </oml:parameters>", one, re.S)
        outside = re.sub(r"<oml:parameters>.*</oml:parameters>", "", one, flags=re.S)
        yield Row(
            run_id=int(text_in(outside, "run_id")),
            task_id=int(text_in(outside, "task_id")),
            setup_id=int(text_in(outside, "setup_id")),
            flow_id=int(text_in(outside, "flow_id")),
            flow_name=text_in(outside, "flow_name"),
            data_id=int(text_in(outside, "data_id")),
            data_name=text_in(outside, "data_name"),
            engine=int(text_in(outside, "evaluation_engine_id")),
            metric=text_in(outside, "function"),
            uploaded=text_in(outside, "upload_time"),
            value=text_in(outside, "value") or None,
            parameters=None if setup is None else (lambda inside=setup[1]: inside),
        )


def setup_list(rows: list[Row]) -> str:
    """`setup/list` of the rows' setups."""
    setups = "".join(
        f"  <oml:setup>\n    <oml:setup_id>{row.setup_id}</oml:setup_id>     "
        f"<oml:flow_id>{row.flow_id}</oml:flow_id>\n"
        f"{row.parameters() * row.n_tags if row.parameters else ''}  </oml:setup>\n"
        for row in rows
    )
    return f'<oml:setups xmlns:oml="http://openml.org/openml">\n{setups}</oml:setups>\n'


def text_in(xml: str, name: str) -> str:
    """The text of the first element of a name, empty if there is none."""
    found = re.search(rf"<oml:{name}>(.*?)</oml:{name}>", xml, re.S)
    return found[1] if found else ""
