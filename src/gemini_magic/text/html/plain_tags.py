"""Harmless HTML that models write into Markdown: tags of text and folded blocks, without attributes.

Only tags of text that are closed where they were opened count, so that what is drawn is a tree; others stay
text. A folded block without an end goes on to the end of the text, unfolded.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

__all__ = ["PLAIN_TAGS", "DetailsLines", "add_plain_tags"]

_IN_TEXT = ("sub", "sup", "kbd", "b", "i", "u", "s", "mark")
PLAIN_TAGS = (*_IN_TEXT, "details", "summary")
"""The elements that are drawn, besides line breaks."""

_TAG = re.compile(rf"<(?:(?P<break>br\s*/?)|(?P<close>/?)(?P<name>{'|'.join(_IN_TEXT)})\s*)>", re.IGNORECASE)
_OPEN_DETAILS = re.compile(
    r" {0,3}<details(?P<open> open)?>[ \t]*(?:<summary>(?P<summary>.*)</summary>[ \t]*)?$", re.IGNORECASE
)
_CLOSE_DETAILS = re.compile(r" {0,3}</details>[ \t]*$", re.IGNORECASE)
_FENCE = re.compile(r" {0,3}(`{3,}(?!.*`)|~{3,})(.*)")
_SUMMARY = re.compile(r" {0,3}<summary>(?P<summary>.*)</summary>[ \t]*$", re.IGNORECASE)


class DetailsLines:
    """Counts folded blocks that are open, line by line; what stands in fenced code does not count.

    Attributes
    ----------
    depth : int
        How many are open.
    """

    def __init__(self) -> None:
        self.depth = 0
        self._fence = ""

    def read(self, line: str) -> None:
        """Take the next line."""
        if _OPEN_DETAILS.match(line) and not self._fence:
            self.depth += 1
        elif self.depth and _CLOSE_DETAILS.match(line) and not self._fence:
            self.depth -= 1
        elif self.depth and (fence := _FENCE.match(line)):
            if not self._fence:
                self._fence = fence[1]
            elif fence[1].startswith(self._fence) and not fence[2].strip(" \t"):
                self._fence = ""


def add_plain_tags(parser: MarkdownIt) -> None:
    """Make `parser` read them; the elements are tokens of their own names."""
    parser.inline.ruler.before("autolink", "plain_tag", _parse_tag)
    parser.core.ruler.after("inline", "plain_tags", _pair_tags)
    parser.block.ruler.before(
        "heading", "details", _parse_details, {"alt": ["paragraph", "reference", "blockquote"]}
    )


def _parse_tag(state: StateInline, silent: bool) -> bool:
    found = _TAG.match(state.src, state.pos, state.posMax) if state.src[state.pos] == "<" else None
    if found is None:
        return False
    if not silent:
        if found["break"]:
            state.push("hardbreak", "br", 0)
        else:
            # Drawn as text, until its other half is found.
            token = state.push("plain_tag", found["name"].lower(), 0)
            token.content, token.markup = found[0], "close" if found["close"] else "open"
    state.pos = found.end()
    return True


def _pair_tags(state: StateCore) -> None:
    for token in state.tokens:
        if token.type == "inline" and any(child.type == "plain_tag" for child in token.children or []):
            pairs = _Pairs()
            for child in token.children or []:
                pairs.read(child)


class _Pairs:
    """Turns tags into elements where both halves stand in the same element."""

    def __init__(self) -> None:
        # Tags that wait for their other half, in each of the elements around; all, and how many of each.
        self._waiting: list[tuple[list[Token], Counter[str]]] = [([], Counter())]

    def read(self, token: Token) -> None:
        """Take the next token."""
        if token.type != "plain_tag":
            if token.nesting == 1:
                self._waiting.append(([], Counter()))
            elif token.nesting == -1:
                self._waiting.pop()
        elif token.markup == "close":
            self._close(token)
        else:
            waiting, counts = self._waiting[-1]
            waiting.append(token)
            counts[token.tag] += 1

    def _close(self, token: Token) -> None:
        waiting, counts = self._waiting[-1]
        if not counts[token.tag]:
            return
        while (opening := waiting.pop()).tag != token.tag:
            counts[opening.tag] -= 1
        counts[token.tag] -= 1
        opening.type, opening.nesting, opening.content = f"{token.tag}_open", 1, ""
        token.type, token.nesting, token.content = f"{token.tag}_close", -1, ""


def _parse_details(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a folded block, up to the line that closes it or to the end of what it stands in."""
    first = _OPEN_DETAILS.match(_line(state, start))
    if first is None:
        return False
    if silent:
        return True
    closing, after = _find_closing(state, start, end)
    summary, content = first["summary"], start + 1
    if summary is None:
        line = state.skipEmptyLines(content)
        if line < closing and (second := _SUMMARY.match(_line(state, line))):
            summary, content = second["summary"], line + 1
    opening = state.push("details_open", "details", 1)
    opening.map = [start, closing]
    if first["open"] or closing == after:
        opening.attrSet("open", "")
    if summary is not None:
        state.push("summary_open", "summary", 1)
        inline = state.push("inline", "", 0)
        inline.content, inline.children = summary.strip(), []
        state.push("summary_close", "summary", -1)
    _parse_inside(state, content, closing)
    state.push("details_close", "details", -1)
    state.line = after
    return True


def _find_closing(state: StateBlock, start: int, end: int) -> tuple[int, int]:
    """Return the line after the content, and the line after the block."""
    lines = DetailsLines()
    for number in range(start, end):
        if state.sCount[number] < state.blkIndent and not state.isEmpty(number):
            return number, number
        lines.read(_line(state, number))
        if not lines.depth:
            return number, number + 1
    return end, end


def _parse_inside(state: StateBlock, start: int, end: int) -> None:
    parent, limit, level = state.parentType, state.lineMax, state.level
    state.parentType, state.lineMax = "details", end
    state.md.block.tokenize(state, start, end)
    state.parentType, state.lineMax, state.level = parent, limit, level


def _line(state: StateBlock, number: int) -> str:
    """Return a line, indented as far as it is in its list item or quotation."""
    text = state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]
    return " " * (state.sCount[number] - state.blkIndent) + text
