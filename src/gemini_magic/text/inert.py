"""Which model text may be handed to a front end as Markdown: only what is provably inert there.

JupyterLab does not sanitize the Markdown of a cell that was just run, and escaping Markdown is not reliable.
So text passes only if nothing is in it of which links, images, HTML, definitions or diagrams are made.
"""

from __future__ import annotations

import re

from gemini_magic.text.latex import UNSAFE_LATEX
from gemini_magic.text.normalize import HIDDEN

__all__ = ["RIGHT_TO_LEFT", "is_inert"]

RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufefc]")
"""Letters of Hebrew, Arabic and others that are read from the right; front ends do not align them so."""

_ACTIVE = re.compile(
    r"<[A-Za-z/!?]"  # HTML and autolinks
    r"|!\[|\]\("  # images and links
    r"|://|www\.|[\w.+-]@[\w-]"  # links that are made of plain text
    r"|(?<!\w)\[[^\[\]]*\]:"  # reference definitions
    r"|&[#A-Za-z]"  # entities
    r"|\\[\\()\[\]$<&!@]|\\(?:begin|end|ref|eqref)\b"  # what MathJax or an escape could make of it
    r"|mermaid"
    r"|\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]",
    re.IGNORECASE | re.MULTILINE,
)
_FENCE_LINE = re.compile(r"^.*(?:```|~~~).*$", re.MULTILINE)
_PLAIN_FENCE = re.compile(r"[ \t>*+\d.)-]*(?:`{3,}|~{3,})[ \t]*[A-Za-z0-9_+#.-]{0,40}[ \t]*\r?")
_PLAIN_MATH = re.compile(r"""\$\$[^$"'<>&`@]+\$\$|(?<![\d$])\$(?![\s$])[^$"'<>&`@\n]*(?<!\s)\$(?![\d$])""")

_LONGEST = 20_000
"""Front ends take long over some harmless texts of more characters."""


def is_inert(text: str) -> bool:
    """Return whether a front end that renders `text` as Markdown can neither fetch, run nor link anything."""
    if len(text) > _LONGEST or _ACTIVE.search(text) or HIDDEN.search(text) or UNSAFE_LATEX.search(text):
        return False
    if any(not _PLAIN_FENCE.fullmatch(line[0]) for line in _FENCE_LINE.finditer(text)):
        return False
    # What is a price and what is math must be plain, so that all front ends see the same.
    return "$" not in text or ("`" not in text and "~~~" not in text and "$" not in _PLAIN_MATH.sub("", text))
