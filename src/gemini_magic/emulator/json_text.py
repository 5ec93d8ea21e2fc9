"""JSON as the API reads and writes it, which is less than Python's `json` takes."""

from __future__ import annotations

import json
import math
from typing import Any

from gemini_magic.emulator.errors import EmulatorError
from gemini_magic.replies.fields import DEEPEST, is_deep

__all__ = ["has_halves", "load_json", "to_json", "to_json_text"]

_TOO_DEEP = f"It is nested deeper than {DEEPEST} levels."


def load_json(text: str | bytes) -> Any:
    """Return what JSON text says.

    Raises
    ------
    EmulatorError
        If it is no UTF-8, no JSON by the standard (NaN is none), nested too deep, or has too large a number.
    """
    try:
        text = text if isinstance(text, str) else text.decode("utf-8-sig")
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_to_float)
    except ValueError as error:
        raise EmulatorError(f"This is not JSON: {error}.") from None
    except RecursionError:
        raise EmulatorError(_TOO_DEEP) from None
    if is_deep(value):
        raise EmulatorError(_TOO_DEEP)
    return value


def to_json_text(value: Any) -> str:
    """Return a value as JSON on one line, that can be written as UTF-8."""
    text = json.dumps(value, ensure_ascii=False)
    # Half of a surrogate pair has no UTF-8; the API escapes such, too.
    return text if _is_utf8(text) else json.dumps(value)


def has_halves(value: Any) -> bool:
    """Return whether a text in a JSON value has half of a surrogate pair."""
    return not _is_utf8(json.dumps(value, ensure_ascii=False))


def to_json(body: dict[str, Any]) -> bytes:
    """Return a JSON body."""
    return to_json_text(body).encode()


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse_constant(name: str) -> None:
    raise ValueError(f"it has no {name}")


def _to_float(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:20]} is too large a number")
    return number
