"""Rules of the house that no linter watches."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted(path for folder in ("autometa", "store", "cli") for path in (ROOT / folder).rglob("*.py"))
MAX_LINES = 300


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_says_what_lives_there_and_holds_one_idea(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), "the first line of a file is its docstring"
    assert len(text.splitlines()) <= MAX_LINES, "one idea a file"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_pickled(path: Path) -> None:
    imported = {
        name.name.split(".")[0]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (node.names if isinstance(node, ast.Import) else [ast.alias(node.module or "")])
    }
    assert not imported & {"pickle", "dill", "cloudpickle", "shelve", "marshal"}


@pytest.mark.parametrize(
    "module",
    [
        "autometa",
        "autometa.evaluation",
        "autometa.fewshot",
        "autometa.learned_optimizers",
        "autometa.learned_optimizers.tasks",
        "autometa.learners",
        "autometa.metafeatures",
        "autometa.readers",
        "autometa.similarity",
        "autometa.tuning",
        "autometa.warmstart",
        "autometa_cli",
        "autometa_store",
        "autometa_store.knowledge",
    ],
)
def test_public_names_exist(module: str) -> None:
    face = __import__(module, fromlist=["__all__"])
    assert sorted(face.__all__) == sorted(set(face.__all__))
    assert all(hasattr(face, name) for name in face.__all__)
