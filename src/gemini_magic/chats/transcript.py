"""Chats as files: everything that the next request and `--resume` need, exactly as it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gemini_magic.chats.chat import Aside, Chat
from gemini_magic.chats.turn_records import TurnTable
from gemini_magic.errors import OptionError, TranscriptError
from gemini_magic.runtime.files import read_file, to_path, write_file

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "FORMAT",
    "VERSION",
    "check_format",
    "dump_asides",
    "dump_chat",
    "load_asides",
    "load_chat",
    "parse_chat",
    "save_chat",
    "write_text",
]

FORMAT = "gemini-magic chat"
VERSION = 1
"""Increased when a program that knows only the earlier version would misread the file."""


def dump_chat(chat: Chat) -> str:
    """Return the chat as JSON in ASCII, with the turns that were set aside."""
    table = TurnTable()
    path, asides = table.number(chat.turns), dump_asides(chat.asides, table)
    body = {
        "format": FORMAT,
        "version": VERSION,
        "name": chat.name,
        "turns": table.dump(),
        "path": path,
        "asides": asides,
    }
    return json.dumps(body, indent=1) + "\n"


def parse_chat(text: str, source: str = "this text") -> Chat:
    """Return the chat in `text`, which `dump_chat` has made.

    Parameters
    ----------
    text
        The JSON.
    source
        What error messages call it.

    Raises
    ------
    TranscriptError
        If the text is no saved chat, is damaged, or from a newer version.
    """
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        raise TranscriptError(
            f"{source} is no saved chat, or a damaged one (not JSON); choose a file of %gemini_chat save"
        ) from None
    check_format(body, FORMAT, VERSION, source)
    try:
        return _load_chat(body)
    except (ValueError, LookupError, TypeError):
        # Without the cause, which would quote the chat.
        raise TranscriptError(f"{source} is damaged; take an undamaged copy of it") from None


def save_chat(chat: Chat, path: str | Path) -> None:
    """Write the chat to a file in one step; an existing file is replaced.

    Raises
    ------
    TranscriptError
        If the file cannot be written; then nothing has changed.
    """
    write_text(Path(path), dump_chat(chat))


def load_chat(path: str | Path, name: str) -> Chat:
    """Return the chat in a file, called `name`.

    Raises
    ------
    TranscriptError
        If the file cannot be read, is no chat, is damaged, or from a newer version.
    """
    try:
        text = read_file(to_path(str(path))).decode()
    except FileNotFoundError:
        raise TranscriptError(f"there is no file {path}; check its name and folder") from None
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise TranscriptError(f"{path} cannot be read ({why}); choose a file of %gemini_chat save") from None
    chat = parse_chat(text, str(path))
    chat.name = name
    return chat


def write_text(path: Path, text: str) -> None:
    """Write a file in one step, or raise a `TranscriptError`."""
    try:
        write_file(to_path(str(path)), text.encode("utf-8", "replace"))
    except (OSError, OptionError) as error:
        why = getattr(error, "strerror", None) or "no file can have this name"
        raise TranscriptError(f"{path} cannot be written ({why}); choose another place") from None


def check_format(
    body: Any, name: str, version: int, source: str, advice: str = "choose a file of %gemini_chat save"
) -> None:
    """Raise a `TranscriptError` if `body` has another format, or an unknown version."""
    if not isinstance(body, dict) or body.get("format") != name:
        raise TranscriptError(f"{source} is something else than a {name}", advice)
    found = body.get("version")
    if type(found) is not int or found < 1:
        raise TranscriptError(f"{source} is damaged (no version); take an undamaged copy of it")
    if found > version:
        raise TranscriptError(
            f"{source} was written by a newer gemini-magic (format {found}, known here: {version}); "
            "install a newer one"
        )


def dump_asides(asides: Sequence[Aside], table: TurnTable) -> list[dict[str, list[int]]]:
    """Return asides as JSON, their turns by number."""
    return [{"after": table.number(aside.after), "turns": table.number(aside.turns)} for aside in asides]


def load_asides(bodies: Any, table: TurnTable) -> list[Aside]:
    """Return the asides that `dump_asides` wrote; a `ValueError`, `LookupError` or `TypeError` if damaged."""
    return [Aside(table.pick(body["after"]), table.pick(body["turns"])) for body in bodies]


def _load_chat(body: dict[str, Any]) -> Chat:
    table = TurnTable()
    table.load(body["turns"])
    chat = Chat(_text_or_none(body["name"]))
    chat.turns = list(table.pick(body["path"]))
    chat.asides = load_asides(body["asides"], table)
    return chat


def _text_or_none(value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise TypeError("a text was expected")
    return value
