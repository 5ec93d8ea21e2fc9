"""The cassette: recordings in one file beside a notebook, to which each new one is added."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from gemini_magic.cassettes.data_files import DataFiles, is_named
from gemini_magic.cassettes.recorded_faults import has_passing_fault
from gemini_magic.cassettes.recording_index import Index
from gemini_magic.cassettes.recordings import (
    HEADER,
    DamagedLine,
    Recording,
    read_lines,
    renumber,
    write_lines,
)
from gemini_magic.cassettes.secrets import has_secret
from gemini_magic.cassettes.takes import Places
from gemini_magic.errors import CassetteError
from gemini_magic.runtime.files import sweep, write_file
from gemini_magic.runtime.locked_files import adding, read, replacing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from gemini_magic.cassettes.calls import Call
    from gemini_magic.cassettes.takes import Place
    from gemini_magic.runtime.origin import Origin
    from gemini_magic.runtime.secret import Secret

__all__ = ["Cassette"]


class Cassette:
    """One file of recordings.

    Parameters
    ----------
    path
        Where it is, or will be when the first reply is recorded.

    Attributes
    ----------
    used : dict
        Ids of the recordings that were replayed or recorded here, in order.
    recorded : int
        How many were recorded.
    replayed_uploads : set of str
        Where replayed answers have told the SDK to send files: nothing is really sent there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._files = DataFiles(path.with_name(path.name.removesuffix(".jsonl") + ".files"))
        self.used: dict[tuple[str, int], None] = {}
        self.recorded = 0
        self._index = Index()
        self._seen: tuple[int, int] | None = None
        self._places = Places()
        self.replayed_uploads: set[str] = set()
        # It is read in a thread of its own, and asked from the cell's.
        self._lock = threading.RLock()

    @property
    def name(self) -> str:
        """The file's name, without its folder."""
        return self.path.name

    @property
    def recordings(self) -> list[Recording]:
        """All that can be replayed, in the order of the file."""
        self.load()
        return self._index.values()

    @property
    def replaced(self) -> int:
        """How many recordings a later one in the same file replaces."""
        self.load()
        return self._index.replaced

    def place(self, call: Call, origin: Origin) -> Place:
        """Return the place of a call made now; a cell that runs again gets its earlier places again."""
        return self._places.take(call, origin)

    def give_back(self, place: Place) -> None:
        """Free a place where nothing was replayed or recorded, for the next call that asks the same."""
        self._places.give_back(place)

    def find(self, place: Place, *, or_last: bool = False) -> Recording | None:
        """Return the recording at a place, or the last of the same call, if there is one.

        Raises
        ------
        CassetteError
            If the file cannot be read.
        """
        self.load()
        return self._index.find(place, or_last=or_last)

    def read_file(self, name: str) -> bytes:
        """Return a file of data.

        Raises
        ------
        CassetteError
            If it cannot be read.
        """
        what = f"{self._files.folder.name}/{name}, which {self.name} needs,"
        try:
            data = self._files.read(name)
        except OSError as error:
            raise CassetteError(f"{what} cannot be read ({error.strerror}); restore it") from None
        if not is_named(name, data):
            raise CassetteError(f"{what} was changed, perhaps its line ends by git; restore it")
        return data

    def note_use(self, recording: Recording) -> None:
        """Remember that a recording was replayed or made."""
        self.used.setdefault(recording.id)

    def add(self, recording: Recording, files: Mapping[str, bytes], key: Secret | None = None) -> None:
        """Write a recording at the end of the file, in one step.

        Parameters
        ----------
        recording, files
            What is recorded, and the large data of it by file name.
        key
            The key in use, which may not have the shape of one.

        Raises
        ------
        CassetteError
            If it cannot be written, or holds what looks like a key; then nothing has changed.
        """
        text = write_lines(recording)
        if has_secret([text, recording.call.body, [value for _, _, value in recording.events]], files, key):
            raise CassetteError(f"not recorded in {self.name}: there is what looks like an API key in it")
        with self._lock:
            self.load()
            before, after = self._append(text.encode(), files)
            seen = self._stat()
            # If another kernel has written in between, the file is read again.
            is_known = (self._seen or (0,))[0] == before and seen is not None and seen[0] == after
            self._seen = seen if is_known else None
            self._index.add(recording)
            self.note_use(recording)
            self.recorded += 1

    def prune(self) -> int:
        """Keep only what was used here and is whole, in the order of use; return how many were dropped.

        Raises
        ------
        CassetteError
            If nothing was used yet, or the file cannot be read or written.
        """
        self.load()
        with self._writing(), replacing(self.path) as data:
            self._read(data)
            target = self.path.resolve()
            sweep(target.parent, target.name)
            used = [recording for recording in map(self._index.get, self.used) if recording is not None]
            kept = [recording for recording in used if not has_passing_fault(recording)]
            if not kept:
                raise CassetteError(
                    f"nothing of {self.name} was used yet; run the notebook first, then prune"
                )
            dropped = len(self._index) - len(kept) + self._index.replaced
            takes = _count_takes(kept)
            kept = [renumber(recording, takes[recording.id]) for recording in kept]
            write_file(self.path, (HEADER + "".join(map(write_lines, kept))).encode())
            self._files.keep(set().union(*(recording.files for recording in kept)))
        self.used = {recording.id: None for recording in kept}
        self._places.renumber(takes)
        self.load()
        return dropped

    def load(self) -> None:
        """Read the file, if anybody has written it since.

        Raises
        ------
        CassetteError
            If it cannot be read, or is damaged.
        """
        with self._lock:
            try:
                seen = self._stat()
                data = read(self.path) if seen != self._seen and seen is not None else None
            except OSError as error:
                raise CassetteError(f"{self.name} cannot be read ({error.strerror}); check it") from None
            if seen != self._seen:
                self._read(data or b"")
                self._seen = seen

    def _stat(self) -> tuple[int, int] | None:
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            return None
        return stat.st_size, stat.st_mtime_ns

    def _read(self, data: bytes) -> None:
        self._seen, self._index = None, Index()
        try:
            for recording in read_lines(data):
                self._index.add(recording)
        except DamagedLine as error:
            raise CassetteError(
                f"{self.name} is damaged in line {error.number} ({error}); restore it, nothing was changed"
            ) from None

    def _append(self, data: bytes, files: Mapping[str, bytes]) -> tuple[int, int]:
        with self._writing():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with adding(self.path, HEADER.encode()) as append:
                self._files.write(files)
                return append(data)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise CassetteError(
                f"{self.name} cannot be written ({error.strerror}); check its folder and disk"
            ) from None


def _count_takes(kept: list[Recording]) -> dict[tuple[str, int], int]:
    """Return new takes by id; those of the same call count from 1."""
    counts: dict[str, int] = {}
    takes = {}
    for recording in sorted(kept, key=lambda one: one.take):
        key = recording.call.key
        takes[recording.id] = counts[key] = counts.get(key, 0) + 1
    return takes
