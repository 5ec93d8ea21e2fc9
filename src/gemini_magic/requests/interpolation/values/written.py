"""A value as it is written into a prompt."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Written"]


@dataclass(frozen=True)
class Written:
    """A value as text.

    Attributes
    ----------
    text
        What is inserted.
    size
        How much it is and how much of it is shown, for the usage line; empty where nobody would ask.
    is_block
        Whether it needs lines of its own: a table, code.
    """

    text: str
    size: str = ""
    is_block: bool = False
