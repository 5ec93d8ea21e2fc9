"""Keys in .env files of the notebook's folder and above it; they are not put into the environment."""

from __future__ import annotations

import io
import logging
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from gemini_magic.errors import NoApiKey
from gemini_magic.runtime.files import read_file
from gemini_magic.runtime.keys.found import Found, find_in

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["find_in_dotenv_files"]

_LARGEST_DOTENV = 64 << 10
"""Bytes; python-dotenv takes 0.4 s for so much junk."""


def find_in_dotenv_files() -> Found | None:
    """Return the key of the nearest .env file that has one.

    Raises
    ------
    NoApiKey
        If one of them cannot be read.
    """
    return next(filter(None, map(_find_in_file, _dotenv_files())), None)


def _dotenv_files() -> Iterator[Path]:
    """Yield the .env files from the notebook's folder upward."""
    try:
        folder = Path.cwd()
    except FileNotFoundError:
        # It has been deleted.
        return iter(())
    return (path for parent in (folder, *folder.parents) if _is_file(path := parent / ".env"))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        # A folder that may not be looked into.
        return False


def _find_in_file(path: Path) -> Found | None:
    try:
        stat = path.stat()
        return _read_dotenv(path, stat.st_mtime_ns, stat.st_size)
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
    raise NoApiKey(f"{path} cannot be read ({why}); save it as a small text in UTF-8")


@lru_cache(maxsize=32)
def _read_dotenv(path: Path, _changed_ns: int, _size: int) -> Found | None:
    """Return the key in a .env file. Each is read once until it changes: odd ones take long."""
    import dotenv

    # Its warnings about unreadable lines must not reach the cell's output.
    logging.getLogger("dotenv").addHandler(logging.NullHandler())
    text = read_file(path, _LARGEST_DOTENV).decode("utf-8-sig")
    return find_in(dotenv.dotenv_values(stream=io.StringIO(text), interpolate=False), str(path))
