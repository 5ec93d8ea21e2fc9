r"""Where braces are not ours: in LaTeX, in f-strings and other strings of code that are filled later.

* math: `$…$`, `$$…$$`, `\(…\)`, `\[…\]`
* groups of LaTeX: after `\command`, `_` and `^`, and the groups that follow these
* strings: `f"…"`, `"…".format(`, and `` `…${…}…` `` of JavaScript and shells

A dollar is also money: `It costs ${price}` is no math. All of it takes time that grows with the text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["find_left_alone"]

_OPENING = re.compile(
    r"\\(?:[(\[]|.)"
    r"|\$\$?"
    r"|(?<!\w)(?:[fFtT][rR]?|[rR][fFtT])(?:'''|\"\"\"|'|\")"
    r"|(?<!`)`(?!`)"
)

_MATH = re.compile(r"(?<![\w\\])\$(?![\s$])((?:\\.|[^$\\\n])*?(?:\\.|[^\s\\$]))\$(?![\w{$])")
"""Inline math, as Pandoc reads it: no space within the dollars. No word may follow: `$A/$B` is a shell's."""

_MONEY = re.compile(r"[\d{]")
_SIGNS = re.compile(r"[\\^=]|_(?![^{}]{0,99}\})|\A\S+\Z")
"""What tells `${a}^2$` and `$2x$` from `${price} or $5 in $`: signs of math, or no space at all."""

_LINE_ENDS = {
    "'": re.compile(r"[^'\\\n]*+(?:\\.[^'\\\n]*+)*+'"),
    '"': re.compile(r'[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"'),
    "`": re.compile(r"[^`\n]*+`(?!`)"),
}
"""The rest of a string, up to its end in the same line."""

_CLOSING = {"\\(": "\\)", "\\[": "\\]", "$$": "$$", "'''": "'''", '"""': '"""'}

_FORMATTED = re.compile(
    r"""(?:'[^'\\\n]*+(?:\\.[^'\\\n]*+)*+'|"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+")(?=(\.format\()?)"""
)

_GROUP = re.compile(r"\\[A-Za-z]++\*?(?:\[[^\[\]\n]{0,100}\])?(?=\{)|(?<=[^\W_]|[)\]}'])[_^](?=\{)")
"""What stands before a group of LaTeX. `_{name}_` after a space is emphasis of Markdown."""


def find_left_alone(text: str) -> list[tuple[int, int]]:
    """Return where braces are not ours: starts and ends, in order and without overlap."""
    return _merge([*_Scan(text).find(), *_find_groups(text), *_find_formatted(text)])


def _merge(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


class _Scan:
    """Finds math and strings, from left to right: what stands in one is not another's beginning."""

    def __init__(self, text: str) -> None:
        self._text = text
        # Searched for in vain once, a mark is not searched for again.
        self._missing: set[str] = set()

    def find(self) -> Iterator[tuple[int, int]]:
        """Yield the spans."""
        at = 0
        while (match := _OPENING.search(self._text, at)) is not None:
            end = self._end_of(match)
            at = match.end() if end is None else end
            if end is not None and self._is_left_alone(match, end):
                yield match.start(), end

    def _end_of(self, match: re.Match[str]) -> int | None:
        """Return where what begins here ends; None if it does not, or is nothing."""
        mark = match.group().lstrip("fFtTrR")
        if mark == "$":
            math = _MATH.match(self._text, match.start())
            return math.end() if math is not None and _is_math(math[1]) else None
        if mark in _LINE_ENDS:
            rest = _LINE_ENDS[mark].match(self._text, match.end())
            return rest and rest.end()
        closing = _CLOSING.get(mark)
        if closing is None or closing in self._missing:
            return None
        found = self._text.find(closing, match.end())
        if found < 0:
            self._missing.add(closing)
            return None
        return found + len(closing)

    def _is_left_alone(self, match: re.Match[str], end: int) -> bool:
        return match.group() != "`" or "${" in self._text[match.start() : end]


def _is_math(body: str) -> bool:
    return not _MONEY.match(body) or _SIGNS.search(body) is not None


def _find_formatted(text: str) -> Iterator[tuple[int, int]]:
    """Yield strings that are filled by `.format(`."""
    if ".format(" in text:
        yield from (match.span() for match in _FORMATTED.finditer(text) if match[1])


def _find_groups(text: str) -> Iterator[tuple[int, int]]:
    """Yield groups of LaTeX, each with those that follow it without a gap."""
    starts = [match.end() for match in _GROUP.finditer(text)]
    ends = _match_braces(text) if starts else {}
    end = 0
    for start in starts:
        if start >= end and start in ends:
            end = start
            while end in ends:
                end = ends[end]
            yield start, end


def _match_braces(text: str) -> dict[int, int]:
    """Return the place after the closing brace by that of the opening one."""
    ends, opened = {}, []
    for match in re.finditer(r"\\.|[{}]", text):
        if match.group() == "{":
            opened.append(match.start())
        elif match.group() == "}" and opened:
            ends[opened.pop()] = match.end()
    return ends
