"""What HTML says, however it says it: the texts of its blocks with their kinds, cells with their sides."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bs4 import BeautifulSoup

if TYPE_CHECKING:
    from bs4 import Tag

_BLOCKS = {"p", "blockquote", "hr", "summary", *(f"h{level}" for level in range(1, 7))}
_MARKS = {"strong": "b", "b": "b", "em": "i", "i": "i", "del": "s", "s": "s", "code": "code"}


def meaning_of(html: str) -> list[tuple[str, ...]]:
    """Return a line for each block, mark and link, in their order.

    Parameters
    ----------
    html
        What a front end has made; anchors beside headings and the math's delimiters do not count.
    """
    page = BeautifulSoup(html, "html.parser")
    return [said for tag in page.find_all(True) if (said := _said(tag)) is not None]


def text_of(html: str) -> str:
    """Return the visible text."""
    return " ".join(BeautifulSoup(html, "html.parser").get_text(" ").split())


def _said(tag: Tag) -> tuple[str, ...] | None:
    text = " ".join(tag.get_text().replace("¶", "").split())
    if tag.name == "a" and text:
        return ("a", text, str(tag["href"]))
    if tag.name == "pre":
        return ("pre", tag.get_text().strip("\n"))
    if tag.name in {"td", "th"}:
        return (tag.name, text, _side(tag))
    if tag.name in _MARKS and tag.find_parent("pre") is None:
        return (_MARKS[tag.name], text)
    if tag.name == "li":
        own = "".join(str(part) for part in tag.find_all(string=True, recursive=True) if _is_own(part, tag))
        return (f"li {len(tag.find_parents(['ol', 'ul']))} {tag.parent.name}", " ".join(own.split()))
    # Paragraphs of items and quotations are part of them.
    if tag.name in _BLOCKS and not (tag.name == "p" and tag.find_parent("li")):
        return (tag.name, text)
    return None


def _is_own(part: object, item: Tag) -> bool:
    return part.find_parent(["li", "pre"]) is item  # type: ignore[attr-defined]


def _side(tag: Tag) -> str:
    found = re.search(r"text-align: ?(\w+)", str(tag.get("style", "")))
    side = found[1] if found else tag.get("align")
    return str(side or ("center" if tag.name == "th" else "left"))
