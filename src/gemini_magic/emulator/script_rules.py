"""What the attributes of a scripted reply may be: all else could not be sent."""

from __future__ import annotations

import json
import re
import reprlib
from typing import TYPE_CHECKING, Any

from gemini_magic.emulator.errors import EmulatorError
from gemini_magic.replies.fields import is_deep

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["DIALECTS", "FAULTS", "check_values"]

DIALECTS = (
    "plain",
    "bom",
    "comments",
    "no-space",
    "fields",
    "cr",
    "lf",
    "multi-line",
    "done",
    "no-blank-line",
    "one-byte",
    "gzip",
    "late-error-key",
    "malformed",
    "html",
    "empty",
)
"""Ways to write the same stream; the last three are no legal stream of replies."""

FAULTS = ("none", "refuse", "stall", "reset", "truncate", "cut")
"""Ways for an answer to end early."""

_LONGEST_S = 86400
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HEADER_VALUE = re.compile(r"([!-~]([ -~]*[!-~])?)?")
_OF_THE_SERVER = {"content-length", "transfer-encoding"}


def check_values(values: Mapping[str, Any]) -> None:
    """Check the attributes of a scripted reply.

    Raises
    ------
    EmulatorError
        If a value cannot be sent; it names the attribute and says what it takes.
    """
    for name, value in values.items():
        takes, is_right = _RULES[name]
        if not is_right(value):
            raise EmulatorError(f"{name} of a scripted reply is {takes}, not {reprlib.repr(value)}")


def _is_text_or_none(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _is_raw(value: Any) -> bool:
    return value is None or (isinstance(value, str) and value.encode("utf-8", "replace").decode() == value)


def _are_pieces(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(p, str) or _is_object(p) for p in value)


def _is_object(value: Any) -> bool:
    """Return whether a value can be written as a JSON object."""
    if not isinstance(value, dict) or is_deep([value]):
        return False
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True


def _is_whole(value: Any, low: int, high: int | None = None) -> bool:
    return type(value) is int and low <= value and (high is None or value <= high)


def _is_pause(value: Any) -> bool:
    return type(value) in {int, float} and 0 <= value <= _LONGEST_S


def _are_headers(value: Any) -> bool:
    return isinstance(value, dict) and all(_is_header(name, text) for name, text in value.items())


def _is_header(name: Any, value: Any) -> bool:
    if not (isinstance(name, str) and isinstance(value, str)) or name.lower() in _OF_THE_SERVER:
        return False
    return bool(_HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(value))


_PAUSE = (f"a number of seconds from 0 to {_LONGEST_S}", _is_pause)
_RULES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "pieces": ("a list of texts and JSON objects", _are_pieces),
    "raw": ("a text of whole characters, or null", _is_raw),
    "finish_reason": ("a text or null", _is_text_or_none),
    "model": ("a text", lambda value: isinstance(value, str)),
    "headers_s": _PAUSE,
    "first_s": _PAUSE,
    "pause_s": _PAUSE,
    "drip_s": _PAUSE,
    "status": ("a whole number from 200 to 599", lambda value: _is_whole(value, 200, 599)),
    "body": ("a JSON object", _is_object),
    "headers": (f"names and values in ASCII, none of {', '.join(sorted(_OF_THE_SERVER))}", _are_headers),
    "dialect": (f"one of {', '.join(DIALECTS)}", lambda value: value in DIALECTS),
    "fault": (f"one of {', '.join(FAULTS)}", lambda value: value in FAULTS),
    "after": ("a whole number, 0 or more", lambda value: _is_whole(value, 0)),
}
