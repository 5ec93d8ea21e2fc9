"""Fields: a variable's name in braces, with attributes, items and a format. Text only, no variables.

`{name}`, `{df.columns}`, `{rows[0]}`, `{d["k"]}` and `{x:.2f}` are fields. Everything else in braces is not:
calls, slices, operators, spaces, JSON, sets, blocks of code.
"""

from __future__ import annotations

import keyword
import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gemini_magic.requests.interpolation.left_alone import find_left_alone

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Attribute", "Field", "Item", "Placeholder", "find_placeholders", "is_field"]

# The quantifiers are possessive, and each run of braces is tried once: time grows with the text, not faster.
_NAME = r"[^\W\d]\w*+"
_ITEM = r"""\[(?:-?\d{1,9}|'[^'\\\n]{0,200}'|"[^"\\\n]{0,200}")\]"""
_STEPS = rf"(?:\.{_NAME}|{_ITEM})*+"
_PLACEHOLDER = re.compile(
    rf"(?<!\{{)(?P<opening>\{{++)(?P<body>(?P<root>{_NAME})(?P<steps>{_STEPS})"
    r"(?::(?P<spec>[^{}\n]{1,60}))?)(?P<closing>\}++)"
)
_STEP = re.compile(rf"\.(?P<name>{_NAME})|\[(?:(?P<number>-?\d+)|(?P<quoted>['\"].*?['\"]))\]")

_SPEC = re.compile(
    r"(?![1-9]\d*%?\Z|0%?\Z)(?:.[<>=^]|[<>^])?[+-]?z?\#?0?\d{0,3}[_,]?(?:\.\d{1,3})?[bcdeEfFgGnosxX%]?"
    r"|(?=[^%]*%[A-Za-z])\S.*"
)
"""Python's format specifications, those of dates included.

None begins with a sign for "space", and none is a width alone, with or without a percent sign: after
a name these are objects of JavaScript and rules of CSS.
"""


@dataclass(frozen=True)
class Attribute:
    """A step of a field: `.name`."""

    name: str

    def __str__(self) -> str:
        return f".{self.name}"


@dataclass(frozen=True)
class Item:
    """A step of a field: `[key]`."""

    key: int | str

    def __str__(self) -> str:
        return f"[{self.key!r}]"


@dataclass(frozen=True)
class Field:
    """What stands in the braces.

    Attributes
    ----------
    root
        The variable's name.
    steps
        What is read of its value, one after the other.
    spec
        The format specification; empty for none.
    """

    root: str
    steps: tuple[Attribute | Item, ...] = ()
    spec: str = ""

    @property
    def name(self) -> str:
        """The root and the steps, as Python writes them."""
        return self.root + "".join(map(str, self.steps))

    def __str__(self) -> str:
        return f"{self.name}:{self.spec}" if self.spec else self.name


@dataclass(frozen=True)
class Placeholder:
    """A field with its braces, in a text.

    Of several pairs of braces, each two are one brace of the text; one that is left over inserts. So
    `{{name}}` is the text `{name}`, and `{{{name}}}` the value in braces, as in an f-string.

    Attributes
    ----------
    field
        What stands in the braces.
    body
        The same, as it is written.
    start, end
        Where it is, braces included.
    opening, closing
        How many braces there are on each side.
    is_left_alone
        Whether it belongs to LaTeX or to a string of code.
    """

    field: Field
    body: str
    start: int
    end: int
    opening: int
    closing: int
    is_left_alone: bool = False

    @property
    def inserts(self) -> bool:
        """Whether the value is wanted, and not the text of the field."""
        return self._pairs % 2 == 1

    def fill(self, value: str) -> str:
        """Return the text for the placeholder; `value` counts where it `inserts`."""
        pairs = self._pairs
        braces = pairs // 2
        before, after = self.opening - pairs + braces, self.closing - pairs + braces
        return "{" * before + (value if self.inserts else self.body) + "}" * after

    @property
    def _pairs(self) -> int:
        return min(self.opening, self.closing)


def find_placeholders(text: str) -> Iterator[Placeholder]:
    """Yield all placeholders of a text in their order, those that are left alone, too."""
    if "{" not in text:
        return
    spans = find_left_alone(text)
    starts = [start for start, _ in spans]
    for match in _PLACEHOLDER.finditer(text):
        field = _read_field(match)
        if field is None:
            continue
        last = bisect_right(starts, match.start()) - 1
        is_left_alone = last >= 0 and match.start() < spans[last][1]
        counts = (len(match["opening"]), len(match["closing"]))
        yield Placeholder(field, match["body"], match.start(), match.end(), *counts, is_left_alone)


def is_field(body: str) -> bool:
    """Return whether a text between braces is a field."""
    match = _PLACEHOLDER.fullmatch(f"{{{body}}}")
    return match is not None and _read_field(match) is not None


def _read_field(match: re.Match[str]) -> Field | None:
    """Return the field of a match; None where its name or its format is none of Python's."""
    spec = match["spec"] or ""
    steps = tuple(map(_read_step, _STEP.finditer(match["steps"])))
    names = [match["root"], *(step.name for step in steps if isinstance(step, Attribute))]
    if any(map(keyword.iskeyword, names)) or (spec and not _SPEC.fullmatch(spec)):
        return None
    # As Python reads names: letters that look alike may be the same.
    return Field(unicodedata.normalize("NFKC", match["root"]), steps, spec)


def _read_step(match: re.Match[str]) -> Attribute | Item:
    if match["name"]:
        return Attribute(unicodedata.normalize("NFKC", match["name"]))
    return Item(int(match["number"]) if match["number"] else match["quoted"][1:-1])
