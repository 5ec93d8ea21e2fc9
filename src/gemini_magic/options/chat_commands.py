"""The commands of %gemini_chat: their help, and the parsing of their words."""

from __future__ import annotations

import re

from gemini_magic.errors import OptionError

__all__ = [
    "COMMANDS",
    "FLAGS",
    "HELP",
    "take_flag",
    "take_none",
    "take_number",
    "take_one",
    "take_up_to",
]

COMMANDS = {
    "use": "NAME",
    "new": "NAME",
    "fork": "NAME [--at TURN]",
    "undo": "[N]",
    "redo": "[N]",
    "reset": "",
    "show": "[NAME] [--aside]",
    "delete": "NAME",
    "save": "FILE",
    "load": "FILE [NAME]",
    "export": "FILE.md | FILE.html | FILE.ipynb",
}
"""The commands, and what follows each."""

FLAGS = ("--at", "--aside")

HELP = """List the chats of this kernel, or do something with the one in use.

    %gemini_chat                       a table of all chats
    %gemini_chat use NAME              cells continue this chat
    %gemini_chat new NAME              begin a chat and use it
    %gemini_chat fork NAME [--at TURN] copy this chat, up to a turn; use it
    %gemini_chat undo [N]              set the last turn (or N turns) aside
    %gemini_chat redo                  put back what was last set aside here
    %gemini_chat redo N                go to branch N of show --aside
    %gemini_chat reset                 set all turns aside
    %gemini_chat show [NAME]           draw the conversation
    %gemini_chat show [NAME] --aside   a table of what is set aside, by number
    %gemini_chat delete NAME           forget a chat, with what it has set aside
    %gemini_chat save FILE             write the chat to a file, exactly
    %gemini_chat load FILE [NAME]      read it back, and use it
    %gemini_chat export FILE           as .md, .html or .ipynb, by its name

A chat's name consists of letters and digits of any script, '_', '-' and '.'.
"""


def take_one(words: list[str], command: str) -> str:
    """Return the one word; raise an `OptionError` if there are fewer or more."""
    if len(words) != 1:
        raise OptionError(f"%gemini_chat {command} is followed by {COMMANDS[command]}")
    return words[0]


def take_none(words: list[str], command: str) -> None:
    """Raise an `OptionError` if there is any word."""
    if words:
        raise OptionError(f"%gemini_chat {command} takes nothing more")


def take_up_to(most: int, words: list[str], command: str) -> list[str]:
    """Return the words; raise an `OptionError` if there are more than `most`."""
    if len(words) > most:
        raise OptionError(f"%gemini_chat {command} takes {COMMANDS[command]} and nothing more")
    return words


def take_flag(words: list[str], flag: str) -> tuple[bool, list[str]]:
    """Return whether the flag is there, and the other words."""
    return flag in words, [word for word in words if word != flag]


def take_number(words: list[str], command: str, most: int, what: str) -> int:
    """Return the one number, or raise an `OptionError` if it is not from 1 to `most`; `what` is counted."""
    if len(words) != 1 or not re.fullmatch("[0-9]{1,9}", words[0]) or not 1 <= int(words[0]) <= most:
        raise OptionError(f"{command} takes a number from 1 to {most}, {what}")
    return int(words[0])
