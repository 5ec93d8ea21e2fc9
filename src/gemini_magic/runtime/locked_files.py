"""A file that several kernels read and append to, under a lock; an append is written whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
from functools import partial
from typing import TYPE_CHECKING

try:
    import fcntl
except ImportError:
    # Windows has no flock; there a single write is relied on.
    fcntl = None  # type: ignore[assignment]

from gemini_magic.runtime.files import check_size, open_regular, read_file, read_open

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["adding", "read", "replacing"]


@contextlib.contextmanager
def adding(path: Path, head: bytes, mode: int = 0o666) -> Iterator[Callable[[bytes], tuple[int, int]]]:
    """Lock a file against other writers, and yield a function that appends to it.

    The function writes data at the end of the file, on a new line, whole or not at all, and syncs it to the
    disk. It returns the file's size before and after.

    Parameters
    ----------
    path
        The file; made if it is not there, a link is followed.
    head
        What a new file begins with.
    mode
        Permissions of a new file, less what the umask forbids.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    file = _open_to_add(path, mode)
    try:
        yield partial(_append, file, head)
    finally:
        os.close(file)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[bytes]:
    """Lock a file while another is put in its place, and yield its content; empty if there is no file.

    Raises
    ------
    OSError
        If it cannot be read, or nobody may write it.
    """
    # Windows cannot replace an open file.
    if fcntl is None or not path.exists():
        yield read(path) if path.exists() else b""
        return
    # It must be one that may be written, too.
    open_regular(path).close()
    with path.open("r+b") as file:
        _lock(file.fileno(), exclusive=True)
        # Read by name: the file may have been replaced while we waited for the lock.
        yield read_file(path)


def read(path: Path) -> bytes:
    """Return the content of a regular file, when no other process is writing it.

    Raises
    ------
    OSError
        If it cannot be read, is no regular file, or is too large.
    """
    with open_regular(path) as file:
        _lock(file.fileno(), exclusive=False)
        return read_open(file)


def _open_to_add(path: Path, mode: int) -> int:
    # Binary on Windows, too, so that line ends stay as they are.
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
    while True:
        if path.exists():
            open_regular(path).close()
        file = os.open(path, flags, mode)
        _lock(file, exclusive=True)
        if _is_still(path, file):
            return file
        os.close(file)


def _append(file: int, head: bytes, data: bytes) -> tuple[int, int]:
    size = os.fstat(file).st_size
    data = (_end_line(file, size) if size else head) + data
    check_size(size + len(data))
    written = os.write(file, data)
    if written < len(data):
        _take_back(file, written)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync(file)
    return size, size + written


def _is_still(path: Path, file: int) -> bool:
    """Return whether the open file still has this name: it may have been replaced while we waited."""
    if fcntl is None:
        return True
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except FileNotFoundError:
        return False


def _end_line(file: int, size: int) -> bytes:
    """Return a line end if the last line has none."""
    os.lseek(file, size - 1, os.SEEK_SET)
    return b"" if os.read(file, 1) == b"\n" else b"\n"


def _lock(file: int, *, exclusive: bool) -> None:
    """Wait for the lock; closing the file releases it. Some network disks have no locks."""
    if fcntl is not None:
        with contextlib.suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH)


def _take_back(file: int, written: int) -> None:
    with contextlib.suppress(OSError):
        os.ftruncate(file, os.fstat(file).st_size - written)
