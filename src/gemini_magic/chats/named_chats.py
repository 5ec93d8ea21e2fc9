"""The chats of a kernel by name, and the file that keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemini_magic.chats.autosave import Autosave
from gemini_magic.chats.chat import Aside, Chat
from gemini_magic.runtime.sdk_import import wait_for_sdk

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Chats"]


class Chats(dict[str, Chat]):
    """Chats by name, also kept in a file if one is given."""

    def __init__(self) -> None:
        super().__init__()
        self._file: Path | None = None
        self._autosave: Autosave | None = None

    def keep_in(self, file: Path | None) -> None:
        """Keep the chats in `file` from now on, and add those that are in it; None keeps them in no file.

        Raises
        ------
        TranscriptError
            If the file exists and cannot be read; it stays as it is.
        """
        if file == self._file:
            return
        wait_for_sdk()
        autosave = Autosave(file) if file is not None else None
        kept = autosave.restore() if autosave is not None else {}
        self._file, self._autosave = file, autosave
        for name, chat in kept.items():
            mine = self.setdefault(name, chat)
            if mine is not chat:
                # Two chats have this name: the one in the file is set aside, so that it is not overwritten.
                kept_path = [Aside((), tuple(chat.turns))] if chat.turns else []
                mine.asides[:0] = [*chat.asides, *kept_path]

    @property
    def file(self) -> Path | None:
        """The file that keeps the chats, if one does."""
        return self._file

    def add(self, chat: Chat) -> None:
        """Add a chat that has a name, and save what is new.

        Raises
        ------
        TranscriptError
            If the file cannot be written.
        """
        if chat.name is not None:
            self[chat.name] = chat
            self.save()

    def save(self) -> None:
        """Write what is new to the file, if there is one.

        Raises
        ------
        TranscriptError
            If the file cannot be written.
        """
        if self._autosave is not None:
            self._autosave.store(self)
