"""Texts that are nested too deeply: a parser of Markdown would leave out what is inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock

__all__ = ["DEEPEST", "refuse_deep_nesting"]

DEEPEST = 100
"""How many elements may stand in one another."""


def refuse_deep_nesting(parser: MarkdownIt) -> None:
    """Make `parser` raise a `RuntimeError` before it leaves something out.

    Parameters
    ----------
    parser
        Made with `maxNesting` of `DEEPEST`.
    """
    parser.block.ruler.before("table", "nesting", _check)


def _check(state: StateBlock, _start: int, _end: int, _silent: bool) -> bool:
    # A list and its item are two more.
    if state.level >= DEEPEST - 2:
        raise RuntimeError("nested too deeply")
    return False
