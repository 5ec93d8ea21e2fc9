"""Why a value cannot be inserted. Raised while it is read or written; a person gets `NotInserted`."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from gemini_magic.runtime.secret import scrub
from gemini_magic.text.printable import to_line

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Problem", "say_what_there_is"]

_SHOWN = 5
"""Names that a message lists."""

_LONGEST = 60
"""Characters of such a name: what to do must find room behind them."""

_LOOKED_AT = 1000
"""Names that are compared: a table may have many thousand columns."""


class Problem(Exception):
    """A value cannot be read or written.

    Attributes
    ----------
    why
        What is in the way, and what to do, without any value.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def say_what_there_is(wanted: object, names: Iterable[object]) -> str:
    """Return which of the names was perhaps meant, or which there are; empty where there are none."""
    known = [_show(name) for name, _ in zip(names, range(_LOOKED_AT), strict=False)]
    close = difflib.get_close_matches(str(wanted), known, n=1)
    if close:
        return f"; did you mean {close[0]}"
    shown = ", ".join(known[:_SHOWN])
    more = ", …" if len(known) > _SHOWN else ""
    return f"; there is {shown}{more}" if known else ""


def _show(name: object) -> str:
    # A key is hidden before it is cut, which would hide its shape.
    return to_line(scrub(str(name)), _LONGEST)
