"""Types of arguments, for argparse: what does not fit is an error that says so."""

from __future__ import annotations

import argparse
import keyword
import re

__all__ = ["at_least_one", "seconds", "temperature", "variable_name"]


def at_least_one(text: str) -> int:
    """Return the whole number of 1 or more in `text`."""
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text[:20]!r} is not a whole number of 1 or more")
    return int(text)


def seconds(text: str) -> float:
    """Return the seconds in `text`, more than 0."""
    if not re.fullmatch(r"\d{1,6}(?:\.\d*)?", text) or float(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return float(text)


def temperature(text: str) -> float:
    """Return the temperature in `text`, from 0 to 2."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 2:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 2")
    return value


def variable_name(text: str) -> str:
    """Return `text`, if it can be the name of a variable."""
    if not text.isidentifier() or keyword.iskeyword(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a variable name")
    return text
