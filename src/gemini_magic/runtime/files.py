"""Reads and writes whole files: regular ones of a bounded size, and no reader ever sees half of one."""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import stat
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from gemini_magic.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LARGEST", "check_size", "open_regular", "read_file", "read_open"]
__all__ += ["sweep", "to_path", "write_file"]

LARGEST = 256 << 20
"""Bytes of the largest file that is read."""


def to_path(name: str) -> Path:
    """Return the path that a user has named; `~` is their home.

    Raises
    ------
    OptionError
        If no file can have this name.
    """
    if "\0" in name:
        raise OptionError("a file's name cannot have a NUL character; choose another name")
    try:
        return Path(name).expanduser()
    except RuntimeError:
        raise OptionError(f"the home folder in {name!r} is not known; name the folder itself") from None


def read_file(path: Path, most: int = LARGEST) -> bytes:
    """Return the content of a regular file; a link to one is followed.

    Parameters
    ----------
    path
        The file.
    most
        Bytes it may have.

    Raises
    ------
    OSError
        If it cannot be read, is no regular file, or is larger.
    """
    with open_regular(path) as file:
        return read_open(file, most)


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file to read it. Others are refused: a device may have no end, a pipe no beginning.

    Raises
    ------
    OSError
        If it cannot be opened, or is no regular file.
    """
    with _names():
        # Without O_NONBLOCK, opening a pipe would wait for somebody to write into it.
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    file = os.fdopen(number, "rb")
    if not stat.S_ISREG(os.fstat(number).st_mode):
        file.close()
        raise OSError(errno.EINVAL, "it is no regular file")
    return file


def read_open(file: BinaryIO, most: int = LARGEST) -> bytes:
    """Return all that is in an open file; an `OSError` if that is more than `most` bytes."""
    data = file.read(most + 1)
    if len(data) > most:
        size = f"{most >> 20} MB" if most >> 20 else f"{most >> 10} kB"
        raise OSError(errno.EFBIG, f"it has more than {size}")
    return data


def check_size(size: int) -> None:
    """Raise an `OSError` for a file that would be too large to be read again."""
    if size > LARGEST:
        raise OSError(errno.EFBIG, f"it would have more than {LARGEST >> 20} MB")


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
    check_size(len(data))
    with _names():
        target = path.resolve()
        if target.exists() and not target.is_file():
            # Root could put a file in the place of a device.
            raise OSError(errno.EINVAL, "it is no regular file")
        # A rename is atomic only within one file system.
        beside = target.with_name(f".{target.name[:100]}.{uuid.uuid4().hex}.tmp")
        try:
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(target)
        finally:
            beside.unlink(missing_ok=True)


def sweep(folder: Path, name: str | None = None) -> None:
    """Delete what `write_file` left when its process was killed; nobody may be writing there now.

    Parameters
    ----------
    folder
        Where it was to write; nothing happens if there is none.
    name
        The file it was to write; None is any.
    """
    pattern = "*" if name is None else glob.escape(name[:100])
    with contextlib.suppress(OSError):
        for left in folder.glob(f".{pattern}.{'[0-9a-f]' * 32}.tmp"):
            left.unlink(missing_ok=True)


@contextlib.contextmanager
def _names() -> Iterator[None]:
    """Make an `OSError` of the `ValueError` for a name that no file can have."""
    try:
        yield
    except ValueError:
        raise OSError(errno.EINVAL, "no file can have this name") from None
