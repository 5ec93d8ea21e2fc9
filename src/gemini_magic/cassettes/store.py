"""The cassette: recordings in one file beside a notebook, to which each new one is added."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gemini_magic.cassettes.data_files import DataFiles
from gemini_magic.cassettes.lines import HEADER, DamagedLine, Recording, read_lines, renumber, write_lines
from gemini_magic.errors import CassetteError
from gemini_magic.files import write_file
from gemini_magic.secret import scrub

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gemini_magic.cassettes.calls import Call
    from gemini_magic.origin import Origin

__all__ = ["Cassette", "Place"]


@dataclass(frozen=True)
class Place:
    """Where a call belongs: the n-th cell that asks just this has take n.

    Attributes
    ----------
    call
        What is asked.
    take
        From 1.
    """

    call: Call
    take: int

    @property
    def id(self) -> tuple[str, int]:
        """What tells recordings apart."""
        return self.call.key, self.take


class Cassette:
    """One file of recordings.

    Parameters
    ----------
    path
        Where it is, or will be when the first reply is recorded.

    Attributes
    ----------
    used : list
        Ids of the recordings that were replayed or recorded here, each once, in order.
    replayed, recorded : int
        How often that was done.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._files = DataFiles(path.with_name(path.name.removesuffix(".jsonl") + ".files"))
        self.used: list[tuple[str, int]] = []
        self.replayed = 0
        self.recorded = 0
        self._recordings: dict[tuple[str, int], Recording] = {}
        self._replaced = 0
        self._seen: tuple[int, int] | None = None
        self._asked: dict[str, list[Origin]] = {}

    @property
    def name(self) -> str:
        """The file's name, without its folder."""
        return self.path.name

    @property
    def recordings(self) -> list[Recording]:
        """All that can be replayed, in the order of the file."""
        self.load()
        return list(self._recordings.values())

    @property
    def replaced(self) -> int:
        """How many recordings of the file were recorded anew later in it."""
        self.load()
        return self._replaced

    def place(self, call: Call, origin: Origin) -> Place:
        """Return the place of a call that is made now; a cell that runs again has its earlier places."""
        asked = self._asked.setdefault(call.key, [])
        for number, earlier in enumerate(asked):
            if origin.repeats(earlier):
                asked[number] = origin
                return Place(call, number + 1)
        asked.append(origin)
        return Place(call, len(asked))

    def find(self, place: Place, *, or_last: bool = False) -> Recording | None:
        """Return the recording at a place, or the last of the same call, if there is one.

        Raises
        ------
        CassetteError
            If the file cannot be read.
        """
        self.load()
        takes = sorted(take for key, take in self._recordings if key == place.call.key)
        take = place.take if place.take in takes or not (or_last and takes) else takes[-1]
        return self._recordings.get((place.call.key, take))

    def read_file(self, name: str) -> bytes:
        """Return a file of data.

        Raises
        ------
        CassetteError
            If it cannot be read.
        """
        try:
            return self._files.read(name)
        except OSError as error:
            what = f"{self._files.folder.name}/{name}, which {self.name} needs, cannot be read"
            raise CassetteError(f"{what} ({error.strerror}); restore it") from None

    def note_use(self, recording: Recording) -> None:
        """Remember that a recording was replayed."""
        self.replayed += 1
        self._use(recording)

    def add(self, recording: Recording, files: Mapping[str, bytes]) -> None:
        """Write a recording at the end of the file, in one step.

        Raises
        ------
        CassetteError
            If it cannot be written, or holds what looks like a key; then nothing has changed.
        """
        text = write_lines(recording)
        if has_secret(text):
            raise CassetteError(f"not recorded in {self.name}: there is what looks like an API key in it")
        self.load()
        try:
            self._files.write(files)
            self._append(text)
        except OSError as error:
            raise CassetteError(
                f"{self.name} cannot be written ({error.strerror}); check its folder and disk"
            ) from None
        self._take_in(recording)
        self._use(recording)
        self.recorded += 1

    def prune(self) -> int:
        """Keep only what was used here, in the order of its use; return how many recordings were dropped.

        Raises
        ------
        CassetteError
            If nothing was used yet, or the file cannot be read or written.
        """
        self.load()
        kept = [self._recordings[id_] for id_ in self.used if id_ in self._recordings]
        if not kept:
            raise CassetteError(f"nothing of {self.name} was used yet; run the notebook first, then prune")
        dropped = len(self._recordings) - len(kept) + self._replaced
        kept = _renumber(kept)
        try:
            write_file(self.path, (HEADER + "".join(map(write_lines, kept))).encode())
            self._files.keep(set().union(*(recording.files for recording in kept)))
        except OSError as error:
            raise CassetteError(f"{self.name} cannot be written ({error.strerror})") from None
        self.used = [(recording.call.key, recording.take) for recording in kept]
        self.load()
        return dropped

    def _use(self, recording: Recording) -> None:
        id_ = (recording.call.key, recording.take)
        if id_ not in self.used:
            self.used.append(id_)

    def _take_in(self, recording: Recording) -> None:
        id_ = (recording.call.key, recording.take)
        self._replaced += self._recordings.pop(id_, None) is not None
        self._recordings[id_] = recording

    def load(self) -> None:
        """Read the file, if anybody has written it since.

        Raises
        ------
        CassetteError
            If it cannot be read, or is damaged.
        """
        try:
            seen = self._stat()
            data = self.path.read_bytes() if seen != self._seen and seen is not None else None
        except OSError as error:
            raise CassetteError(f"{self.name} cannot be read ({error.strerror}); check it") from None
        if seen == self._seen:
            return
        self._seen, self._replaced, self._recordings = None, 0, {}
        if data is not None:
            self._read(data)
        self._seen = seen

    def _stat(self) -> tuple[int, int] | None:
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            return None
        return stat.st_size, stat.st_mtime_ns

    def _read(self, data: bytes) -> None:
        try:
            for recording in read_lines(data):
                self._take_in(recording)
        except DamagedLine as error:
            raise CassetteError(
                f"{self.name} is damaged in line {error.number} ({error}); restore it, nothing was changed"
            ) from None

    def _append(self, text: str) -> None:
        if self._seen is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            text = HEADER + text
        with self.path.open("ab") as file:
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())
        self._seen = self._stat()


def has_secret(text: str) -> bool:
    """Return whether something in `text` has the shape of a key."""
    return scrub(text) != text


def _renumber(kept: list[Recording]) -> list[Recording]:
    """Return the recordings with takes that count from 1."""
    counts: dict[str, int] = {}
    numbered = {}
    for recording in sorted(kept, key=lambda one: one.take):
        key = recording.call.key
        counts[key] = counts.get(key, 0) + 1
        numbered[id(recording)] = renumber(recording, counts[key])
    return [numbered[id(recording)] for recording in kept]
