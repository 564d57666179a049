"""The command `autometa`: its sub-commands, and what every ending means to the shell.

Exit codes: 0 done · 1 a bug, with its trace · 2 usage or bad input · 3 nothing to suggest · 4 foreign data or
network, run again to go on · 5 the store cannot be used · 130 interrupted.

Nothing of `autometa` is imported before a command runs, so that `--help` and `--version` stay instant.
"""

import os
import sys
from importlib.metadata import version
from typing import Annotated, NoReturn

import typer

from autometa_cli.fewshot_command import fewshot_app
from autometa_cli.optimizer_command import optimizer_app
from autometa_cli.populate_command import populate_app
from autometa_cli.predict_command import predict
from autometa_cli.profile_command import profile
from autometa_cli.report_command import report
from autometa_cli.similarity_command import similarity_app
from autometa_cli.store_command import store_app
from autometa_cli.suggest_command import suggest
from autometa_cli.tune_command import tune

app = typer.Typer(
    name="autometa",
    help="Which configurations to try first on your table, learned from every experiment recorded.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(suggest)
app.command()(tune)
app.command()(predict)
app.command()(profile)
app.command()(report)
app.add_typer(fewshot_app, name="fewshot")
app.add_typer(optimizer_app, name="optimizer")
app.add_typer(populate_app, name="populate")
app.add_typer(similarity_app, name="similarity")
app.add_typer(store_app, name="store")

BUG, USAGE, NOTHING_TO_SUGGEST, FOREIGN, STORE, INTERRUPTED = 1, 2, 3, 4, 5, 130


@app.callback(invoke_without_command=True)
def root(
    show_version: Annotated[
        bool, typer.Option("--version", help="Print the version and stop.", is_eager=True)
    ] = False,
) -> None:
    """Which configurations to try first on your table, learned from every experiment recorded."""
    if show_version:
        typer.echo(f"autometa {version('autometa')}")
        raise typer.Exit


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and end the process.

    Args:
        arguments: without the program's name; from the shell where None.
    """
    try:
        app(arguments)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads on; end without a trace
        sys.exit(BUG)
    except Exception as error:
        code = exit_code(error)
        if code == BUG:
            raise
        typer.echo(f"autometa: {error}", err=True)
        sys.exit(code)
    sys.exit(0)


def exit_code(error: Exception) -> int:
    """What the shell gets for an error; 1 for one that was not raised on purpose."""
    from autometa.errors import AutometaError, EmptyHistoryError, ImporterError, StoreError

    codes = {
        EmptyHistoryError: NOTHING_TO_SUGGEST,
        ImporterError: FOREIGN,
        StoreError: STORE,
        AutometaError: USAGE,
    }
    return next((code for kind, code in codes.items() if isinstance(error, kind)), BUG)
