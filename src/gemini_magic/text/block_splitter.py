"""Cuts a growing text into blocks that render as they would in the whole.

A cut depends only on the text before it, so live, replayed and headless runs cut alike. Where it is not sure
that both sides are independent, there is no cut; the last block only gets longer.
"""

from __future__ import annotations

import re

from gemini_magic.text.html.plain_tags import DetailsLines
from gemini_magic.text.normalize import NormalText

__all__ = ["BLOCK_SIZE", "BlockSplitter", "is_blank", "split_blocks"]

BLOCK_SIZE = 900
_LARGEST = 8000
"""Characters that the first and the last blocks of a long text grow to before the next boundary freezes them.

The last block is sent anew with each drawing, so blocks are small; a cell shows only so many outputs, so they
become larger as the text does.
"""

_FENCE = re.compile(r"( *)(`{3,}|~{3,})(.*)")
_LIST_ITEM = re.compile(r"[ \t]*(?:[-+*]|[0-9]{1,9}[.)])(?:[ \t]|$)")
_LASTING_HTML = re.compile(r" {0,3}<(?:script|pre|style|textarea|!|\?)", re.IGNORECASE)
"""HTML that a blank line does not end (CommonMark's kinds 1 to 5)."""


def split_blocks(text: NormalText, size: int | None = None) -> list[NormalText]:
    """Return `text` cut into blocks (of at least `size` characters); joined they are `text` again."""
    return BlockSplitter(size).split(text)


def is_blank(text: str) -> bool:
    """Return whether Markdown takes `text` for blank; to Python a no-break space is blank, too."""
    return not text.strip(" \t\n")


class BlockSplitter:
    """Cuts a growing text; each line is looked at once, however often the text has grown.

    Parameters
    ----------
    size
        Characters a block has at least before it is cut; None for `BLOCK_SIZE`, and more in long texts.
    """

    def __init__(self, size: int | None = None) -> None:
        self._size = size
        self._cuts = [0]
        self._scanned = 0
        self._begin_block()

    @property
    def is_in_code(self) -> bool:
        """Whether the last line that has ended stands in a block of code."""
        return bool(self._fence)

    def split(self, text: NormalText) -> list[NormalText]:
        """Return the blocks of `text`, which must begin with the text of the call before."""
        while (end := text.find("\n", self._scanned) + 1) > 0:
            self._scan(self._scanned, text[self._scanned : end - 1])
            self._scanned = end
        ends = [*self._cuts[1:], len(text)]
        return [NormalText(text[start:end]) for start, end in zip(self._cuts, ends, strict=True)]

    def _begin_block(self) -> None:
        self._after_blank = False
        self._in_list = False
        self._in_math = False
        self._in_html = False
        self._fence = ""
        self._fence_indent = 0
        self._unsure = False
        self._details = DetailsLines()

    def _scan(self, start: int, line: str) -> None:
        blank = is_blank(line)
        if not blank and self._is_boundary(line) and start - self._cuts[-1] >= self._least():
            self._cuts.append(start)
            self._begin_block()
        self._follow(line)
        self._after_blank = blank

    def _least(self) -> int:
        if self._size is not None:
            return self._size
        return min(max(BLOCK_SIZE, self._cuts[-1] // 20), _LARGEST)

    def _is_boundary(self, line: str) -> bool:
        inside = self._fence or self._in_math or self._unsure or self._details.depth
        indented = line[0] in " \t"
        return self._after_blank and not (inside or indented or (self._in_list and _LIST_ITEM.match(line)))

    def _follow(self, line: str) -> None:
        """Note what `line` opens or closes."""
        if self._details.depth or not self._fence:
            self._details.read(line)
        if self._fence:
            self._follow_fence(line)
            return
        fence = _FENCE.match(line)
        is_fence = fence is not None and not (fence[2][0] == "`" and "`" in fence[3])
        is_item = _LIST_ITEM.match(line) is not None
        self._follow_html(line, is_fence or is_item)
        if self._in_list and self._after_blank and not is_blank(line[:1]) and not is_item:
            self._in_list = False
        if fence is not None and is_fence and (self._in_list or len(fence[1]) < 4):
            self._fence, self._fence_indent = fence[2], len(fence[1])
            return
        if line.count("$$") % 2:
            self._in_math = not self._in_math
        if is_item:
            self._in_list = True
            # A fence that begins on the item's own line is not followed any further.
            self._unsure = self._unsure or "```" in line or "~~~" in line

    def _follow_html(self, line: str, opens: bool) -> None:
        """Follow HTML, which may include lines up to a blank one: a fence or list in there may be none."""
        if _LASTING_HTML.match(line) or (self._in_html and opens):
            self._unsure = True
        self._in_html = not is_blank(line) and (self._in_html or line.lstrip(" \t").startswith("<"))

    def _follow_fence(self, line: str) -> None:
        fence = _FENCE.match(line)
        closes = fence is not None and fence[2].startswith(self._fence) and is_blank(fence[3])
        indent = len(line) - len(line.lstrip(" "))
        if not (self._in_list and self._fence_indent):
            closes = closes and indent < 4
        elif not is_blank(line) and (indent < self._fence_indent or (closes and indent > self._fence_indent)):
            # The line may belong to the list item and its fence, or end both.
            self._unsure = True
        if closes:
            self._fence = ""
