"""Notes on what looks like a variable and was not inserted: where it is probably a mistake, else nothing."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

from gemini_magic.requests.interpolation.fields import is_field
from gemini_magic.requests.interpolation.left_alone import find_left_alone

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gemini_magic.requests.interpolation.fields import Placeholder

__all__ = ["explain_subscript", "find_expressions", "suggest_name"]

_ALIKE = 0.75
"""So much alike are `nmae` and `name`. Placeholders of code, as `{placeholder}`, seldom are."""

_SHORTEST = 3

_EXPRESSION = re.compile(
    r"(?<![{$])\{((?P<root>[^\W\d]\w*+)(?:\.[^\W\d]\w*+)*+(?:[(\[]|![rsa]|:(?=\S))[^{}\n]{0,60})\}"
)
"""A name with a call, a slice, a conversion, or a format that is none."""

_MOST = 3

_WORD_BEFORE = re.compile(r"(?:\A|[^\w\\$])[^\W\d_]{2,}_\Z")


def suggest_name(name: str, variables: Mapping[str, Any]) -> str:
    """Return a note on the variable that was perhaps meant; empty if none is like it."""
    if len(name) < _SHORTEST:
        return ""
    names = {one.casefold(): one for one in variables if not one.startswith("_")}
    close = difflib.get_close_matches(name.casefold(), names, n=1, cutoff=_ALIKE)
    return f"no variable {name}: did you mean {names[close[0]]}?" if close else ""


def find_expressions(text: str, variables: Mapping[str, Any]) -> Iterator[str]:
    """Yield notes on expressions in braces that begin with a variable: none of them is run."""
    found = [match for match in _EXPRESSION.finditer(text) if match["root"] in variables]
    spans = find_left_alone(text) if found else []
    free = (match for match in found if not any(start <= match.start() < end for start, end in spans))
    for match, _ in zip(free, range(_MOST), strict=False):
        # A field, too, may have brackets.
        if not is_field(match[1]):
            yield f"{match[1]} was left as it is: put it into a variable"


def explain_subscript(text: str, placeholder: Placeholder) -> str:
    """Return a note on `file_{name}`, which reads as LaTeX but may be the name of a file; else nothing."""
    before = text[max(0, placeholder.start - 40) : placeholder.start]
    if not placeholder.inserts or not _WORD_BEFORE.search(before):
        return ""
    return f"{placeholder.field.name} after _ was left as it is, as in LaTeX"
