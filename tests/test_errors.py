"""The error tree: as drawn, all under one root, and messages that help."""

import inspect
import re

import pytest

from autometa import errors
from autometa.errors import AutometaError, UnknownNameError

CLASSES = [
    member
    for _, member in inspect.getmembers(errors, inspect.isclass)
    if member.__module__ == errors.__name__
]
DRAWN = re.compile(r"^(?P<lines>[│ ├└─]*)(?P<name>\w+)(?: \((?P<also>\w+)\))?", re.MULTILINE)


def test_tree_in_the_docstring_is_the_tree_of_the_classes() -> None:
    drawn: dict[str, tuple[str | None, str | None]] = {}
    path: list[str] = []
    picture = (errors.__doc__ or "").split("\n\n")[1]
    for line in DRAWN.finditer(picture):
        depth = len(line["lines"]) // 4
        path[depth:] = [line["name"]]
        drawn[line["name"]] = (path[depth - 1] if depth else None, line["also"])
    assert drawn == {member.__name__: _bases(member) for member in CLASSES}


def test_every_error_is_an_autometa_error_with_a_docstring() -> None:
    assert all(issubclass(member, AutometaError) for member in CLASSES)
    assert all(member.__doc__ for member in CLASSES)


def test_bad_input_can_be_caught_as_value_error() -> None:
    also = {member.__name__ for member in CLASSES if issubclass(member, ValueError)}
    assert also == {
        "InvalidDatasetError",
        "UnknownNameError",
        "TrainingError",
        "IncompatibleMetaFeaturesError",
        "InvalidModelError",
        "SearchSpaceMismatchError",
    }


def test_unknown_name_close_to_a_known_one_gets_it_suggested() -> None:
    error = UnknownNameError.of("learner", "random_forrest", ["ridge", "random_forest"])
    assert str(error) == "no learner 'random_forrest'; did you mean 'random_forest'?"


def test_unknown_name_like_no_other_gets_the_list() -> None:
    assert str(UnknownNameError.of("metric", "xyz", ["r2", "rmse"])) == "no metric 'xyz'; there are: r2, rmse"


def test_long_list_of_names_is_cut() -> None:
    message = str(UnknownNameError.of("column", "?", [f"column{index}" for index in range(1000)]))
    assert message.count("column") == 21


def test_error_keeps_its_class_in_subclasses() -> None:
    with pytest.raises(UnknownNameError, match="no task"):
        raise UnknownNameError.of("task", "cluster", ["regression"])


def _bases(member: type) -> tuple[str | None, str | None]:
    """The parent in the tree, and the built-in that the error is too."""
    parent = next((base.__name__ for base in member.__bases__ if base in CLASSES), None)
    also = next(
        (base.__name__ for base in member.__bases__ if base not in CLASSES and base is not Exception), None
    )
    return parent, also
