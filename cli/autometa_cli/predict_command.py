"""`autometa predict MODEL FILE`: what a tuned model says of new rows."""

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from autometa_cli.output import print_json, print_note
from autometa_cli.startup import quick_imports
from autometa_cli.tables import JsonOption

if TYPE_CHECKING:
    from autometa.tuning import ModelCard, Predictions


def predict(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A file that `autometa tune --out` wrote.")],
    file: Annotated[
        str, typer.Argument(metavar="NEW.csv", help="New rows, in any format; - reads CSV from a pipe.")
    ],
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the CSV here instead of to stdout.")
    ] = None,
    proba: Annotated[
        bool, typer.Option("--proba", help="With the probability of every class beside it.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Predict the target of new rows, as CSV with the labels of the training table."""
    with quick_imports():
        from autometa.readers import read_frame
        from autometa.tuning.model_file import load_model
        from autometa.tuning.whole_files import write_whole

    loaded = load_model(model)
    answer = loaded.answer(read_frame(file)[0], with_probabilities=proba)
    for note in answer.notes:
        print_note(f"autometa: {note}")
    if out is not None:
        try:
            write_whole(out, csv_text(loaded.card, answer).encode())
        except OSError as error:
            raise typer.BadParameter(
                f"{out} cannot be written ({error.strerror}); give a file in a folder of yours",
                param_hint="--out",
            ) from error
    if as_json:
        print_json(answer_data(loaded.card, answer, out))
    elif out is None:
        typer.echo(csv_text(loaded.card, answer), nl=False)
    else:
        print_note(f"{len(answer.values):,} predictions of {loaded.card.target!r} in {out}")


def csv_text(card: "ModelCard", answer: "Predictions") -> str:
    """One row for each new row: the prediction under the target's name, then the probabilities.

    Args:
        card: of the model.
        answer: what it says.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names, columns = [card.target], [answer.values.tolist()]
    if answer.probabilities is not None:
        names += [f"probability_{name}" for name in card.class_names]
        columns += answer.probabilities.T.tolist()
    writer.writerow(names)
    writer.writerows(zip(*columns, strict=True))
    return text.getvalue()


def answer_data(card: "ModelCard", answer: "Predictions", out: Path | None) -> dict[str, object]:
    """What --json prints.

    Args:
        card: of the model.
        answer: what it says.
        out: the file that was written.
    """
    probabilities = answer.probabilities
    return {
        "target": card.target,
        "task_type": str(card.task_type),
        "model": {
            "learner": card.learner,
            "params": dict(card.params),
            "metric": card.metric,
            "score": card.score,
            "trained_on": {"name": card.name, "n_rows": card.n_rows},
            "versions": dict(card.versions),
        },
        "classes": list(card.class_names),
        "predictions": answer.values.tolist(),
        "probabilities": None if probabilities is None else probabilities.tolist(),
        "notes": list(answer.notes),
        "out": None if out is None else str(out),
    }
