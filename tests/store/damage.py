"""What a failing disk, another program or another version does to a store's file."""

import sqlite3
from pathlib import Path


def cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def cut_off_a_page(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-4096])


def zero_the_header(path: Path) -> None:
    path.write_bytes(bytes(100) + path.read_bytes()[100:])


def make_empty(path: Path) -> None:
    path.write_bytes(b"")


def make_foreign(path: Path) -> None:
    path.unlink()
    execute(path, "CREATE TABLE history (url TEXT)")


def make_newer(path: Path) -> None:
    execute(path, "UPDATE alembic_version SET version_num = '9999'")


def spoil_a_leaf(path: Path, index: str) -> None:
    """Noise in the second half of an index's last leaf."""
    connection = sqlite3.connect(path)
    size = connection.execute("PRAGMA page_size").fetchone()[0]
    root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [index]).fetchone()[0]
    connection.close()
    with path.open("r+b") as file:
        file.seek((root - 1) * size + 8)  # where a page that is no leaf says which its last child is
        leaf = int.from_bytes(file.read(4), "big")
        file.seek((leaf - 1) * size + size // 2)
        file.write(bytes(range(256)) * (size // 512))


def execute(path: Path, statement: str) -> None:
    """Run a statement behind the store's back."""
    connection = sqlite3.connect(path)
    try:
        with connection:
            connection.execute(statement)
    finally:
        connection.close()
