"""%gemini_chat and %gemini_code: chats by name, back and forth in them, to files and to code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from IPython.core.magic import Magics, line_magic, magics_class, no_var_expand

from gemini_magic.errors import ChatNotFound, OptionError
from gemini_magic.parsing import split_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

    from gemini_magic.chat import Chat
    from gemini_magic.ledger_magics import Owner

__all__ = ["COMMANDS", "ChatMagics"]

COMMANDS = {
    "use": "NAME",
    "new": "NAME",
    "fork": "NAME [--at TURN]",
    "undo": "[N]",
    "redo": "",
    "reset": "",
    "show": "[NAME]",
    "delete": "NAME",
    "save": "FILE",
    "load": "FILE [NAME]",
    "export": "FILE.md | FILE.html | FILE.ipynb",
}
"""The words after %gemini_chat, and what follows each."""

_HELP = """List the chats of this kernel, or do something with the one in use.

    %gemini_chat                       a table of all chats
    %gemini_chat use NAME              cells go on with this chat
    %gemini_chat new NAME              begin a chat and use it
    %gemini_chat fork NAME [--at TURN] copy this chat, up to a turn, and use the copy
    %gemini_chat undo [N]              set the last turn (or N turns) aside
    %gemini_chat redo                  put back what was set aside last
    %gemini_chat reset                 set all turns aside
    %gemini_chat show [NAME]           draw the conversation
    %gemini_chat delete NAME           forget a chat
    %gemini_chat save FILE             write the chat to a file, exactly
    %gemini_chat load FILE [NAME]      read it back, and use it
    %gemini_chat export FILE           as .md, .html or .ipynb, by the file's name
"""


@magics_class
class ChatMagics(Magics):
    """The magics around chats.

    Parameters
    ----------
    shell
        The shell they belong to.
    gemini
        The magics that hold the session and the setting of the chat in use.
    """

    def __init__(self, shell: InteractiveShell, gemini: Owner) -> None:
        super().__init__(shell=shell)
        self._shell = shell
        self._gemini = gemini

    @no_var_expand
    @line_magic
    def gemini_chat(self, line: str) -> None:  # noqa: D102 - the help text, above
        words = split_words(line)
        if not words:
            self._list()
            return
        command, *rest = words
        if command not in COMMANDS:
            raise OptionError(f"there is no %gemini_chat {command}; it knows {', '.join(COMMANDS)}")
        act: Callable[[list[str]], None] = getattr(self, f"_{command}")
        try:
            act(rest)
        finally:
            self._gemini.session.chats.save()

    gemini_chat.__doc__ = _HELP

    @no_var_expand
    @line_magic
    def gemini_code(self, line: str) -> None:
        """Put the last turn (--all: the chat), as Python for the google-genai SDK, into the next cell."""
        from gemini_magic.python_code import to_python

        words = split_words(line)
        if words not in ([], ["--all"]):
            raise OptionError("%gemini_code takes --all or nothing")
        self._shell.set_next_input(
            to_python(self._current(), whole=bool(words), settings=self._gemini.freeze())
        )

    def _use(self, words: list[str]) -> None:
        name = _one(words, "use")
        self._find(name)
        self._gemini.set_trait("chat", name)

    def _new(self, words: list[str]) -> None:
        from gemini_magic.chat import Chat

        name = self._free_name(_one(words, "new"))
        self._chats[name] = Chat(name)
        self._gemini.set_trait("chat", name)

    def _fork(self, words: list[str]) -> None:
        chat = self._current()
        at = len(chat.turns)
        if "--at" in words:
            where = words.index("--at")
            at = _number(words[where + 1 : where + 2], "--at", len(chat.turns))
            words = words[:where] + words[where + 2 :]
        name = self._free_name(_one(words, "fork"))
        self._chats[name] = chat.fork(name, at)
        self._gemini.set_trait("chat", name)
        self._say(self._chats[name])

    def _undo(self, words: list[str]) -> None:
        chat = self._current()
        number = _number(words, "undo", len(chat.turns)) if words else 1
        chat.rewind(chat.turns[: max(0, len(chat.turns) - number)])
        self._say(chat)

    def _redo(self, words: list[str]) -> None:
        _none(words, "redo")
        chat = self._current()
        if not chat.redo():
            raise OptionError(f"nothing was set aside after the last turn of chat {chat.name}")
        self._say(chat)

    def _reset(self, words: list[str]) -> None:
        _none(words, "reset")
        chat = self._current()
        chat.rewind(())
        self._say(chat)

    def _delete(self, words: list[str]) -> None:
        name = _one(words, "delete")
        self._find(name)
        del self._chats[name]

    def _save(self, words: list[str]) -> None:
        from gemini_magic.transcript import save_chat

        save_chat(self._current(), Path(_one(words, "save")).expanduser())

    def _load(self, words: list[str]) -> None:
        from gemini_magic.sdk import wait_for_sdk
        from gemini_magic.transcript import load_chat

        wait_for_sdk()
        path = Path(_one(words[:1], "load")).expanduser()
        name = self._free_name(words[1] if len(words) > 1 else _to_name(path.stem))
        self._chats[name] = load_chat(path, name)
        self._gemini.set_trait("chat", name)
        self._say(self._chats[name])

    def _export(self, words: list[str]) -> None:
        from gemini_magic.export import export_chat

        export_chat(self._current(), Path(_one(words, "export")).expanduser())

    def _show(self, words: list[str]) -> None:
        from gemini_magic.views.conversation import conversation_bundle

        chat = self._find(words[0]) if words else self._current()
        bundle = conversation_bundle(chat.turns, self._gemini.freeze().rendering)
        self._shell.display_pub.publish(bundle)

    def _list(self) -> None:
        from gemini_magic.views.table import make_table

        rows = [self._row(chat) for chat in self._chats.values()]
        header = ("", "chat", "turns", "set aside", "tokens", "model", "last prompt")
        self._shell.display_pub.publish(make_table(header, rows))

    def _row(self, chat: Chat) -> tuple[str | int, ...]:
        last = chat.turns[-1] if chat.turns else None
        tokens = sum(turn.usage.total or 0 for turn in chat.turns)
        aside = sum(len(aside.turns) for aside in chat.asides)
        prompt = last.prompt_text if last else ""
        used = "▸" if chat.name == self._gemini.freeze().chat else ""
        model = last.model if last else ""
        return used, str(chat.name), len(chat.turns), aside, tokens, model, _shorten(prompt)

    @property
    def _chats(self) -> dict[str, Chat]:
        return self._gemini.session.chats

    def _current(self) -> Chat:
        return self._find(self._gemini.freeze().chat)

    def _find(self, name: str) -> Chat:
        if name not in self._chats:
            there = ", ".join(sorted(self._chats)) or "none yet"
            raise ChatNotFound(f"there is no chat {name} ({there}); %gemini_chat new {name} begins one")
        return self._chats[name]

    def _free_name(self, name: str) -> str:
        if not re.fullmatch(r"[\w.-]{1,60}", name):
            raise OptionError(f"{name!r} is no chat name; use letters, digits, '_', '-' and '.'")
        if name in self._chats:
            raise OptionError(
                f"there is a chat {name} already; take another name, or %gemini_chat delete {name}"
            )
        return name

    def _say(self, chat: Chat) -> None:
        aside = sum(len(aside.turns) for aside in chat.asides)
        print(f"chat {chat.name}: {len(chat.turns)} turns" + (f", {aside} set aside" if aside else ""))


def _one(words: list[str], command: str) -> str:
    if len(words) != 1:
        raise OptionError(f"%gemini_chat {command} is followed by {COMMANDS[command]}")
    return words[0]


def _none(words: list[str], command: str) -> None:
    if words:
        raise OptionError(f"%gemini_chat {command} takes nothing more")


def _number(words: list[str], what: str, most: int) -> int:
    if len(words) != 1 or not words[0].isdecimal() or not 1 <= int(words[0]) <= most:
        raise OptionError(f"{what} takes a number from 1 to {most}, the turns of this chat")
    return int(words[0])


def _to_name(text: str) -> str:
    return re.sub(r"[^\w.-]+", "-", text)[:60] or "loaded"


def _shorten(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else f"{text[:59]}…"
