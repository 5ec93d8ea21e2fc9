"""Model text to safe HTML.

What markdown-it writes is escaped already; nh3 sees it once more and lets through only what is listed.
"""

from __future__ import annotations

import re
from contextlib import suppress
from html import escape
from typing import TYPE_CHECKING, Any

from gemini_magic.text.html.cleaner import NO_MATH, clean
from gemini_magic.text.html.parser import make_parser
from gemini_magic.text.normalize import show_hidden
from gemini_magic.text.time_limit import TookTooLong, run_in_time

if TYPE_CHECKING:
    from gemini_magic.text.normalize import NormalText
    from gemini_magic.text.rendering import References, Rendering

__all__ = ["collect_references", "render_html"]

_LONGEST = 100_000
"""Blocks of more characters are not parsed as Markdown."""

_LONG = 5_000
_MOST_BRACKETS = 1_000
_MOST_OPENERS = 200
_LONGEST_LINK = 2_000
_OPENER = re.compile(r"<[A-Za-z][\w+.-]{1,31}:|!\[")
"""Openings that make a parser slow where nothing closes them; a long block may have only so many."""

_MAY_BE_MATH = re.compile(r"[$\\&]")
"""What front ends typeset, or an entity that makes such characters."""


def render_html(text: NormalText, rendering: Rendering, references: References) -> str:
    """Return `text` as HTML that fetches nothing and runs nothing.

    Parameters
    ----------
    text
        Markdown of the model.
    rendering
        What the user allows.
    references
        Link definitions that stand elsewhere in the same reply.
    """
    if _takes_long(text) and not _is_one_fence(text):
        return _plain(text)
    environment = {
        "references": dict(references),
        "rendering": rendering,
        "has_math": _MAY_BE_MATH.search(text) is not None,
    }
    try:
        written = run_in_time(lambda: str(make_parser().render(text, environment)), text)
    except (RuntimeError, TookTooLong):
        # The parser fails on some texts, for example "example.org[http://ttp://".
        written = _plain(text)
    # Entities make characters only now.
    return clean(show_hidden(written))


def collect_references(text: NormalText, references: References) -> References:
    """Return `references` and the link definitions in `text`; the first of a name counts."""
    environment: dict[str, Any] = {"references": dict(references)}
    if not _takes_long(text):
        with suppress(RuntimeError, TookTooLong):
            run_in_time(lambda: make_parser().parse(text, environment), text)
    found: References = environment["references"]
    return found


def _plain(text: str) -> str:
    return f'<p class="{NO_MATH}">' + escape(text).replace("\n", "<br>\n") + "</p>\n"


def _takes_long(text: str) -> bool:
    """Return whether a parser may take long, because it searches for closings that are not there."""
    if len(text) > _LONGEST:
        return True
    if len(text) < _LONG:
        return False
    if text.count("[") > _MOST_BRACKETS or sum(1 for _ in _OPENER.finditer(text)) > _MOST_OPENERS:
        return True
    return any(len(word) > _LONGEST_LINK and "://" in word for word in text.split())


def _is_one_fence(text: str) -> bool:
    """Return whether all of `text` is code, which is quickly read however long it is."""
    first, _, rest = text.partition("\n")
    fence = first.rstrip().rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+#.-_ ")
    return len(fence) >= 3 and set(fence) in ({"`"}, {"~"}) and fence not in rest.rstrip()[: -len(fence)]
