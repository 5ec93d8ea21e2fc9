"""Model text to blocks: where a growing reply may be cut so that each piece renders as it would in the whole.

A cut depends on the text before it alone, so a live stream, a replay and a headless run cut alike. When
in doubt there is no cut; the price is only a longer last block.
"""

from __future__ import annotations

import re

__all__ = ["BLOCK_SIZE", "BlockSplitter", "split_blocks"]

BLOCK_SIZE = 4000
"""Characters a block grows to before the next boundary freezes it."""

_FENCE = re.compile(r"( *)(`{3,}|~{3,})(.*)")
_LIST_ITEM = re.compile(r"\s*(?:[-+*]|\d{1,9}[.)])(?:\s|$)")
_LASTING_HTML = re.compile(r" {0,3}<(?:script|pre|style|textarea|!|\?)", re.IGNORECASE)
"""HTML that a blank line does not end (CommonMark's kinds 1 to 5)."""


def split_blocks(text: str) -> list[str]:
    """Return `text` cut into blocks; joined they are `text` again."""
    return BlockSplitter().split(text)


class BlockSplitter:
    """Cuts a growing text; each line is looked at once, however often the text has grown."""

    def __init__(self) -> None:
        self._cuts = [0]
        self._scanned = 0
        self._begin_block()

    def split(self, text: str) -> list[str]:
        """Return the blocks of `text`, which must begin with the text of the call before."""
        while (end := text.find("\n", self._scanned) + 1) > 0:
            self._scan(self._scanned, text[self._scanned : end])
            self._scanned = end
        ends = [*self._cuts[1:], len(text)]
        return [text[start:end] for start, end in zip(self._cuts, ends, strict=True)]

    def _begin_block(self) -> None:
        self._after_blank = False
        self._in_list = False
        self._in_math = False
        self._fence = ""
        self._fence_indent = 0
        self._unsure = False

    def _scan(self, start: int, line: str) -> None:
        blank = not line.strip()
        if not blank and self._is_boundary(line) and start - self._cuts[-1] >= BLOCK_SIZE:
            self._cuts.append(start)
            self._begin_block()
        self._follow(line.rstrip("\r\n"))
        self._after_blank = blank

    def _is_boundary(self, line: str) -> bool:
        inside = self._fence or self._in_math or self._unsure
        indented = line[0] in " \t"
        return self._after_blank and not (inside or indented or (self._in_list and _LIST_ITEM.match(line)))

    def _follow(self, line: str) -> None:
        """Note what `line` opens or closes."""
        if self._fence:
            self._follow_fence(line)
            return
        if self._in_list and self._after_blank and line[:1].strip() and not _LIST_ITEM.match(line):
            self._in_list = False
        fence = _FENCE.match(line)
        if fence and not (fence[2][0] == "`" and "`" in fence[3]) and (self._in_list or len(fence[1]) < 4):
            self._fence, self._fence_indent = fence[2], len(fence[1])
            return
        if line.count("$$") % 2:
            self._in_math = not self._in_math
        if _LIST_ITEM.match(line):
            self._in_list = True
            # A fence or HTML that begins on the item's own line is not followed any further.
            self._unsure = self._unsure or "```" in line or "~~~" in line
        if _LASTING_HTML.match(line):
            self._unsure = True

    def _follow_fence(self, line: str) -> None:
        fence = _FENCE.match(line)
        if fence and fence[2].startswith(self._fence) and not fence[3].strip():
            self._fence = ""
        elif self._in_list and self._fence_indent and line[:1].strip():
            # Text at the margin ends the list item and its fence, or it is code after all.
            self._unsure = True
