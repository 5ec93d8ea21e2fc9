"""The names a key may have, a key that was found, and why one was not given."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from gemini_magic.runtime.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["KEY_NAMES", "PLACEHOLDER_KEY", "Found", "Refusal", "Why", "find_in"]

KEY_NAMES = ("GOOGLE_API_KEY", "GEMINI_API_KEY")
"""Names looked for, in the SDK's own order of precedence."""

PLACEHOLDER_KEY = "none-replies-are-replayed"
"""Put into the environment where the SDK wants a key although it only replays; counts as no key."""


@dataclass(frozen=True)
class Found:
    """A key that was found.

    Attributes
    ----------
    key
        The key.
    source
        Where it was found, in words, like `environment (GEMINI_API_KEY)`.
    """

    key: Secret
    source: str


class Why(IntEnum):
    """Why a place for secrets gives no key; of several names, the reason with the highest number counts."""

    MISSING = 0
    NO_ANSWER = 1
    NO_ACCESS = 2


@dataclass(frozen=True)
class Refusal:
    """A place for secrets that gives no key.

    Attributes
    ----------
    why
        Which kind it is.
    sentence
        What is the matter, and the click that mends it.
    """

    why: Why
    sentence: str


def find_in(values: Mapping[str, str | None], where: str) -> Found | None:
    """Return the first key in `values`, by name; `where` names the place."""
    for name in KEY_NAMES:
        text = (values.get(name) or "").strip()
        if text and text != PLACEHOLDER_KEY:
            return Found(Secret(text), f"{where} ({name})")
    return None
