"""The command `autometa`: its sub-commands, and what every ending means to the shell.

Exit codes: 0 done · 1 a bug, with its trace · 2 usage or bad input · 3 nothing to suggest · 4 foreign data or
network, run again to go on · 5 the store cannot be used · 130 interrupted.
"""

import os
import sys
from importlib.metadata import version
from typing import Annotated, NoReturn

import typer

from autometa.errors import AutometaError, EmptyHistoryError, ImporterError, StoreError
from autometa_cli.populate_command import populate_app
from autometa_cli.profile_command import profile
from autometa_cli.store_command import store_app
from autometa_cli.suggest_command import suggest

app = typer.Typer(
    name="autometa",
    help="Which configurations to try first on your table, learned from every experiment recorded.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(suggest)
app.command()(profile)
app.add_typer(populate_app, name="populate")
app.add_typer(store_app, name="store")

USAGE, NOTHING_TO_SUGGEST, FOREIGN, STORE, INTERRUPTED = 2, 3, 4, 5, 130


@app.callback()
def root(
    show_version: Annotated[bool, typer.Option("--version", help="Print the version and stop.", is_eager=True)] = False,
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
    except AutometaError as error:
        print(f"autometa: {error}", file=sys.stderr)  # noqa: T201 - the one place where errors are said
        sys.exit(exit_code(error))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads on; end without a trace
        sys.exit(1)
    sys.exit(0)


def exit_code(error: AutometaError) -> int:
    """What the shell gets for an error."""
    codes = {EmptyHistoryError: NOTHING_TO_SUGGEST, ImporterError: FOREIGN, StoreError: STORE}
    return next((code for kind, code in codes.items() if isinstance(error, kind)), USAGE)
