"""Autosave: the chats of a notebook in one file, to which every turn adds a line.

The file is JSON Lines. The first line names the format; each other line has new turns and what has changed in
the chats. A last line that a crash has cut short is ignored.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gemini_magic.chats.chat import Aside, Chat
from gemini_magic.chats.transcript import check_format, dump_asides, load_asides
from gemini_magic.chats.turn_records import TurnTable
from gemini_magic.errors import TranscriptError
from gemini_magic.runtime.files import write_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gemini_magic.chats.turns import Turn

__all__ = ["Autosave", "autosave_file"]

_FORMAT = "gemini-magic autosave"
_VERSION = 1

_SPARE_TURNS = 100
"""The file is written anew when it holds so many turns that no chat has any more."""


def autosave_file(folder: Path, notebook: str) -> Path:
    """Return the file for a notebook, named by the notebook's name and a short hash of its path."""
    slug = re.sub(r"[^A-Za-z0-9]+", "-", Path(notebook).stem).strip("-")[:40] or "notebook"
    digest = hashlib.sha256(notebook.encode("utf-8", "surrogateescape")).hexdigest()[:10]
    return folder / f"{slug}-{digest}.jsonl"


class _State(NamedTuple):
    """A chat as the file has it."""

    path: tuple[Turn, ...] = ()
    asides: tuple[Aside, ...] = ()


class Autosave:
    """The file of one notebook.

    Parameters
    ----------
    file
        See `autosave_file`; its folder is created by the first write.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._size: int | None = None
        self._is_ours = False
        self._forget()

    def restore(self) -> dict[str, Chat]:
        """Return the chats in the file by name; none where there is no file.

        Later calls of `store` append to the file. A file that was not restored is kept as `….previous.jsonl`.

        Raises
        ------
        TranscriptError
            If the file cannot be read, is damaged, or from a newer version.
        """
        try:
            data = self.file.read_bytes()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise TranscriptError(f"{self.file} cannot be read ({error.strerror}); check it") from None
        chats = self._read(data)
        self._is_ours = True
        return chats

    def store(self, chats: Mapping[str, Chat]) -> None:
        """Write what has changed since the last call, in one step, and sync it to the disk.

        Raises
        ------
        TranscriptError
            If the file cannot be written; its old content is still there.
        """
        change = self._note_changes(chats)
        if change is None:
            return
        try:
            if self._is_as_left() and not self._has_waste(chats):
                self._append(change)
            else:
                self._rewrite(chats)
        except OSError as error:
            self._size = None
            raise TranscriptError(
                f"the chats cannot be saved in {self.file} ({error.strerror}); check its folder and disk"
            ) from None

    def _forget(self) -> None:
        self._table = TurnTable()
        self._written: dict[str, _State] = {}

    def _note_changes(self, chats: Mapping[str, Chat]) -> bytes | None:
        """Return the line with what the file lacks, and note it as written."""
        first = len(self._table.turns)
        changes: dict[str, Any] = {name: None for name in self._written if name not in chats}
        for name in changes:
            del self._written[name]
        for name, chat in chats.items():
            new = _State(tuple(chat.turns), tuple(chat.asides))
            change = self._compare(self._written.get(name), new)
            if change is not None:
                changes[name] = change
                self._written[name] = new
        if not changes:
            return None
        return _line({"turns": self._table.dump(first), "chats": changes})

    def _compare(self, old: _State | None, new: _State) -> dict[str, Any] | None:
        path = _common(old.path if old else (), new.path)
        asides = _common(old.asides if old else (), new.asides)
        same = (path, asides) == (len(new.path), len(new.asides))
        if old and same and (path, asides) == (len(old.path), len(old.asides)):
            return None
        return {
            "path": [path, *self._table.number(new.path[path:])],
            "asides": [asides, *dump_asides(new.asides[asides:], self._table)],
        }

    def _is_as_left(self) -> bool:
        """Return whether no one else has written, moved or deleted the file."""
        try:
            return self._size is not None and self.file.stat().st_size == self._size
        except FileNotFoundError:
            return False

    def _has_waste(self, chats: Mapping[str, Chat]) -> bool:
        used = {id(turn) for chat in chats.values() for turn in chat.turns}
        used |= {id(turn) for chat in chats.values() for aside in chat.asides for turn in aside.turns}
        return len(self._table.turns) > 2 * len(used) + _SPARE_TURNS

    def _append(self, line: bytes) -> None:
        with self.file.open("ab") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
            self._size = file.tell()

    def _rewrite(self, chats: Mapping[str, Chat]) -> None:
        self._forget()
        data = _line({"format": _FORMAT, "version": _VERSION}) + (self._note_changes(chats) or b"")
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._is_ours and self.file.exists():
            self.file.replace(self.file.with_suffix(".previous.jsonl"))
        write_file(self.file, data, mode=0o600)
        self._is_ours = True
        self._size = len(data)

    def _read(self, data: bytes) -> dict[str, Chat]:
        self._forget()
        lines = data.split(b"\n")
        check_format(_parse(lines[0]), _FORMAT, _VERSION, str(self.file))
        chats: dict[str, Chat] = {}
        # The text after the last line break was cut short by a crash.
        for number, line in enumerate(lines[1:-1], 2):
            try:
                self._apply(_parse(line), chats)
            except (ValueError, LookupError, TypeError, AttributeError):
                raise TranscriptError(
                    f"{self.file} is damaged in line {number}; take an undamaged copy of it, or delete it"
                ) from None
        for name, chat in chats.items():
            self._written[name] = _State(tuple(chat.turns), tuple(chat.asides))
        self._size = None if lines[-1] else len(data)
        return chats

    def _apply(self, body: Any, chats: dict[str, Chat]) -> None:
        self._table.load(body["turns"])
        for name, change in body["chats"].items():
            if change is None:
                del chats[name]
                continue
            chat = chats.setdefault(name, Chat(name))
            path, asides = change["path"], change["asides"]
            chat.turns = [*chat.turns[: path[0]], *self._table.pick(path[1:])]
            chat.asides = [*chat.asides[: asides[0]], *load_asides(asides[1:], self._table)]


def _line(body: dict[str, Any]) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode() + b"\n"


def _parse(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _common(old: Sequence[object], new: Sequence[object]) -> int:
    """Return how many leading elements are the same objects."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((n for n, (a, b) in pairs if a is not b), min(len(old), len(new)))
