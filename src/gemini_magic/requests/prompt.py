"""The prompt: the text of a cell as it is sent, and what was put into it."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Prompt", "clean_prompt", "make_prompt"]

_NBVAL_MARKER = re.compile(r"^[ \t]*#[ \t]*(?:NBVAL_\w+|nbval-\S+)[^\n]*\n?", re.MULTILINE)
"""Comment markers of nbval; they are not part of the prompt."""

_OUTER_BLANKS = re.compile(r"\A(?:[ \t]*\r?\n)+|\s+\Z")
"""Blank lines around a prompt; the indentation of its first line stays."""


@dataclass(frozen=True)
class Prompt:
    """What a cell asks.

    Attributes
    ----------
    text
        As it is sent.
    inserted
        The notebook variables in it, for the usage line: `df (1,200 rows, 20 shown)`.
    notes
        What the person should know of it, in short clauses.
    """

    text: str
    inserted: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def make_prompt(text: str) -> Prompt:
    """Return the prompt of a cell without looking for variables in it."""
    return Prompt(clean_prompt(text))


def clean_prompt(text: str) -> str:
    """Return the text of a cell without nbval's markers and the blank lines around it.

    Lines end in a line feed: what was recorded on one platform is found on another.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _OUTER_BLANKS.sub("", _NBVAL_MARKER.sub("", text))
