"""All other values: as Python prints them, if that says anything, without addresses in memory."""

from __future__ import annotations

import os
import re
from typing import Any

from gemini_magic.requests.interpolation.problems import Problem
from gemini_magic.requests.interpolation.values.written import Written

__all__ = ["print_object", "write_object"]

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
"""It differs from run to run, so a recorded prompt would never be found again."""

_NOTHING_BUT = re.compile(r"<[^\n]* at 0x[0-9a-fA-F]+>")

_ENVIRONMENT = type(os.environ)

_LONGEST = 20_000
"""Characters."""


def write_object(value: Any) -> Written:
    """Return a value of a type that we know nothing of.

    Raises
    ------
    Problem
        If it has no text but its type and its address.
    """
    name = type(value).__name__
    if isinstance(value, bytes | bytearray | memoryview):
        raise Problem(f"{name} are no text; decode them first, into another variable")
    if isinstance(value, _ENVIRONMENT):
        raise Problem("it is the environment, in which secrets are; put what you mean into a variable")
    text = str(value)
    if _NOTHING_BUT.fullmatch(text):
        raise Problem(f"a value of type {name} has no text of its own; put what you mean into a variable")
    text = _without_addresses(value, text)
    if len(text) <= _LONGEST:
        return Written(text)
    left_out = f"{len(text) - _LONGEST:,} more characters"
    return Written(f"{text[:_LONGEST]}\n… ({left_out})", f"{len(text):,} characters, {_LONGEST:,} shown")


def print_object(value: Any) -> str:
    """Return such a value on its own, as an item among others."""
    if isinstance(value, bytes | bytearray | memoryview):
        return f"({len(value):,} bytes)"
    return "(the environment)" if isinstance(value, _ENVIRONMENT) else _without_addresses(value, str(value))


def _without_addresses(value: Any, text: str) -> str:
    text = _ADDRESS.sub("", text)
    return f"{type(value).__name__}: {text}" if isinstance(value, BaseException) else text
