"""Names of chats: checks them, and makes one of any text."""

from __future__ import annotations

import unicodedata

from gemini_magic.errors import OptionError

__all__ = ["MAIN", "check_chat_name", "to_chat_name"]

MAIN = "main"
"""The chat that cells belong to unless another is named."""

_LONGEST = 60


def check_chat_name(name: str) -> str:
    """Return the name in Unicode form NFC, if it is a valid one, which needs no quotes anywhere.

    Raises
    ------
    OptionError
        If it has anything but letters and digits of any script, `_`, `-` and `.`, begins with one of the
        last two, or is too long.
    """
    name = unicodedata.normalize("NFC", name)
    if not name or name != to_chat_name(name):
        raise OptionError(
            f"{name[:_LONGEST]!r} is no chat name; use letters, digits, '_', '-' and '.', the last "
            f"two not first, at most {_LONGEST}"
        )
    return name


def to_chat_name(text: str | None) -> str:
    """Return the name that is closest to `text`; `unnamed` where nothing of it can be used."""
    text = unicodedata.normalize("NFC", text or "")
    name = "".join(char if _is_allowed(char) else "-" for char in text[:_LONGEST])
    while name and not (name[0].isalnum() or name[0] == "_"):
        name = name[1:]
    return name or "unnamed"


def _is_allowed(sign: str) -> bool:
    # With marks, which are parts of letters in many scripts; Python's \w leaves them out.
    return sign in "_-." or unicodedata.category(sign)[0] in "LMN"
