"""Adding to a file that others may add to as well: all of a text or nothing."""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["append"]


def append(path: Path, data: bytes) -> None:
    """Write `data` at the end of a file, and on the disk, in one step.

    Parameters
    ----------
    path
        The file; made if it is not there, a link is followed.
    data
        Written in one piece, so that what two kernels write is never mixed.

    Raises
    ------
    OSError
        If it cannot be written; then a part of it is not left behind.
    """
    # Binary on Windows, too: line ends stay as they are.
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
    file = os.open(path, flags, 0o666)
    try:
        written = os.write(file, data)
        if written < len(data):
            _take_back(file, written)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(file)
    finally:
        os.close(file)


def _take_back(file: int, written: int) -> None:
    with contextlib.suppress(OSError):
        os.ftruncate(file, os.fstat(file).st_size - written)
