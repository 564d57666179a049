"""write_whole: a file that is there completely, or not at all."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside its place and move it there; a reader sees the old one or the new one.

    Args:
        path: of the file; its folder exists.
        content: all of it.

    Raises:
        OSError: the folder cannot be written to.
    """
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        part = Path(file.name)
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            mask = os.umask(0)
            os.umask(mask)
            part.chmod(0o666 & ~mask)  # a temporary file is its owner's alone
            part.replace(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
