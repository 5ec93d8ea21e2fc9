"""Plain values: texts, numbers, dates, paths; with a format, as Python's `format` writes them."""

from __future__ import annotations

import datetime
import decimal
import fractions
import pathlib
import sys
import uuid
from enum import Enum
from typing import Any

from gemini_magic.replies.numbers import count
from gemini_magic.requests.interpolation.problems import Problem
from gemini_magic.requests.interpolation.values.written import Written

__all__ = ["is_plain", "write_formatted", "write_plain"]

_PLAIN = (
    str,
    int,
    float,
    complex,
    type(None),
    Enum,
    datetime.date,
    datetime.time,
    datetime.timedelta,
    decimal.Decimal,
    fractions.Fraction,
    pathlib.PurePath,
    uuid.UUID,
)
_LONG = 1000
"""Characters of a text from which on the usage line says how many there are."""


def is_plain(value: Any) -> bool:
    """Return whether a value is written on one line, as Python prints it."""
    return isinstance(value, _PLAIN) or _is_numpy_scalar(value)


def write_plain(value: Any) -> Written:
    """Return a plain value as text; a text is itself."""
    if not isinstance(value, str):
        return Written(str(value))
    # What it holds, also where a class made from `str` prints something else.
    text = str.__str__(value)
    return Written(text, count(len(text), "character") if len(text) >= _LONG else "")


def write_formatted(value: Any, spec: str) -> Written:
    """Return a plain value in a format.

    Raises
    ------
    Problem
        If the value takes no format, or not this one.
    """
    if not is_plain(value):
        raise Problem("formats are for numbers, dates and texts; put the formatted text into a variable")
    try:
        return Written(format(value, spec))
    except (TypeError, ValueError, OverflowError):
        # Raised below: nothing of theirs may be the context of what a person sees.
        pass
    raise Problem(f"a value of type {type(value).__name__} cannot be written in the format {spec}")


def _is_numpy_scalar(value: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(value, numpy.generic)
