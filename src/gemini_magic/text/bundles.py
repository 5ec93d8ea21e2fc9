"""Makes the MIME bundle of a block of model text.

The libraries that make HTML are imported with the first block that needs them.

What is provably inert stays Markdown, which every front end draws in its own way and every exporter reads;
the rest is rendered here, to HTML that is safe. The block's normal text is always there as plain text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gemini_magic.text.inert import RIGHT_TO_LEFT, is_inert

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gemini_magic.text.normalize import NormalText
    from gemini_magic.text.rendering import References, Rendering

__all__ = ["make_bundle", "make_html", "may_refer"]

_SETEXT = re.compile(r"\S[^\S\n]*\n {0,3}(?:={2,}|-{2,})[ \t]*$", re.MULTILINE)
_TASK = re.compile(r"^[ \t>]*(?:[-+*]|\d{1,9}[.)])[ \t]+\[[ xX]\][ \t]", re.MULTILINE)
_HEADING = re.compile(r"^#{1,6}(?=[ \t])")
_FENCE = re.compile(r"[ \t>*+\d.)-]*(`{3,}|~{3,})")


def make_bundle(text: NormalText, rendering: Rendering, references: References) -> dict[str, str]:
    """Return the block as `text/markdown` or `text/html`, and as `text/plain`.

    Parameters
    ----------
    text
        The block's Markdown.
    rendering
        What the user allows.
    references
        Link definitions of the whole reply; a block that may use one is rendered here.
    """
    # Front ends draw the boxes of tasks in ways of their own.
    drawn_otherwise = RIGHT_TO_LEFT.search(text) or _TASK.search(text)
    listed_otherwise = not rendering.toc and _SETEXT.search(text) is not None
    drawn_here = listed_otherwise or may_refer(text, references) or drawn_otherwise
    if is_inert(text) and not drawn_here:
        return {"text/markdown": text if rendering.toc else _indent_headings(text), "text/plain": text}
    return {"text/html": make_html(text, rendering, references), "text/plain": text}


def may_refer(text: NormalText, labels: Iterable[str]) -> bool:
    """Return whether `text` may use one of the link definitions with these labels.

    Only letters and digits are compared: a label may go over several lines of a quotation or list.
    """
    if "]" not in text:
        return False
    folded = _fold(text)
    return any(_fold(label) in folded for label in labels)


def _fold(text: str) -> str:
    # As markdown-it folds labels: some letters are equal only in one of both cases.
    return re.sub(r"[\W_]+", "", text.lower().upper())


def make_html(text: NormalText, rendering: Rendering, references: References | None = None) -> str:
    """Return the text as safe HTML, whatever is in it."""
    from gemini_magic.text.html.render import render_html

    return render_html(text, rendering, references or {})


def _indent_headings(text: str) -> str:
    """Return `text` with headings one space in: they look the same, and no table of contents lists them."""
    if not text.startswith("#") and "\n#" not in text:
        return text
    lines, fence = text.split("\n"), ""
    for number, line in enumerate(lines):
        mark = _FENCE.match(line)
        if mark is not None:
            # A fence that may still be open counts as open: a space must never get into code.
            closes = fence and mark[1].startswith(fence) and not line[mark.end() :].strip()
            fence = "" if closes else fence or mark[1]
        elif not fence:
            lines[number] = _HEADING.sub(r" \g<0>", line)
    return "\n".join(lines)
