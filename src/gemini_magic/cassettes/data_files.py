"""The folder beside a cassette with its large data; each file is named by what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemini_magic.cassettes.media import FILE_NAME
from gemini_magic.runtime.files import write_file

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

__all__ = ["DataFiles"]


class DataFiles:
    """Files of data; every method raises an `OSError` where the disk does not go along.

    Parameters
    ----------
    folder
        Where they are; made when the first one is written.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, name: str) -> bytes:
        """Return what is in a file."""
        return (self.folder / name).read_bytes()

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write those files that are not there yet."""
        for name, data in files.items():
            if not (self.folder / name).exists():
                self.folder.mkdir(parents=True, exist_ok=True)
                write_file(self.folder / name, data)

    def keep(self, names: Collection[str]) -> None:
        """Delete all files of ours but those."""
        if self.folder.is_dir():
            for file in self.folder.iterdir():
                if FILE_NAME.fullmatch(file.name) and file.name not in names:
                    file.unlink()
