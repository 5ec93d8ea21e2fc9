"""Follows %gemini_chat in a notebook that is read and not run, as far as that is possible."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gemini_magic.chats.chat import Chat
from gemini_magic.errors import OptionError
from gemini_magic.options import chat_commands as commands
from gemini_magic.options.chat_names import to_chat_name

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FollowedChats"]


class FollowedChats:
    """Follows `%gemini_chat` in the chats of a session.

    Parameters
    ----------
    chats
        The session's, by name.

    Attributes
    ----------
    broken : set of str
        Chats in which a prompt has no recorded reply.
    unknown : set of str
        Chats whose content is not known.
    """

    def __init__(self, chats: dict[str, Chat]) -> None:
        self.broken: set[str] = set()
        self.unknown: set[str] = set()
        self._chats = chats

    def forget(self, name: str) -> None:
        """Count what a chat holds as known again."""
        self.broken.discard(name)
        self.unknown.discard(name)

    def change(self, command: str, words: list[str], current: str) -> str:
        """Do what `%gemini_chat` does while the chat `current` is in use; return the chat in use after it."""
        if command in {"use", "new", "fork", "load"}:
            return self._go_to(command, words, current)
        if command == "delete":
            for name in words[:1]:
                self._chats.pop(name, None)
                self.forget(name)
        elif command == "reset":
            self._chats.get(current, Chat(current)).rewind(())
            self.forget(current)
        elif command in {"undo", "redo"}:
            self._move(self._undo if command == "undo" else self._redo, words, current)
        return current

    def _go_to(self, command: str, words: list[str], current: str) -> str:
        if not words:
            return current
        if command == "load":
            name = words[1] if len(words) > 1 else to_chat_name(Path(words[0]).stem)
            self.unknown.add(name)
            return name
        name = words[2] if words[0] == "--at" and len(words) > 2 else words[0]
        if command != "use":
            self._chats.pop(name, None)
            self.forget(name)
        if command == "fork":
            self._move(lambda chat, rest: self._fork(chat, name, rest), words, current, into=name)
        return name

    def _move(
        self, move: Callable[[Chat, list[str]], None], words: list[str], current: str, into: str | None = None
    ) -> None:
        """Move in the current chat; if that cannot be followed, note that the chat is unknown."""
        try:
            if current in self.broken | self.unknown:
                raise OptionError("what the chat holds is not known")
            move(self._chats.get(current, Chat(current)), words)
        except OptionError:
            self.broken.discard(into or current)
            self.unknown.add(into or current)

    def _fork(self, chat: Chat, name: str, words: list[str]) -> None:
        at = len(chat.turns)
        if "--at" in words:
            where = words.index("--at") + 1
            at = commands.take_number(words[where : where + 1], "fork --at", at, "the turns of this chat")
        self._chats[name] = chat.fork(name, at)

    def _undo(self, chat: Chat, words: list[str]) -> None:
        number = commands.take_number(words or ["1"], "undo", len(chat.turns), "the turns of this chat")
        chat.rewind(chat.turns[: len(chat.turns) - number])

    def _redo(self, chat: Chat, words: list[str]) -> None:
        if words:
            number = commands.take_number(words, "redo", len(chat.branches), "what is set aside")
            chat.bring_back(chat.branches[number - 1])
        elif not chat.redo():
            raise OptionError("nothing is set aside here")
