"""Text of ours in HTML outputs that a front end must not take for math, for example two prices in a line."""

from __future__ import annotations

import re

__all__ = ["NO_MATH", "no_math"]

NO_MATH = "mathjax_ignore tex2jax_ignore"
"""CSS classes of elements in which front ends do not look for math."""

_MAY_BE_MATH = re.compile(r"\$.*\$|\\", re.DOTALL)


def no_math(text: str) -> str:
    """Return what the start tag of an element with this text needs: nothing, if no math could be in it."""
    return f' class="{NO_MATH}"' if _MAY_BE_MATH.search(text) else ""
