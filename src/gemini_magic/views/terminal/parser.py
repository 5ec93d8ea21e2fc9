"""Markdown as a terminal shows it: math as it was written, images as links, harmless tags as on a page.

All other HTML, definitions and addresses are shown as text: nothing is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from markdown_it.token import Token

from gemini_magic.text.html.nesting import DEEPEST, refuse_deep_nesting
from gemini_magic.text.html.plain_tags import add_plain_tags
from gemini_magic.text.latex import add_math_rules

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.rules_core import StateCore

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
"""How harmless tags are drawn; `s` is drawn as Markdown's own, `details` as what is in it."""

_BREAKS = {"softbreak", "hardbreak"}


def make_parser() -> MarkdownIt:
    """Return a parser whose tokens rich can draw."""
    parser = MarkdownIt("commonmark", {"html": False, "maxNesting": DEEPEST})
    parser.enable(["table", "strikethrough"]).disable(["reference", "autolink"])
    refuse_deep_nesting(parser)
    add_math_rules(parser)
    add_plain_tags(parser)
    parser.core.ruler.push("terminal", _adapt)
    return parser


def _adapt(state: StateCore) -> None:
    """Replace what rich does not know by what it knows."""
    tokens: list[Token] = []
    for token in state.tokens:
        if token.type == "inline":
            token.children = _adapt_inline(token.children or [])
        match token.type:
            case "math_block":
                tokens += [_open_paragraph(), _inline(token.info), _close_paragraph()]
            case "details_open" | "details_close":
                pass
            case "summary_open":
                tokens += [_open_paragraph(), token]
            case "summary_close":
                tokens += [token, _close_paragraph()]
            case _:
                tokens.append(token)
    state.tokens = tokens


def _open_paragraph() -> Token:
    return Token("paragraph_open", "p", 1)


def _close_paragraph() -> Token:
    return Token("paragraph_close", "p", -1)


def _inline(text: str) -> Token:
    return Token("inline", "", 0, children=[_text(text)])


def _text(text: str) -> Token:
    return Token("text", "", 0, content=text)


def _adapt_inline(tokens: Sequence[Token]) -> list[Token]:
    made: list[Token] = []
    for token in tokens:
        # A line end behind `<br>` is no second break, nor a blank.
        if token.type != "softbreak" or not made or made[-1].type not in _BREAKS:
            made += _replace(token)
    return made


def _replace(token: Token) -> Iterator[Token]:
    """Yield what is drawn for an inline token."""
    match token.type:
        case "plain_tag":
            yield _text(token.content)
        case "math_inline":
            yield _text(token.info)
        case "image":
            yield from _link_of(token.content, str(token.attrGet("src") or ""))
        case _:
            yield token


def _link_of(alt: str, url: str) -> list[Token]:
    """Return a link in the place of an image; without an address or a description only the other."""
    if not alt or not url:
        return [_text(alt or url)]
    return [Token("link_open", "a", 1, attrs={"href": url}), _text(alt), Token("link_close", "a", -1)]
