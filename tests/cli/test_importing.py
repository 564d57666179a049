"""What the importing commands share: interruption, progress, and parameters in words."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from autometa.search_space import Choice, Condition, FloatRange, IntRange, Parameter
from autometa_cli import importing, output
from autometa_store.importers.base import CursorOf, ImportedStudies, Item
from autometa_store.trial_store import TrialStore
from tests.store.samples import dataset, study


class Interrupted:
    """An importer that a person stops after its first item."""

    def items(self, cursor_of: CursorOf) -> Iterator[Item]:
        for name in ("iris", "wine"):
            source = f"test:{name}"
            if cursor_of(source) is None:
                yield ImportedStudies(
                    source, name, (dataset(name),), (), (study(name, source=source),), {"n": 3}
                )
                raise KeyboardInterrupt


def test_interrupted_import_keeps_what_was_saved_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    monkeypatch.setattr(output, "is_terminal", lambda: True)
    for n_datasets in (1, 2):
        with pytest.raises(typer.Exit) as ending:
            importing.run_import(Interrupted(), url, dry_run=False, as_json=False)
        assert ending.value.exit_code == 130
        captured = capsys.readouterr()
        assert captured.out == ""
        assert "autometa: 3 trials saved, run again to go on\n" in captured.err
        assert "1 items · 3 new trials" in captured.err
        with TrialStore.open(url, mode="read") as store:
            assert store.counts()["datasets"] == n_datasets
    importing.run_import(Interrupted(), url, dry_run=False, as_json=False)
    assert capsys.readouterr().out.splitlines()[0] == "0 items: 0 new, 0 known, 0 unchanged, 0 skipped"


@pytest.mark.parametrize(
    ("parameter", "text"),
    [
        (FloatRange("C", 0.001, 1000.0, log=True), "real, 0.001 to 1000, log"),
        (IntRange("depth", 1, 8, alternatives=(None,)), "whole, 1 to 8, or None"),
        (Choice("kind", ("a", "b"), Condition("on", (True,))), "one of a, b; if on is True"),
        (Choice("n", tuple(range(14))), "one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more"),
    ],
)
def test_parameters_in_words(parameter: Parameter, text: str) -> None:
    assert importing.parameter_text(parameter) == text
