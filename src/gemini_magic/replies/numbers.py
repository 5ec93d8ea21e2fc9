"""Numbers: those from outside, where a service, a gateway or a file may write anything, and ours in words."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["MOST_SECONDS", "MOST_TOKENS", "MOST_USD", "count", "read_count", "read_number"]

MOST_TOKENS = 10**12
MOST_SECONDS = 1e9
MOST_USD = 1e9
"""Larger ones are no tokens of one request, no seconds anybody waited, no price anybody paid."""

_NUMBER = re.compile(r"\s*[0-9]{1,18}(?:\.[0-9]{1,18})?\s*")


def read_number(value: Any, most: float) -> float | None:
    """Return a number from 0 to `most`; None for anything else.

    Parameters
    ----------
    value
        Whatever JSON may hold; digits in a text count as a number, as in the API's JSON.
    most
        The largest that makes sense.
    """
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # False for NaN, too.
    return float(value) if 0 <= value <= most else None


def read_count(value: Any) -> int | None:
    """Return a number of tokens; None for what is none."""
    number = read_number(value, MOST_TOKENS)
    return None if number is None else int(number)


def count(number: int, noun: str) -> str:
    """Return a number with its noun: 1 turn, 2 turns, 1,200 turns."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
