"""Which model text may be handed to a front end as Markdown: only what is provably inert there.

JupyterLab does not sanitize the Markdown of a cell that was just run, and escaping Markdown is not reliable.
So text passes only if nothing is in it of which images, HTML, definitions or diagrams are made, nor links but
plain ones to the web. That must hold whatever of the text a front end takes for math: JupyterLab takes math
out before it reads the Markdown, and puts it into the HTML later, into attributes, too.
"""

from __future__ import annotations

import re

from gemini_magic.text.latex import UNSAFE_LATEX
from gemini_magic.text.normalize import HIDDEN

__all__ = ["RIGHT_TO_LEFT", "is_inert"]

RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
"""Letters of Hebrew, Arabic and others that are read from the right; front ends do not align them so."""

_ACTIVE = re.compile(
    r"<[A-Za-z/!?]"  # HTML and autolinks
    r"|!\[|\]\("  # images and links
    r"|://|www\.|mailto:|\S@\S"  # links that are made of plain text
    r"|(?<!\w)\[[^\[\]]*\]:"  # reference definitions
    r"|&[#A-Za-z]"  # entities
    r"|\\[\\()\[\]$<&!@]|\\(?:begin|end|ref|eqref)\b"  # what MathJax or an escape could make of it
    r"|mermaid"
    r"|\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]",
    re.IGNORECASE | re.MULTILINE,
)
_PLAIN_URL = r"https?://[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?::\d{1,5})?(?:/(?:[\w/.%+=?#-]|~(?!~))*+)?+"
_LINK = re.compile(
    rf"(?<=\])\({_PLAIN_URL}\)|(?<![\w<&@:/.+$\\-]){_PLAIN_URL}(?=[).,;:!?*_]*(?:\s|\Z))", re.ASCII
)
"""Links whose address is plain in any parser; what is around them is looked at as if they were words. Nothing
of a path is given back (`*+`): a search that tries all its ends takes long."""

_FENCE_LINE = re.compile(r"^.*(?:```|~~~).*$", re.MULTILINE)
_PLAIN_FENCE = re.compile(r"[ \t>*+\d.)-]*(?:`{3,}|~{3,})[ \t]*[A-Za-z0-9_+#.-]{0,40}[ \t]*\r?")

_CODE = re.compile(
    r"^[ \t]*```[\w+#.-]{0,40}[ \t]*\n(?:[^`$\n]*+\n)*+(?:[ \t]*```[ \t]*$|[^`$\n]*\Z)"
    r"|(?<![`\\])`[^`$\n]++`(?!`)",
    re.MULTILINE | re.ASCII,
)
"""Code without a dollar in it, of which all parsers see the same beginning and end."""

_ROWS = r"\\(?:begin|end)\{(?:aligned|gathered|split|cases|array|[bpvBV]?matrix)\}|\\\\(?=\s)"
_CHARACTER = r"""[^$"<>&`@\n]|(?<=\S[ ])[<>](?=[ ])"""
_DISPLAY_MATH = re.compile(
    rf"\$\$(?:{_ROWS}|(?!\\(?:\\|begin|end))(?:{_CHARACTER})|&(?=[\s=])|\n(?![ \t]*\n))++\$\$"
)
_INLINE_MATH = re.compile(rf"(?<![\d$])\$(?![\s$])(?:{_CHARACTER})*+(?<!\s)\$(?![\d$])")
"""Math of which all front ends see the same beginning and end."""

_OPAQUE = '"'
"""Stands for a link, code and displayed math; no math goes on over it."""

_LONGEST = 20_000
"""Front ends take long over some harmless texts of more characters."""


def is_inert(text: str) -> bool:
    """Return whether a front end that renders `text` as Markdown can neither fetch nor run anything."""
    if len(text) > _LONGEST or not _has_plain_fences(text):
        return False
    words = _LINK.sub(_OPAQUE, text)
    # Rows of math are harmless also where a front end takes them for text.
    active = _DISPLAY_MATH.sub(lambda math: re.sub(_ROWS, " ", math[0]), words)
    if any(rule.search(active) for rule in (_ACTIVE, HIDDEN, UNSAFE_LATEX)):
        return False
    # What is a price and what is math must be plain, so that all front ends see the same.
    return "$" not in text or _has_plain_math(words)


def _has_plain_math(text: str) -> bool:
    for rule in (_CODE, _DISPLAY_MATH, _INLINE_MATH):
        text = rule.sub(_OPAQUE, text)
    return not any(mark in text for mark in ("`", "~~~", "$"))


def _has_plain_fences(text: str) -> bool:
    return all(_PLAIN_FENCE.fullmatch(line[0]) for line in _FENCE_LINE.finditer(text))
