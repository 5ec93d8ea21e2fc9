"""Templates: which prompts a cell's text can have become, where its variables are not known."""

from __future__ import annotations

from gemini_magic.requests.interpolation.fields import find_placeholders
from gemini_magic.requests.prompt import clean_prompt

__all__ = ["Template"]


class Template:
    """The text of a cell; each placeholder in it stands for any text.

    Parameters
    ----------
    text
        What the person wrote.
    """

    def __init__(self, text: str) -> None:
        text = clean_prompt(text)
        free = [one for one in find_placeholders(text) if not one.is_left_alone]
        starts, ends = [one.start for one in free], [one.end for one in free]
        spans = zip([0, *ends], [*starts, len(text)], strict=True)
        self._first, *self._others = [text[start:end] for start, end in spans]

    @property
    def has_placeholders(self) -> bool:
        """Whether the prompt depends on variables."""
        return bool(self._others)

    def fits(self, prompt: str) -> bool:
        """Return whether the cell can have asked `prompt`."""
        if not self._others:
            return prompt == self._first
        *middle, last = self._others
        at = len(self._first)
        if not prompt.startswith(self._first):
            return False
        for text in middle:
            # The first place is as good as any: what comes after it has the most room.
            found = prompt.find(text, at)
            if found < 0:
                return False
            at = found + len(text)
        return prompt.endswith(last) and len(prompt) - len(last) >= at
