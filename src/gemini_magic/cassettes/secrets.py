"""Finds API keys in what is to be recorded: in texts, in base64 within texts, and in data files."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any

from gemini_magic.runtime.secret import scrub

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gemini_magic.runtime.secret import Secret

__all__ = ["has_secret"]

_DATA = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
"""Base64 that is long enough to hold a key."""


def has_secret(value: Any, files: Mapping[str, bytes], key: Secret | None = None) -> bool:
    """Return whether something has the shape of a key, or is the key in use.

    Parameters
    ----------
    value
        JSON.
    files
        Data that goes with it.
    key
        The key in use.
    """
    # A key may be split over two events.
    joined = "".join(_said(value))
    return any(scrub(text, key) != text for text in (joined, *_texts(value), *map(_to_text, files.values())))


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in `value`, and what is in those that are data."""
    if isinstance(value, dict):
        yield from value
        yield from _texts(list(value.values()))
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, str):
        yield value
        if _DATA.fullmatch(value):
            yield _decode(value)


def _said(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            yield from [item] if name == "text" and isinstance(item, str) else _said(item)
    elif isinstance(value, list):
        for item in value:
            yield from _said(item)


def _decode(text: str) -> str:
    try:
        return _to_text(base64.b64decode(text.replace("-", "+").replace("_", "/")))
    except (binascii.Error, ValueError):
        return ""


def _to_text(data: bytes) -> str:
    """Return the bytes as text in which an ASCII key can be found, also if they are UTF-16."""
    return data.replace(b"\0", b"").decode("latin-1")
