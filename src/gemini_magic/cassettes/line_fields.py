"""What may stand in the fields of a cassette's lines: people edit and merge them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from gemini_magic.cassettes.data_files import is_reference
from gemini_magic.replies.numbers import MOST_SECONDS, read_number

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["END_FIELDS", "EVENT_FIELDS", "check", "is_count", "is_text", "is_time"]


def check(value: Any, is_right: Callable[[Any], bool]) -> Any:
    """Return `value`.

    Raises
    ------
    ValueError
        If it is not right.
    """
    if not is_right(value):
        raise ValueError
    return value


def is_text(value: Any) -> bool:
    """Return whether it is a text."""
    return isinstance(value, str)


def is_time(value: Any) -> bool:
    """Return whether it is a number of seconds: finite, 0 or more."""
    return not isinstance(value, str) and read_number(value, MOST_SECONDS) is not None


def is_count(value: Any) -> bool:
    """Return whether it is a whole number of 1 or more."""
    return _is_size(value) and value >= 1


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and is_time(value)


def _is_status(value: Any) -> bool:
    # A redirect would send the SDK, with the key, to another host.
    return _is_size(value) and (200 <= value < 300 or 400 <= value < 600)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _are_failures(value: Any) -> bool:
    if not isinstance(value, list) or not all(isinstance(one, list) and len(one) == 3 for one in value):
        return False
    return all(is_text(error) and is_time(seconds) and _is_flag(refused) for error, seconds, refused in value)


def _are_headers(value: Any) -> bool:
    return isinstance(value, dict)


def _is_chars(value: Any) -> bool:
    return is_text(value) or is_reference(value)


def _is_base64(value: Any) -> bool:
    if is_text(value):
        # Raises a ValueError where it is no base64.
        base64.b64decode(value, validate=True)
    return _is_chars(value)


EVENT_FIELDS: dict[str, Callable[[Any], bool]] = {
    "event": lambda value: value is not None,
    "text": _is_chars,
    "base64": _is_base64,
}
"""The fields of an event, each with its check."""

END_FIELDS: dict[str, Callable[[Any], bool]] = {
    "status": _is_status,
    "usd": lambda _value: True,
    "failed": _are_failures,
    "waited": is_time,
    "malformed": _is_size,
    "stopped": _is_flag,
    "note": is_text,
    "headers": _are_headers,
}
"""The optional fields of an end, each with its check."""
