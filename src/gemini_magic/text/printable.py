"""Makes foreign text fit for a terminal, or for one of our messages."""

from __future__ import annotations

from gemini_magic.text.surrogates import join_halves

__all__ = ["printable", "to_line"]

_CONTROLS = {code: None for code in (*range(32), *range(127, 160)) if chr(code) not in "\n\t"}
_BIDI_OVERRIDES = dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)), "\ufffd")
"""They make a terminal show text in another order than it is copied and run in."""

_UNSAFE = _CONTROLS | _BIDI_OVERRIDES

_LONGEST_LINE = 600
"""Characters of a message that are shown; a service's message can be pages long."""


def to_line(text: str, longest: int = _LONGEST_LINE) -> str:
    """Return `text` as one printable line of at most `longest` characters."""
    text = text[: 4 * longest]
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def printable(text: str, encoding: str | None) -> str:
    """Return `text` without characters that could drive or deceive a terminal, as the encoding has it."""
    text = join_halves(text.translate(_UNSAFE))
    encoding = encoding or "utf-8"
    return text.encode(encoding, "replace").decode(encoding)
