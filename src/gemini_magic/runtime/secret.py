"""Secrets: texts that hide from repr, str and format, and are scrubbed from messages."""

from __future__ import annotations

import re

__all__ = ["Secret", "scrub"]

_KEY_SHAPES = re.compile(r"AIza[0-9A-Za-z_-]{30,}|AQ\.[0-9A-Za-z_-]{20,}|ya29\.[0-9A-Za-z_.-]{20,}")
"""Shapes of Google API keys and access tokens."""

_SHORTEST = 8
"""Keys of fewer characters are not scrubbed; a placeholder like `any` occurs in ordinary words."""

_MASK = "[hidden]"


class Secret:
    """A text that shows as `[hidden]` (or as `not set`); `reveal` is the only way to read it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text.strip()

    def reveal(self) -> str:
        """Return the text, for the one place that sends it."""
        return self._text

    def __repr__(self) -> str:
        return _MASK if self._text else "not set"

    def __bool__(self) -> bool:
        return bool(self._text)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> tuple[type[Secret], tuple[str]]:
        """Pickle as an empty secret: a key is not written to files."""
        return (Secret, ("",))


def scrub(text: str, secret: Secret | None = None) -> str:
    """Return `text` without the secret and without anything shaped like a key."""
    if secret and len(secret.reveal()) >= _SHORTEST:
        text = text.replace(secret.reveal(), _MASK)
    return _KEY_SHAPES.sub(_MASK, text)
