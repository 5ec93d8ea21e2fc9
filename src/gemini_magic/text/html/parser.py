"""The Markdown parser for model text: CommonMark with tables, strikethrough, links, math and plain tags."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt

from gemini_magic.text.html.directions import set_directions
from gemini_magic.text.html.links import is_allowed
from gemini_magic.text.html.nesting import DEEPEST, refuse_deep_nesting
from gemini_magic.text.html.plain_tags import add_plain_tags
from gemini_magic.text.html.renderer import Renderer
from gemini_magic.text.latex import add_math_rules

if TYPE_CHECKING:
    from markdown_it.rules_core import StateCore

__all__ = ["make_parser"]


@cache
def make_parser() -> MarkdownIt:
    """Return the parser; it is made once."""
    parser = MarkdownIt(
        "commonmark", {"html": False, "linkify": True, "maxNesting": DEEPEST}, renderer_cls=Renderer
    )
    parser.enable(["table", "strikethrough", "linkify"])
    if parser.linkify is not None:
        parser.linkify.set({"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})
    refuse_deep_nesting(parser)
    add_math_rules(parser)
    add_plain_tags(parser)
    parser.core.ruler.push("tasks", _mark_tasks)
    parser.core.ruler.push("directions", set_directions)
    parser.validateLink = is_allowed  # type: ignore[method-assign]
    return parser


def _mark_tasks(state: StateCore) -> None:
    """Turn `[ ]` and `[x]` at the beginning of list items into boxes."""
    for item, _paragraph, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if item.type == "list_item_open" and inline.type == "inline" and inline.children:
            first = inline.children[0]
            if first.content[:4] in {"[ ] ", "[x] ", "[X] "}:
                first.content = ("☐" if first.content[1] == " " else "☑") + first.content[3:]
