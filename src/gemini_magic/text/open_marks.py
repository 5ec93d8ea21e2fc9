"""Holds back marks that are not closed yet, so that they do not flash while a text grows.

What waits is the end of the last line, from the first mark without its other half; of a table, the first
row, until the line below it shows that it is one; of displayed math, all of it. It is the drawing that waits,
never the text: when the line has ended, or too much would wait, it is drawn as it is.
"""

from __future__ import annotations

import re

from gemini_magic.text.normalize import NormalText

__all__ = ["hold_back"]

_MOST = 400
"""Characters that may wait."""

_LONGEST_LINE = 2_000
"""Longer lines are drawn as they are: looking for the marks in them would take too long."""

_BLOCK_MARK = re.compile(r"[ \t>]*(?:[-+*]|\d{1,9}[.)]?|#{1,6}|[-=_*]{2,}|(?:`+|~+)[\w+#.-]*)[ \t]*")
"""A line that may become a heading, an item, a rule, or a block of code."""

_ROW = re.compile(r"[ \t>]*\|")
_BELOW_ROW = re.compile(r"[ \t>|:-]*")
_MATH_LINE = re.compile(r"^[ \t>]*(\$\$|\\\[)", re.MULTILINE)
_CLOSERS = {"$": "$", "$$": "$$", "\\(": "\\)", "\\[": "\\]"}

_MARK = re.compile(
    r"(?P<escape>\\[^()\[\]\s\w])|(?P<code>`+)|(?P<math>\$\$?|\\[(\[])|(?P<run>\*+|_+|~~)|(?P<link>!?\[)"
    r"|(?P<half>(?:\\|<(?:[A-Za-z/][\w /]*)?|&[#\w]*)\Z)"
)
_LINK = re.compile(r"\[(?:[^\[\]]|\[[^\[\]]*\])*\](?:\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)|(?=[^(]))")


def hold_back(text: NormalText) -> NormalText:
    """Return the part of a growing text that may be drawn.

    Parameters
    ----------
    text
        The last block so far; not the inside of a block of code.
    """
    line = text.rfind("\n") + 1
    end = min(_table_start(text, line), _math_start(text), line + _open_in(text[line:]))
    return text if len(text) - end > _MOST else NormalText(text[:end])


def _table_start(text: str, line: int) -> int:
    """Return where a table begins of which only the first row is there."""
    before = text.rfind("\n", 0, max(line - 1, 0)) + 1
    above = text.rfind("\n", 0, max(before - 1, 0)) + 1
    if _ROW.match(text, line) and not (line and _ROW.match(text, before)):
        return line
    is_first = _ROW.match(text, before, line) and not (before and _ROW.match(text, above))
    return before if line and is_first and _BELOW_ROW.fullmatch(text, line) else len(text)


def _math_start(text: str) -> int:
    """Return where displayed math begins that is not closed; a blank line ends it."""
    start = text.rfind("\n\n") + 1
    while found := _MATH_LINE.search(text, start):
        start = text.find(_CLOSERS[found[1]], found.end()) + 2
        if start < 2:
            return found.start()
    return len(text)


def _open_in(line: str) -> int:
    """Return where the first mark stands in a line that waits for its other half."""
    if len(line) > _LONGEST_LINE:
        return len(line)
    if _BLOCK_MARK.fullmatch(line):
        return 0
    runs: list[re.Match[str]] = []
    end = 0
    while mark := _MARK.search(line, end):
        end = mark.end()
        kind = mark.lastgroup
        if kind == "run":
            _follow_run(mark, runs)
        elif kind != "escape":
            found = _end_of(mark) if kind != "half" else None
            if found is None:
                return min([run.start() for run in runs] + [mark.start()])
            end = found
    return runs[0].start() if runs else len(line)


def _end_of(mark: re.Match[str]) -> int | None:
    """Return where to look on after code, math, or the beginning of a link; None if it is open."""
    line, start = mark.string, mark.end()
    if mark["link"]:
        return start if _LINK.match(line, start - 1) else None
    if mark["code"]:
        closing = re.compile(rf"(?<!`){mark['code']}(?!`)").search(line, start)
        return closing.end() if closing else None
    following = line[start : start + 1]
    if mark["math"] == "$" and (
        following.isspace() or following.isdigit() or _is_word(line, mark.start() - 1)
    ):
        # A price, or the end of one.
        return start
    closer = _CLOSERS[mark["math"]]
    found = line.find(closer, start)
    return found + len(closer) if found >= 0 else None


def _follow_run(run: re.Match[str], runs: list[re.Match[str]]) -> None:
    """Close what a run of `*`, `_` or `~` closes, or note it as open."""
    line, char, left = run.string, run[0][0], len(run[0])
    after = line[run.end() : run.end() + 1]
    if char == "_" and _is_word(line, run.start() - 1) and _is_word(line, run.end()):
        return
    can_close = run.start() > 0 and not line[run.start() - 1].isspace()
    same = [number for number, other in enumerate(runs) if other[0][0] == char]
    if can_close and same:
        while same and left >= len(runs[same[-1]][0]):
            left -= len(runs[same[-1]][0])
            del runs[same.pop() :]
    elif not after.isspace():
        runs.append(run)


def _is_word(line: str, at: int) -> bool:
    return 0 <= at < len(line) and line[at].isalnum()
