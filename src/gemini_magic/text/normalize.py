"""Normal text: model text as it is drawn. It is made once, before the text is cut into blocks.

The splitter, Markdown parsers and Python differ in what is a line end or white space. In normal text they
agree, so blocks are read like the whole. `Reply.text` stays as it came.
"""

from __future__ import annotations

import re
from typing import NewType

from gemini_magic.text.surrogates import join_halves

__all__ = ["HIDDEN", "NormalText", "Normalizer", "normalize", "show_hidden"]

NormalText = NewType("NormalText", str)
"""Text whose lines end in a line feed, without other control characters and characters that hide."""

HIDDEN = re.compile("[\u061c\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\ufeff\U000e0000-\U000e007f]")
"""Characters that reorder or hide text: bidirectional controls, annotations, tags."""

_LINE_END = re.compile(r"\r\n?")
_OPEN_END = re.compile("[\r\ud800-\udbff]\\Z")
"""What may be half of a line end, or of a character."""

_SPACE = re.compile("[\x0b\x0c\x85\u2028\u2029]")
"""Line ends to Python and some front ends, but not to Markdown."""

_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_REPLACEMENT = "\ufffd"


def normalize(text: str) -> NormalText:
    """Return `text` as it is drawn; what cannot be seen shows as U+FFFD."""
    text = _SPACE.sub(" ", _LINE_END.sub("\n", join_halves(text)))
    return NormalText(show_hidden(_CONTROL.sub(_REPLACEMENT, text)))


def show_hidden(text: str) -> str:
    """Return `text` with U+FFFD in the place of characters that reorder or hide text."""
    return HIDDEN.sub(_REPLACEMENT, text)


class Normalizer:
    """Normalizes a growing text; each piece of it once."""

    def __init__(self) -> None:
        self._taken = 0
        self._normal = ""

    def normalize(self, text: str, *, ended: bool) -> NormalText:
        """Return the normal form of `text`, which begins with the text of the call before.

        Parameters
        ----------
        text
            All of the text so far; a shorter one begins anew.
        ended
            Whether nothing follows. Else half of a line end or of a character waits for its other half.
        """
        end = len(text) - (not ended and _OPEN_END.search(text) is not None)
        if end < self._taken:
            self._taken, self._normal = 0, ""
        if end > self._taken:
            self._normal += normalize(text[self._taken : end])
            self._taken = end
        return NormalText(self._normal)
