"""The line that says what a reply has beside its text: as plain text, Markdown and HTML.

Words of others in it are code of Markdown, and drawn on the way that all model text takes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gemini_magic.text.bundles import make_bundle, make_html
from gemini_magic.text.normalize import NormalText, normalize
from gemini_magic.text.rendering import Rendering

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemini_magic.replies.extras.words import Extra

__all__ = ["extras_bundle", "extras_html", "extras_line", "extras_markdown", "value_bundle"]

_MOST = 8


def extras_line(extras: Sequence[Extra]) -> str:
    """Return the line as plain text; empty if there is nothing to say."""
    return " · ".join([*map(str, extras[:_MOST]), *_more(extras)])


def extras_markdown(extras: Sequence[Extra]) -> NormalText:
    """Return the line as Markdown."""
    return NormalText(" · ".join([*map(_mark, extras[:_MOST]), *_more(extras)]))


def extras_html(extras: Sequence[Extra]) -> str:
    """Return the line as safe HTML."""
    return f"<small>{make_html(extras_markdown(extras), Rendering())}</small>\n"


def extras_bundle(extras: Sequence[Extra]) -> dict[str, str]:
    """Return the line as a MIME bundle."""
    return {"text/html": extras_html(extras), "text/plain": extras_line(extras)}


def value_bundle(text: str, extras: Sequence[Extra]) -> dict[str, str]:
    """Return a reply that is the value of a cell; a terminal shows its repr instead of plain text."""
    normal = normalize(text)
    if extras:
        return {"text/html": make_html(normal, Rendering()) + extras_html(extras)}
    bundle = make_bundle(normal, Rendering(), {})
    del bundle["text/plain"]
    return bundle


def _more(extras: Sequence[Extra]) -> list[str]:
    return [f"and {len(extras) - _MOST:,} more"] if len(extras) > _MOST else []


def _mark(extra: Extra) -> str:
    if not extra.detail:
        return extra.what
    longest = max(map(len, re.findall("`+", extra.detail)), default=0)
    fence = "`" * (longest + 1)
    # A space beside a backtick, or it would belong to the fence.
    space = " " if "`" in extra.detail[0] + extra.detail[-1] else ""
    return f"{extra.what} {fence}{space}{extra.detail}{space}{fence}"
