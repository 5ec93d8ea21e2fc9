"""Autosave: the chats of a notebook in one file, to which every turn adds a line.

The file is JSON Lines. The first line names the format; each other line has new turns and what has changed in
the chats. A last line that a crash has cut short is ignored. Several kernels may use one file: before one of
them adds a line it reads, under a lock, what the others have added.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from pathlib import Path
from typing import TYPE_CHECKING

from gemini_magic.chats.chat import Aside, count_shared
from gemini_magic.chats.saved_chats import HEAD, SavedChats, State, state_of
from gemini_magic.chats.turn_records import can_be_saved
from gemini_magic.errors import TranscriptError
from gemini_magic.runtime.files import read_file, sweep, write_file
from gemini_magic.runtime.locked_files import adding, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from gemini_magic.chats.chat import Chat
    from gemini_magic.chats.turns import Turn

__all__ = ["Autosave", "autosave_file"]

_SPARE_TURNS = 100
"""The file is written anew when it holds so many turns that no chat has any more."""


def autosave_file(folder: Path, notebook: str) -> Path:
    """Return the file for a notebook, named by the notebook's name and a short hash of its path."""
    slug = re.sub(r"[^A-Za-z0-9]+", "-", Path(notebook).stem).strip("-")[:40] or "notebook"
    digest = hashlib.sha256(notebook.encode("utf-8", "surrogateescape")).hexdigest()[:10]
    return folder / f"{slug}-{digest}.jsonl"


class Autosave:
    """The file of one notebook.

    Parameters
    ----------
    file
        See `autosave_file`; its folder is created by the first write.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._saved = SavedChats()
        self._seen: tuple[int, int, int] | None = None
        # The chats as this kernel last read or stored them, by name.
        self._mine: dict[str, State] = {}
        self._refused: list[Turn] = []

    def restore(self) -> dict[str, Chat]:
        """Return the chats in the file by name; none where there is no file.

        Raises
        ------
        TranscriptError
            If the file cannot be read, is damaged, or from a newer version.
        """
        try:
            data = read(self.file)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise TranscriptError(f"{self.file} cannot be read ({error.strerror}); check it") from None
        self._saved = SavedChats()
        self._saved.read(data, str(self.file))
        # Another kernel may have written since it was read: the first `store` reads it again, under its lock.
        self._seen = None
        chats = {name: state.to_chat(name) for name, state in self._saved.states.items()}
        self._mine = {name: state_of(chat) for name, chat in chats.items()}
        return chats

    def store(self, chats: Mapping[str, Chat]) -> None:
        """Write what has changed here since the last call, and sync it to the disk.

        Where another kernel has written to the same chat, its turns are set aside in it, also in memory.

        Raises
        ------
        TranscriptError
            If the file cannot be written; its old content is still there.
        """
        changed = [name for name, chat in chats.items() if state_of(chat) != self._mine.get(name)]
        deleted = [name for name in self._mine if name not in chats]
        if not changed and not deleted:
            return
        refused = len(self._refused)
        try:
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with adding(self.file, HEAD, 0o600) as append:
                self._add(chats, changed, deleted, append)
        except OSError as error:
            self._seen = None
            raise TranscriptError(
                f"the chats cannot be saved in {self.file} ({error.strerror}); check its folder and disk"
            ) from None
        self._mine = {name: state_of(chat) for name, chat in chats.items()}
        if len(self._refused) > refused:
            raise TranscriptError("a reply cannot be saved (it is nested too deeply); all other turns are")

    def _add(
        self,
        chats: Mapping[str, Chat],
        changed: Iterable[str],
        deleted: Iterable[str],
        append: Callable[[bytes], object],
    ) -> None:
        """Write the changes while nobody else writes."""
        is_whole = self._catch_up(chats)
        states: dict[str, State | None] = {
            # What another kernel has added to a chat is not deleted.
            name: None
            for name in deleted
            if self._saved.states.get(name) == self._mine[name]
        }
        for name in {*changed, *(name for name, chat in chats.items() if not self._has_all(name, chat))}:
            self._set_theirs_aside(chats[name])
            states[name] = self._savable(chats[name])
        line = self._saved.change(states)
        if is_whole and self._saved.spare_turns <= _SPARE_TURNS:
            append(line)
            self._seen = self._stat()
        else:
            self._rewrite()

    def _catch_up(self, chats: Mapping[str, Chat]) -> bool:
        """Read what others have written since; return whether the file can be added to."""
        seen = self._stat()
        if seen == self._seen:
            return seen is not None
        # All of it: the number of a file says nothing, a new file may have that of the old one.
        data = read_file(self.file)
        self._saved = SavedChats()
        mine = [state.to_chat(name) for name, state in self._mine.items()]
        try:
            return not data or self._saved.read(data, str(self.file), _turns_of([*chats.values(), *mine]))
        except TranscriptError:
            # Something else, or damaged: it is kept under another name.
            self._saved = SavedChats()
            write_file(self._free_name(), data, mode=0o600)
            return False

    def _free_name(self) -> Path:
        """Return a name for what cannot be read: `….previous.jsonl`, `….previous-2.jsonl` and so on."""
        names = (self.file.with_suffix(f".previous{f'-{n}' * (n > 1)}.jsonl") for n in itertools.count(1))
        return next(name for name in names if not name.exists())

    def _has_all(self, name: str, chat: Chat) -> bool:
        """Return whether the file has every turn of a chat: it may have been cut, or be an older copy."""
        saved = self._saved.states.get(name)
        if saved is None:
            return False
        there = {turn for path in (saved.path, *(aside.path for aside in saved.asides)) for turn in path}
        path = (*chat.turns, *(turn for aside in chat.asides for turn in aside.turns))
        return all(turn in there or turn in self._refused for turn in path)

    def _savable(self, chat: Chat) -> State:
        """Return the state of a chat without turns that cannot be written."""
        new = [turn for turn in _turns_of([chat]) if not self._saved.has(turn)]
        self._refused += [turn for turn in new if turn not in self._refused and not can_be_saved(turn)]
        state = state_of(chat)
        if not self._refused:
            return state
        asides = (Aside(self._without(aside.after), self._without(aside.turns)) for aside in state.asides)
        return State(self._without(state.path), tuple(asides))

    def _without(self, turns: Iterable[Turn]) -> tuple[Turn, ...]:
        return tuple(turn for turn in turns if turn not in self._refused)

    def _set_theirs_aside(self, chat: Chat) -> None:
        """Keep in a chat what another kernel has added to it."""
        name = str(chat.name)
        theirs = self._saved.states.get(name, State())
        if theirs == self._mine.get(name, State()):
            return
        asides = [aside for aside in theirs.asides if aside not in chat.asides]
        shared = count_shared(theirs.path, chat.turns)
        if shared < len(theirs.path):
            asides.append(Aside(theirs.path[:shared], theirs.path[shared:]))
        chat.asides[:0] = [aside for aside in asides if aside not in chat.asides]

    def _rewrite(self) -> None:
        target = self.file.resolve()
        sweep(target.parent, target.name)
        states, self._saved = self._saved.states, SavedChats()
        write_file(target, HEAD + self._saved.change(states), mode=0o600)
        # Others may write to the new file already: it is read from its beginning next time.
        self._seen = None

    def _stat(self) -> tuple[int, int, int] | None:
        """Return what tells whether anybody has written, moved or deleted the file."""
        try:
            stat = self.file.stat()
        except FileNotFoundError:
            return None
        return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _turns_of(chats: Iterable[Chat]) -> Iterable[Turn]:
    for chat in chats:
        for turns in (chat.turns, *(aside.path for aside in chat.asides)):
            for turn in turns:
                yield from turn.links()
