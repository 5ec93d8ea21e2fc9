"""Makes foreign text fit for a terminal, for one of our messages, for a file that people read."""

from __future__ import annotations

import json
import re
from typing import Any

from gemini_magic.text.normalize import normalize

__all__ = ["printable", "to_json_text", "to_line"]

_LONGEST_LINE = 600
"""Characters of a message that are shown; a service's message can be pages long."""

_UNPRINTABLE = re.compile(
    "[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
"""What JSON leaves as it is: controls, line ends, what reorders or hides text, halves of pairs."""


def to_line(text: str, longest: int = _LONGEST_LINE) -> str:
    """Return `text` as one printable line of at most `longest` characters."""
    text = text[: 4 * longest]
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def printable(text: str, encoding: str | None = None) -> str:
    """Return `text` without characters that could drive or deceive a terminal, as the encoding has it.

    Every text that is printed, and every `text/plain`, goes through this.
    """
    text = normalize(text)
    encoding = encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)


def to_json_text(value: Any, **layout: Any) -> str:
    """Return JSON that a person can read, with escapes for what cannot be printed.

    Parameters
    ----------
    value
        What `json.dumps` takes.
    layout
        Its `indent` and `separators`.
    """
    return _UNPRINTABLE.sub(_escape, json.dumps(value, ensure_ascii=False, **layout))


def _escape(match: re.Match[str]) -> str:
    return json.dumps(match.group())[1:-1]
