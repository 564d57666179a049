"""docs/learners.md is in step with the catalogue; `python tests/learners/test_docs.py` brings it there."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from autometa.dataset import TaskType
from autometa.learners.base import Learner
from autometa.learners.catalogue import BASE_LEARNERS, BOOSTING_LEARNERS
from autometa.search_space import Choice, Parameter, Value

DOCUMENT = Path(__file__).parents[2] / "docs" / "learners.md"
BEGIN, END = "<!-- catalogue: made from the code -->\n", "<!-- end of catalogue -->"


def test_document_shows_the_catalogue_as_it_is() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == _with_catalogue(text), "run `python tests/learners/test_docs.py`"


def test_first_example_says_what_the_document_says(capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"```(?:python)?\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)
    exec(blocks[0], {})
    assert capsys.readouterr().out == blocks[1]


def _with_catalogue(text: str) -> str:
    """The document with a fresh catalogue between its marks."""
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    sections = (line for member in BASE_LEARNERS + BOOSTING_LEARNERS for line in _section(member))
    return f"{before}{BEGIN}\n{''.join(sections)}{END}{after}"


def _section(learner: Learner) -> Iterator[str]:
    tasks = " and ".join(learner.search_spaces)
    package = f", package `{learner.package}`" if learner.package else ""
    yield f"### `{learner.name}`: {learner.title}\n\n"
    yield f"For {tasks}; {learner.encoding.replace('_', '-')} encoding{package}.\n"
    yield f"Ranges: {learner.ranges_from}.\n\n"
    yield "| parameter | range | default |\n|---|---|---|\n"
    parameters = {p.name: p for space in learner.search_spaces.values() for p in space.parameters}
    for parameter in parameters.values():
        yield f"| `{parameter.name}` | {_range(parameter)} | {_default(learner, parameter)} |\n"
    yield "\n"


def _range(parameter: Parameter) -> str:
    if isinstance(parameter, Choice):
        text = ", ".join(_code(value) for value in parameter.choices)
    else:
        text = f"{parameter.low:g} to {parameter.high:g}" + (", log" if parameter.log else "")
        text += "".join(f", or {_code(value)}" for value in parameter.alternatives)
    if parameter.condition:
        values = " or ".join(_code(value) for value in parameter.condition.values)
        text += f"; if `{parameter.condition.parent}` is {values}"
    return text


def _default(learner: Learner, parameter: Parameter) -> str:
    """One value, or one for each task where they differ or only one task has it."""
    by_task: dict[TaskType, str] = {
        task: _code(params[parameter.name]) if parameter.name in params else "(inactive)"
        for task, params in learner.defaults.items()
        if parameter.name in learner.search_spaces[task].names
    }
    if len(set(by_task.values())) == 1 and by_task.keys() == learner.defaults.keys():
        return next(iter(by_task.values()))
    return ", ".join(f"{value} ({task})" for task, value in by_task.items())


def _code(value: Value) -> str:
    return f"`{value}`"


if __name__ == "__main__":
    DOCUMENT.write_text(_with_catalogue(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
