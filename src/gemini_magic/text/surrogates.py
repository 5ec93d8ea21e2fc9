"""Joins surrogate halves: JSON may carry a pair in two halves, even in two events.

A single half cannot be written to a notebook, a terminal or a request.
"""

from __future__ import annotations

import re

__all__ = ["SurrogateJoiner", "join_halves"]

_HALF = re.compile("[\ud800-\udfff]")


def join_halves(text: str) -> str:
    """Return `text` with pairs of halves as one character; a single half becomes U+FFFD."""
    if not _HALF.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class SurrogateJoiner:
    """Joins halves over the pieces of one text; a half that stays alone becomes U+FFFD."""

    def __init__(self) -> None:
        self._held = ""

    def join(self, piece: str) -> str:
        """Return what `piece` adds to the text; a first half at its end waits for the next piece."""
        text, self._held = self._held + piece, ""
        if not _HALF.search(text):
            return text
        if "\ud800" <= text[-1] <= "\udbff":
            text, self._held = text[:-1], text[-1]
        return join_halves(text)

    def end(self) -> str:
        """Return what a half that still waits becomes at the end of the text; empty where none does."""
        held, self._held = self._held, ""
        return join_halves(held)
