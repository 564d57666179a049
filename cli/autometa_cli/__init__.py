"""The terminal: argv, printing, exit codes; nothing else."""

from autometa_cli.main import main

__all__ = ["main"]
