"""%gemini_chat and %gemini_code: chats by name, undo and redo, files, code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from IPython.core.magic import line_magic, magics_class, no_var_expand

from gemini_magic.errors import ChatNotFound, NothingToShow, OptionError
from gemini_magic.magics.session_magics import SessionMagics, shows_help
from gemini_magic.options import chat_commands as commands
from gemini_magic.options.chat_names import MAIN, check_chat_name, to_chat_name
from gemini_magic.options.parser import split_words
from gemini_magic.replies.numbers import count
from gemini_magic.runtime.files import to_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from gemini_magic.chats.chat import Aside, Chat
    from gemini_magic.views.table import Cell

__all__ = ["ChatMagics"]


_CODE_HELP = """Put the last turn, as Python for the google-genai SDK, into the next cell.

    %gemini_code          the last turn
    %gemini_code --all    the whole chat
"""


@magics_class
class ChatMagics(SessionMagics):
    """The magics around chats."""

    @no_var_expand
    @line_magic
    def gemini_chat(self, line: str) -> None:  # noqa: D102 - the help text, above
        if shows_help(line, commands.HELP):
            return
        words = split_words(line, commands.FLAGS)
        if not words:
            self._list()
            return
        command, *rest = words
        if command not in commands.COMMANDS:
            raise OptionError(f"there is no %gemini_chat {command}; it knows {', '.join(commands.COMMANDS)}")
        act: Callable[[list[str]], None] = getattr(self, f"_{command}")
        try:
            act(rest)
        finally:
            self._gemini.session.chats.save()

    gemini_chat.__doc__ = commands.HELP

    @no_var_expand
    @line_magic
    def gemini_code(self, line: str) -> None:  # noqa: D102 - the help text, above
        from gemini_magic.exports.python_code import to_python

        if shows_help(line, _CODE_HELP):
            return
        words = split_words(line, ("--all",))
        if words not in ([], ["--all"]):
            raise OptionError("%gemini_code takes --all or nothing")
        self._shell.set_next_input(
            to_python(self._current(), whole=bool(words), settings=self._gemini.freeze())
        )

    gemini_code.__doc__ = _CODE_HELP

    def _use(self, words: list[str]) -> None:
        name = check_chat_name(commands.take_one(words, "use"))
        # The chat `main` exists in every kernel, also before its first turn and after it was deleted.
        chat = self._find(name) if name in self._chats or name != MAIN else _make_chat(name)
        self._chats[name] = chat
        self._gemini.set_trait("chat", name)
        self._say_chat(chat)

    def _new(self, words: list[str]) -> None:
        self._add(_make_chat(self._free_name(commands.take_one(words, "new"))))

    def _fork(self, words: list[str]) -> None:
        chat = self._current()
        at = len(chat.turns)
        if "--at" in words:
            where = words.index("--at")
            at = self._number(chat, words[where + 1 : where + 2], "fork --at")
            words = words[:where] + words[where + 2 :]
        self._add(chat.fork(self._free_name(commands.take_one(words, "fork")), at))

    def _undo(self, words: list[str]) -> None:
        chat = self._current()
        number = self._number(chat, words or ["1"], "undo")
        chat.rewind(chat.turns[: len(chat.turns) - number])
        self._say_chat(chat)

    def _redo(self, words: list[str]) -> None:
        chat = self._current()
        if words:
            branches = self._branches(chat)
            what = "what %gemini_chat show --aside lists"
            number = commands.take_number(words, "redo", len(branches), what)
            chat.bring_back(branches[number - 1])
        elif not chat.redo():
            more = "; %gemini_chat show --aside lists what was set aside elsewhere" if chat.branches else ""
            raise OptionError(f"nothing was set aside after the last turn of chat {chat.name}{more}")
        self._say_chat(chat)

    def _reset(self, words: list[str]) -> None:
        commands.take_none(words, "reset")
        chat = self._current()
        chat.rewind(())
        self._say_chat(chat)

    def _delete(self, words: list[str]) -> None:
        chat = self._find(commands.take_one(words, "delete"))
        del self._chats[str(chat.name)]
        self._say_chat(chat, "deleted")

    def _save(self, words: list[str]) -> None:
        from gemini_magic.chats.transcript import save_chat

        chat, path = self._current(), to_path(commands.take_one(words, "save"))
        save_chat(chat, path)
        self._say_chat(chat, f"saved in {path.name}")

    def _load(self, words: list[str]) -> None:
        from gemini_magic.chats.transcript import load_chat
        from gemini_magic.runtime.sdk_import import wait_for_sdk

        wait_for_sdk()
        path = to_path(commands.take_one(commands.take_up_to(2, words, "load")[:1], "load"))
        name = self._free_name(words[1] if len(words) > 1 else to_chat_name(path.stem))
        self._add(load_chat(path, name))

    def _export(self, words: list[str]) -> None:
        from gemini_magic.exports.export import export_chat

        chat, path = self._current(), to_path(commands.take_one(words, "export"))
        export_chat(chat, path)
        self._say_chat(chat, f"exported to {path.name}")

    def _show(self, words: list[str]) -> None:
        from gemini_magic.views.conversation import conversation_bundle

        is_aside, words = commands.take_flag(words, "--aside")
        names = commands.take_up_to(1, words, "show")
        chat = self._find(names[0]) if names else self._current()
        if is_aside:
            self._show_branches(chat)
            return
        bundle = conversation_bundle(chat.turns, self._gemini.freeze().rendering)
        self._publish(bundle)

    def _show_branches(self, chat: Chat) -> None:
        header = ("redo", "after turn", "turns", "first prompt", "last prompt")
        rows: list[tuple[Cell, ...]] = []
        for number, path in enumerate((branch.path for branch in self._branches(chat)), 1):
            shared = chat.shared(path)
            ends = (_shorten(turn.prompt_text) for turn in (path[shared], path[-1]))
            rows.append((number, shared, len(path) - shared, *ends))
        self._show_table(header, rows)

    def _list(self) -> None:
        rows = [self._row(chat) for chat in self._chats.values()]
        header = ("", "chat", "turns", "set aside", "tokens", "model", "last prompt")
        self._show_table(header, rows)

    def _row(self, chat: Chat) -> tuple[Cell, ...]:
        last = chat.turns[-1] if chat.turns else None
        tokens = sum(turn.usage.total or 0 for turn in chat.turns)
        prompt = last.prompt_text if last else ""
        used = "▸" if chat.name == self._gemini.freeze().chat else ""
        model = last.answered_by if last else ""
        return used, str(chat.name), len(chat.turns), chat.away, tokens, model, _shorten(prompt)

    @property
    def _chats(self) -> dict[str, Chat]:
        return self._gemini.session.chats

    def _current(self) -> Chat:
        return self._find(self._gemini.freeze().chat)

    def _find(self, name: str) -> Chat:
        name = check_chat_name(name)
        if name not in self._chats:
            there = ", ".join(sorted(self._chats)) or "none yet"
            raise ChatNotFound(f"there is no chat {name} ({there}); %gemini_chat new {name} begins one")
        return self._chats[name]

    def _free_name(self, name: str) -> str:
        name = check_chat_name(name)
        if name in self._chats:
            raise OptionError(
                f"there is a chat {name} already; take another name, or %gemini_chat delete {name}"
            )
        return name

    def _add(self, chat: Chat) -> None:
        """Add a chat and use it."""
        name = str(chat.name)
        self._chats[name] = chat
        self._gemini.set_trait("chat", name)
        self._say_chat(chat)

    def _number(self, chat: Chat, words: list[str], command: str) -> int:
        if not chat.turns:
            raise OptionError(
                f"there is nothing to {command.split(maxsplit=1)[0]}: chat {chat.name} has no turns"
            )
        return commands.take_number(words, command, len(chat.turns), "the turns of this chat")

    def _branches(self, chat: Chat) -> list[Aside]:
        if not chat.branches:
            raise NothingToShow(f"nothing is set aside in chat {chat.name}; undo and reset do that")
        return chat.branches

    def _say_chat(self, chat: Chat, what: str = "") -> None:
        aside = f", {chat.away} set aside" if chat.away else ""
        then = f"; {what}" if what else ""
        self._say(f"chat {chat.name}: {count(len(chat.turns), 'turn')}{aside}{then}")


def _make_chat(name: str) -> Chat:
    from gemini_magic.chats.chat import Chat

    return Chat(name)


def _shorten(text: str) -> Cell:
    from gemini_magic.views.table import Excerpt

    text = " ".join(text.split())
    return Excerpt(text if len(text) <= 60 else f"{text[:59]}…")
