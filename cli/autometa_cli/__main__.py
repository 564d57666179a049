"""`python -m autometa_cli` is the command `autometa`."""

from autometa_cli.main import main

main()
