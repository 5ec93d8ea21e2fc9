"""Names of chats: which are allowed, and how any other text is made one."""

from __future__ import annotations

import unicodedata

from gemini_magic.errors import OptionError

__all__ = ["MAIN", "check_chat_name", "to_chat_name"]

MAIN = "main"
"""The chat of a kernel that has been told of no other."""

_LONGEST = 60


def check_chat_name(name: str) -> str:
    """Return the name in its one Unicode form (NFC), if it is one: it needs quotes nowhere.

    Raises
    ------
    OptionError
        If it has anything but letters and digits of any script, `_`, `-` and `.`, or begins with one of
        the last two.
    """
    name = unicodedata.normalize("NFC", name)
    if not name or name != to_chat_name(name):
        raise OptionError(
            f"{name[:_LONGEST]!r} is no chat name; use letters, digits, '_', '-' and '.', a letter or digit "
            f"first, at most {_LONGEST}"
        )
    return name


def to_chat_name(text: str | None) -> str:
    """Return the name that is closest to `text`; `unnamed` where nothing of it can be used."""
    text = unicodedata.normalize("NFC", text or "")
    name = "".join(sign if _is_allowed(sign) else "-" for sign in text[:_LONGEST])
    while name and not (name[0].isalnum() or name[0] == "_"):
        name = name[1:]
    return name or "unnamed"


def _is_allowed(sign: str) -> bool:
    # Marks are parts of letters: Python's own \w would break words of many scripts.
    return sign in "_-." or unicodedata.category(sign)[0] in "LMN"
