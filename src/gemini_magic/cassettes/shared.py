"""A file that several kernels read and add to: what is added is there whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
from typing import TYPE_CHECKING

try:
    import fcntl
except ImportError:
    # Windows writes a piece in one step.
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["append", "read"]


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
        _lock(file, exclusive=True)
        written = os.write(file, data)
        if written < len(data):
            _take_back(file, written)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(file)
    finally:
        os.close(file)


def read(path: Path) -> bytes:
    """Return what is in the file, when nobody is writing it.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with path.open("rb") as file:
        _lock(file.fileno(), exclusive=False)
        return file.read()


def _lock(file: int, *, exclusive: bool) -> None:
    """Wait for the file; closing it lets go. Some network disks know no locks."""
    if fcntl is not None:
        with contextlib.suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)


def _take_back(file: int, written: int) -> None:
    with contextlib.suppress(OSError):
        os.ftruncate(file, os.fstat(file).st_size - written)
