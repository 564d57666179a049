"""Rows of `evaluation/setup/list`: one evaluation of XML becomes one value.

Most of an answer is parameters, 500 bytes each, and most of them say what an earlier one said. So a parameter
is known by its number and its value, and only new numbers are read in full.
"""

from typing import Any, BinaryIO

from autometa_store.importers.openml_answers import (
    NAMESPACE,
    as_number,
    as_real,
    number_of,
    read_elements,
    text_of,
)
from autometa_store.importers.openml_records import ListedEvaluation, ListedParameter

ID, VALUE, PARAMETERS = (f"{NAMESPACE}{name}" for name in ("id", "value", "parameters"))
NOT_NUMBERED = "without a number of run, task, setup or flow"

Row = ListedEvaluation | str
"""An evaluation, or why there is none."""


def read_evaluations(stream: BinaryIO) -> list[Row]:
    """All rows of an answer, in its order.

    Args:
        stream: of XML.

    Raises:
        DamagedAnswerError: it is no list of evaluations, or ends early.
        ImporterError: it declares a document type.
    """
    reader = _RowReader()
    return [reader.read(element) for element in read_elements(stream, "evaluations", "evaluation")]


class _RowReader:
    """Reads the rows of one answer; what they have in common is kept once."""

    def __init__(self) -> None:
        self._names: dict[str | None, tuple[int | None, str, str]] = {}
        self._parameters: dict[tuple[str | None, str | None], ListedParameter] = {}
        self._setups: dict[int, tuple[ListedParameter, ...]] = {}
        self._texts: dict[str, str] = {}

    def read(self, element: Any) -> Row:
        fields = {child.tag[len(NAMESPACE) :]: child.text for child in element if isinstance(child.tag, str)}
        run_id, task_id = as_number(fields.get("run_id")), as_number(fields.get("task_id"))
        setup_id, flow_id = as_number(fields.get("setup_id")), as_number(fields.get("flow_id"))
        if run_id is None or task_id is None or setup_id is None or flow_id is None:
            return NOT_NUMBERED
        return ListedEvaluation(
            run_id=run_id,
            engine_id=as_number(fields.get("evaluation_engine_id")),
            task_id=task_id,
            setup_id=setup_id,
            flow_id=flow_id,
            flow_name=self._once(fields.get("flow_name")),
            data_id=as_number(fields.get("data_id")),
            data_name=self._once(fields.get("data_name")),
            metric=self._once(fields.get("function")),
            value=as_real(fields.get("value")),
            uploaded=(fields.get("upload_time") or "").strip() or None,
            parameters=self._setup(setup_id, element),
        )

    def _once(self, text: str | None) -> str:
        text = (text or "").strip()
        return self._texts.setdefault(text, text)

    def _setup(self, setup_id: int, element: Any) -> tuple[ListedParameter, ...]:
        if setup_id not in self._setups:
            listed = element.find(PARAMETERS)
            found = () if listed is None else (self._parameter(child) for child in listed)
            # several tags of a setup repeat its parameters
            self._setups[setup_id] = tuple({(p.flow_name, p.name): p for p in found}.values())
        return self._setups[setup_id]

    def _parameter(self, element: Any) -> ListedParameter:
        if len(element) == 0 or element[0].tag != ID or element[-1].tag != VALUE:
            return ListedParameter(*_names(element), element.findtext(VALUE) or None)
        key = (element[0].text, element[-1].text)
        known = self._parameters.get(key)
        if known is None:
            names = self._names.get(key[0])
            if names is None:
                names = self._names[key[0]] = _names(element)
            known = self._parameters[key] = ListedParameter(*names, key[1])
        return known


def _names(element: Any) -> tuple[int | None, str, str]:
    """Number and name of the component, with OpenML's version of it, and the parameter's bare name.

    The full name is component, version in brackets, underscore, parameter. Both may hold underscores and the
    component brackets, so only the known bare name can be taken off its end.
    """
    name, full_name = text_of(element, "parameter_name") or "", text_of(element, "full_name") or ""
    component = full_name.removesuffix(f"_{name}")
    if not component or component == full_name:
        component = text_of(element, "flow_name") or full_name
    return number_of(element, "flow_id"), component, name
