"""The direction of blocks: each is read, and aligned, as its first letter says."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from gemini_magic.text.inert import RIGHT_TO_LEFT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

__all__ = ["DIRECTED", "SIDES", "STYLES", "set_directions"]

SIDES = ("left", "center", "right")
_SIDE_STYLES = {f"text-align:{side}" for side in SIDES}
STYLES = {"p": {"text-align:right"}, "table": {"margin-left:auto"}, "td": _SIDE_STYLES, "th": _SIDE_STYLES}
"""The styles of elements that JupyterLab aligns without regard to their direction."""

DIRECTED = ("blockquote", "details", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ol", "summary", "ul", *STYLES)
"""Elements that get a direction."""

_LETTER = re.compile(r"[^\W\d_]")


def set_directions(state: StateCore) -> None:
    """Give blocks their direction where it is not that of what is around them, and cells an alignment."""
    own = _own_directions(state.tokens) if RIGHT_TO_LEFT.search(state.src) else {}
    around = ["ltr"]
    for token in state.tokens:
        if token.nesting == -1:
            around.pop()
        elif token.nesting == 1:
            direction = own.get(id(token), around[-1])
            if direction != around[-1]:
                token.attrSet("dir", direction)
            around.append(direction)
            _align(token, direction)


def _align(token: Token, direction: str) -> None:
    if token.tag == "p" and direction == "rtl":
        token.attrSet("style", "text-align:right")
    elif token.tag == "table" and direction == "rtl":
        token.attrSet("style", "margin-left:auto")
    elif token.tag in {"th", "td"}:
        natural = "center" if token.tag == "th" else "right" if direction == "rtl" else "left"
        style = str(token.attrGet("style") or f"text-align:{natural}")
        token.attrSet("style", style)
        # Sites that drop styles keep this one.
        token.attrSet("align", style.removeprefix("text-align:"))


def _own_directions(tokens: Iterable[Token]) -> dict[int, str]:
    """Return the direction of the first letter in each block that has one, by the block's id."""
    found: dict[int, str] = {}
    opened: list[Token] = []
    for token in tokens:
        if token.nesting == 1:
            opened.append(token)
        elif token.nesting == -1:
            opened.pop()
        elif token.type == "inline" and (direction := _direction_of(token.children or [])):
            for block in opened:
                found.setdefault(id(block), direction)
    return found


def _direction_of(children: Iterable[Token]) -> str | None:
    """Return the direction of the first letter; code and math are read from the left in any text."""
    text = "".join(child.content for child in children if child.type == "text")
    letter = _LETTER.search(text)
    if letter is None:
        return None
    return "rtl" if unicodedata.bidirectional(letter[0]) in {"R", "AL"} else "ltr"
