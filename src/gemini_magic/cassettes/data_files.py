"""Large data of recordings: it goes to files beside the cassette, not into its lines."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING, Any

from gemini_magic.runtime.files import read_file, sweep, write_file

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

__all__ = ["DataFiles", "file_names", "is_named", "is_reference", "put_back", "take_out"]

_MARK = "$file"
"""The key of a reference. Where a model uses the same key, one more `$` is put before it."""

_LIKE_A_MARK = re.compile(r"\$+file")

_LARGE = 8192
"""Base64 of at least so many characters goes to a file."""

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")

_FILE_NAME = re.compile(r"[0-9a-f]{20}\.[a-z0-9]{1,8}")
"""Names of data files: a hash of the content, and a suffix."""


# Our own list: that of Python depends on the machine, and the name is part of what is looked up.
_SUFFIXES = {
    "application/json": ".json",
    "application/pdf": ".pdf",
    "audio/flac": ".flac",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/wav": ".wav",
    "image/gif": ".gif",
    "image/heic": ".heic",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/svg+xml": ".svg",
    "image/webp": ".webp",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/markdown": ".md",
    "text/plain": ".txt",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/webm": ".webm",
}


class DataFiles:
    """The files of one cassette, each named by its content; an `OSError` where the disk fails.

    Parameters
    ----------
    folder
        Where they are; made when the first one is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, name: str) -> bytes:
        """Return what is in a file."""
        return read_file(self.folder / name)

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write those files that are not there yet."""
        for name, data in files.items():
            if not (self.folder / name).exists():
                self.folder.mkdir(parents=True, exist_ok=True)
                write_file(self.folder / name, data)

    def keep(self, names: Collection[str]) -> None:
        """Delete all data files except those with these names."""
        if self.folder.is_dir():
            for file in self.folder.iterdir():
                if _FILE_NAME.fullmatch(file.name) and file.name not in names:
                    file.unlink()
            sweep(self.folder)


def take_out(value: Any, files: dict[str, bytes]) -> Any:
    """Return `value` with large data replaced by references, and put the data into `files` by name."""
    if isinstance(value, dict):
        kind = value.get("mimeType") or value.get("mime_type")
        return {
            # A key of the model's that looks like ours gets one more `$`.
            f"${name}" if _LIKE_A_MARK.fullmatch(name) else name: _take_out_text(item, files, kind)
            if isinstance(item, str)
            else take_out(item, files)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [
            _take_out_text(item, files, None) if isinstance(item, str) else take_out(item, files)
            for item in value
        ]
    return value


def put_back(value: Any, read: Callable[[str], bytes]) -> Any:
    """Return `value` with the references replaced by what `read` gives for their names."""
    if isinstance(value, dict):
        if is_reference(value):
            encode = base64.urlsafe_b64encode if value.get("urlsafe") else base64.b64encode
            return encode(read(value[_MARK])).decode()
        return {
            name[1:] if _LIKE_A_MARK.fullmatch(name) else name: put_back(item, read)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [put_back(item, read) for item in value]
    return value


def is_reference(value: Any) -> bool:
    """Return whether `value` stands for the data in a file."""
    name = value.get(_MARK) if isinstance(value, dict) else None
    return isinstance(name, str) and _FILE_NAME.fullmatch(name) is not None


def file_names(value: Any) -> set[str]:
    """Return the names of all files that `value` refers to."""
    if isinstance(value, dict):
        return {value[_MARK]} if is_reference(value) else set().union(*map(file_names, value.values()))
    return set().union(*map(file_names, value)) if isinstance(value, list) else set()


def is_named(name: str, data: bytes) -> bool:
    """Return whether the data still has the hash in its file's name."""
    return name.partition(".")[0] == _digest(data)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:20]


def _take_out_text(text: str, files: dict[str, bytes], kind: Any) -> Any:
    if len(text) < _LARGE or not _BASE64.fullmatch(text):
        return text
    urlsafe = "-" in text or "_" in text
    try:
        data = (base64.urlsafe_b64decode if urlsafe else base64.b64decode)(text)
    except (binascii.Error, ValueError):
        return text
    encode = base64.urlsafe_b64encode if urlsafe else base64.b64encode
    if encode(data).decode() != text:
        return text
    name = _digest(data) + _SUFFIXES.get(kind if isinstance(kind, str) else "", ".bin")
    files[name] = data
    return {_MARK: name, "urlsafe": True} if urlsafe else {_MARK: name}
