"""What HTML of a reply may consist of: nh3 lets through only what is listed here."""

from __future__ import annotations

import nh3
from pygments.token import STANDARD_TYPES

from gemini_magic.text.html.code import CODE_CLASSES
from gemini_magic.text.html.directions import DIRECTED, SIDES, STYLES
from gemini_magic.text.html.plain_tags import PLAIN_TAGS

__all__ = ["MATH", "NO_MATH", "clean"]

NO_MATH = "mathjax_ignore tex2jax_ignore"
MATH = "math mathjax_process tex2jax_process"
"""Classes by which MathJax 3 and 2 know what to ignore and what to typeset."""

_TAGS = """a blockquote br code div em h1 h2 h3 h4 h5 h6 hr img li ol p pre s span strong table tbody td th
thead tr ul"""
_BLOCKS = "blockquote details ol p table ul"

_CLEANER = nh3.Cleaner(
    tags={*_TAGS.split(), *PLAIN_TAGS},
    attributes={
        "*": set(),
        "a": {"href"},
        "img": {"src", "alt"},
        "ol": {"start"},
    },
    allowed_classes={
        **{tag: set(NO_MATH.split()) for tag in _BLOCKS.split()},
        **{f"h{level}": {"jp-toc-ignore", *NO_MATH.split()} for level in range(1, 7)},
        "code": CODE_CLASSES,
        "div": {"highlight", *MATH.split()},
        "span": {*MATH.split(), *filter(None, STANDARD_TYPES.values())},
    },
    tag_attribute_values={
        **{tag: {"dir": {"ltr", "rtl"}} for tag in DIRECTED},
        "details": {"dir": {"ltr", "rtl"}, "open": {""}},
        **{
            tag: {"dir": {"ltr", "rtl"}, "style": styles, "align": set(SIDES)}
            for tag, styles in STYLES.items()
        },
    },
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer",
)


def clean(html: str) -> str:
    """Return the HTML without what is not listed."""
    return _CLEANER.clean(html)
