"""Texts of others, made fit for a message of ours."""

from __future__ import annotations

__all__ = ["CHECK_URL", "to_line"]

CHECK_URL = "check GOOGLE_GEMINI_BASE_URL if you set it"
"""Advice where what answers is not the Gemini API."""

_LONGEST_LINE = 600
"""Characters of a message that are shown; a service's message can be pages long."""


def to_line(text: str, longest: int = _LONGEST_LINE) -> str:
    """Return `text` as one printable line of at most `longest` characters."""
    text = text[: 4 * longest]
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
