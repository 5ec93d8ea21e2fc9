"""A file that several kernels read and add to: what is added is there whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
from functools import partial
from typing import TYPE_CHECKING

try:
    import fcntl
except ImportError:
    # Windows writes a piece in one step.
    fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["adding", "read", "replacing"]


@contextlib.contextmanager
def adding(path: Path, head: bytes) -> Iterator[Callable[[bytes], tuple[int, int]]]:
    """Let nobody else add to a file or replace it, and give what adds to it.

    That writes a piece, which begins a line, at the end of the file and on the disk, whole or not at all; it
    returns the file's size before and after.

    Parameters
    ----------
    path
        The file; made if it is not there, a link is followed.
    head
        What a new file begins with.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    file = _open_to_add(path)
    try:
        yield partial(_append, file, head)
    finally:
        os.close(file)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[bytes]:
    """Let nobody add to a file while another is put in its place, and give what is in it; nothing if none is.

    Raises
    ------
    OSError
        If it cannot be read, or nobody may write it.
    """
    # Windows replaces no file that is open.
    if fcntl is None or not path.exists():
        yield read(path) if path.exists() else b""
        return
    with path.open("r+b") as file:
        _lock(file.fileno(), exclusive=True)
        # By its name: it may have been replaced while it was waited for.
        yield path.read_bytes()


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


def _open_to_add(path: Path) -> int:
    # Binary on Windows, too: line ends stay as they are.
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
    while True:
        file = os.open(path, flags, 0o666)
        _lock(file, exclusive=True)
        if _is_still(path, file):
            return file
        os.close(file)


def _append(file: int, head: bytes, data: bytes) -> tuple[int, int]:
    size = os.fstat(file).st_size
    data = (_end_line(file, size) if size else head) + data
    written = os.write(file, data)
    if written < len(data):
        _take_back(file, written)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync(file)
    return size, size + written


def _is_still(path: Path, file: int) -> bool:
    """Return whether it is the file of this name, and was not replaced while it was waited for."""
    if fcntl is None:
        return True
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except FileNotFoundError:
        return False


def _end_line(file: int, size: int) -> bytes:
    """Return what ends the last line, if nothing does."""
    os.lseek(file, size - 1, os.SEEK_SET)
    return b"" if os.read(file, 1) == b"\n" else b"\n"


def _lock(file: int, *, exclusive: bool) -> None:
    """Wait for the file; closing it lets go. Some network disks know no locks."""
    if fcntl is not None:
        with contextlib.suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)


def _take_back(file: int, written: int) -> None:
    with contextlib.suppress(OSError):
        os.ftruncate(file, os.fstat(file).st_size - written)
