"""Writes files in one step: no reader ever sees half of one."""

from __future__ import annotations

import os
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["write_file"]


def write_file(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Write a file in one step: under its name there is the old content or all of the new.

    Parameters
    ----------
    path
        Where to; a link is followed.
    data
        All of the content.
    mode
        Permissions of the file, less what the umask forbids.

    Raises
    ------
    OSError
        If it cannot be written; then nothing has changed.
    """
    target = path.resolve()
    # A rename is atomic only within one file system.
    beside = target.with_name(f".{uuid.uuid4().hex}.tmp")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
