"""What a stack is, as stacks.toml says it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

HERE = Path(__file__).parent
NEEDS = HERE / "needs.in"
"""What the tests need beside what a stack holds and gemini-magic brings."""

_MARKS = {"all": "not browser and not fuzz", "quick": "not slow and not browser and not fuzz"}


class StackError(Exception):
    """A stack cannot be tried, or gemini-magic does what it must not there; one line."""


@dataclass(frozen=True)
class Stack:
    """An environment that somebody has before gemini-magic comes, and what is tried there."""

    name: str
    python: str
    holds: Path
    may_replace: frozenset[str]
    marks: str
    """The tests, as pytest's `-m` selects them."""

    is_claimed: bool = True
    """Whether pyproject.toml names the Python among those that are tested."""


def read_stacks() -> list[Stack]:
    """Return all stacks, in the order in which they are tried."""
    tables = tomllib.loads((HERE / "stacks.toml").read_text(encoding="utf-8"))
    return [_make_stack(name, **table) for name, table in tables.items()]


def choose(stacks: list[Stack], patterns: list[str]) -> list[Stack]:
    """Return the stacks whose names fit one of the patterns (`newest-*`); all without a pattern.

    Raises
    ------
    StackError
        If a pattern fits none.
    """
    for pattern in patterns:
        if not any(fnmatch(stack.name, pattern) for stack in stacks):
            raise StackError(f"no stack {pattern}; there are {', '.join(stack.name for stack in stacks)}")
    return [stack for stack in stacks if not patterns or any(fnmatch(stack.name, one) for one in patterns)]


def _make_stack(
    name: str, *, python: str, holds: str, may_replace: list[str], tests: str, claimed: bool = True
) -> Stack:
    return Stack(name, python, HERE / holds, frozenset(may_replace), _MARKS[tests], claimed)
