"""Markdown as a terminal shows it: math as it was written, images as links, a few tags without attributes.

All other HTML, definitions and addresses are shown as text: nothing is left out.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from markdown_it.token import Token

from gemini_magic.text.latex import add_math_rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline

__all__ = ["TAG_STYLES", "make_parser"]

TAG_STYLES = {
    "b": "bold",
    "i": "italic",
    "kbd": "bold",
    "mark": "reverse",
    "sub": "none",
    "summary": "bold",
    "sup": "none",
    "u": "underline",
}
"""Tags that are drawn where both ends stand in one paragraph; so is `s`, as Markdown's own."""

_TAG = re.compile(rf"<(/?)({'|'.join(TAG_STYLES)}|s|details)[ ]?>|<br[ ]?/?>", re.IGNORECASE)
_BREAKS = {"softbreak", "hardbreak"}


def make_parser() -> MarkdownIt:
    """Return a parser whose tokens rich can draw."""
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": 100})
    parser.enable(["table", "strikethrough"]).disable(["reference", "autolink"])
    add_math_rules(parser)
    parser.inline.ruler.push("tag", _parse_tag)
    parser.core.ruler.push("terminal", _adapt)
    return parser


def _parse_tag(state: StateInline, silent: bool) -> bool:
    found = _TAG.match(state.src, state.pos, state.posMax)
    if found is None:
        return False
    if not silent:
        kind = "tag_close" if found[1] else "tag_open" if found[2] else "hardbreak"
        token = state.push(kind, (found[2] or "br").lower(), 0)
        token.content = found[0]
    state.pos = found.end()
    return True


def _adapt(state: StateCore) -> None:
    """Replace what rich does not know by what it knows."""
    tokens: list[Token] = []
    for token in state.tokens:
        if token.type == "math_block":
            tokens += _paragraph_of(token.info)
            continue
        if token.type == "inline":
            token.children = list(_adapt_inline(token.children or []))
        if token.type == "paragraph_close" and not tokens[-1].children:
            # Only tags that are dropped were in it.
            del tokens[-2:]
            continue
        tokens.append(token)
    state.tokens = tokens


def _paragraph_of(text: str) -> list[Token]:
    inline = Token("inline", "", 0, children=[Token("text", "", 0, content=text)])
    return [Token("paragraph_open", "p", 1), inline, Token("paragraph_close", "p", -1)]


def _adapt_inline(tokens: Sequence[Token]) -> list[Token]:
    paired = _find_pairs(tokens)
    made: list[Token] = []
    for number, token in enumerate(tokens):
        begins = not made or made[-1].type in _BREAKS
        ends = number + 1 == len(tokens) or tokens[number + 1].type in _BREAKS
        if token.tag == "details" and (number in paired or begins or (ends and token.type == "tag_close")):
            continue
        if token.type != "softbreak" or not begins:
            made += _replace(token, is_paired=number in paired)
    while made and made[-1].type in _BREAKS:
        made.pop()
    return made


def _replace(token: Token, *, is_paired: bool) -> Iterator[Token]:
    """Yield what is drawn for an inline token."""
    match token.type:
        case "tag_open" | "tag_close" if is_paired:
            is_open = token.type == "tag_open"
            yield Token(token.type, token.tag, 1 if is_open else -1)
            if token.tag == "summary" and not is_open:
                yield Token("hardbreak", "br", 0)
        case "tag_open" | "tag_close":
            yield Token("text", "", 0, content=token.content)
        case "math_inline":
            yield Token("text", "", 0, content=token.info)
        case "image":
            yield from _link_of(token.content, str(token.attrGet("src") or ""))
        case _:
            yield token


def _link_of(alt: str, url: str) -> list[Token]:
    """Return a link in the place of an image; without an address or a description only the other."""
    text = Token("text", "", 0, content=alt or url)
    if not alt or not url:
        return [text]
    return [Token("link_open", "a", 1, attrs={"href": url}), text, Token("link_close", "a", -1)]


def _find_pairs(tokens: Sequence[Token]) -> set[int]:
    """Return the places of tags whose other end is there, too, inside of the same emphasis or link."""
    found: set[int] = set()
    opened: list[tuple[int, tuple[str, int]]] = []
    waiting: Counter[tuple[str, int]] = Counter()
    for number, token in enumerate(tokens):
        kind = (token.tag, token.level)
        if token.type == "tag_open":
            opened.append((number, kind))
            waiting[kind] += 1
        elif token.type == "tag_close" and waiting[kind]:
            # Those that were opened after it and not closed are no tags.
            start, other = opened.pop()
            waiting[other] -= 1
            while other != kind:
                start, other = opened.pop()
                waiting[other] -= 1
            found |= {start, number}
    return found
