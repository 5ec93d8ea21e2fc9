r"""Math in model text: rules for markdown-it, and which math a front end may typeset.

Read as math: `$…$` and `\(…\)` in a line of text; `$$…$$`, `\[…\]` and `\begin{…}…\end{…}` displayed. Two
prices are no math: no space follows an opening dollar, none precedes a closing one, no digit comes after it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline

__all__ = ["UNSAFE_LATEX", "add_math_rules", "delimit"]

UNSAFE_LATEX = re.compile(
    r"\\(?:href|url|require|style|class|cssId|html\w*|data|bbox|mmlToken|csname|unicode|setOptions|special"
    r"|def|gdef|edef|xdef|let|(?:re)?newcommand|providecommand|(?:re)?newenvironment|DeclareMathOperator"
    r"|DeclarePairedDelimiter\w*|Newextarrow|definecolor|mathtoolsset|(?:re)?newtagform|usetagform"
    r"|includegraphics|input|texttip|mathtip|toggle)"
    r"(?![A-Za-z])"
)
"""Macros that make MathJax write links, styles, classes or attributes, load more of it, or define macros."""

_INLINE = re.compile(
    r"\$\$(?P<double>(?:[^$\\]|\\.)+)\$\$"
    r"|(?<!\d)\$(?![\s$])(?P<single>(?:[^$\\]|\\.)*?[^\s$\\]|(?:[^$\\]|\\.)*?\\.)\$(?![\d$])"
    r"|\\\((?P<round>(?:[^\\]|\\[^()])+?)\\\)"
    r"|\\\[(?P<square>(?:[^\\]|\\[^\[\]])+?)\\\]"
    r"|(?P<env>\\begin\{(?P<name>[a-z]{1,20}\*?)\}.*?\\end\{(?P=name)\})",
    re.DOTALL,
)

_DISPLAY = {"double", "square", "env"}
_CLOSERS = {"$$": "$$", "\\[": "\\]"}
_LONGEST = 4000
"""Math of more characters is not looked for, so that the search for an end stays short."""


def add_math_rules(parser: MarkdownIt) -> None:
    """Make `parser` read math.

    Its tokens are `math_inline` and `math_block`; `markup` is "display" for what stands on lines of its own,
    `info` is the math as it was written, with its delimiters.
    """
    parser.inline.ruler.before("escape", "math_inline", _parse_inline)
    parser.block.ruler.before(
        "fence", "math_block", _parse_block, {"alt": ["paragraph", "blockquote", "list"]}
    )


def delimit(source: str, *, display: bool) -> str | None:
    """Return `source` between delimiters that MathJax knows; None where it must not be typeset."""
    if UNSAFE_LATEX.search(source) or re.search(r"\\[()\[\]]|\$", source.replace("\\\\", "")):
        return None
    return f"\\[{source}\\]" if display else f"\\({source}\\)"


def _parse_inline(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] not in "$\\":
        return False
    found = _INLINE.match(state.src, state.pos, min(state.posMax, state.pos + _LONGEST))
    if found is None:
        return False
    kind = "env" if found["env"] else str(found.lastgroup)
    if not silent:
        token = state.push("math_inline", "math", 0)
        token.content, token.info = found[kind], found[0]
        token.markup = "display" if kind in _DISPLAY else ""
    state.pos = found.end()
    return True


def _parse_block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a display that begins a line and ends one, without a blank line in between."""
    first = _line(state, start)
    closer = _CLOSERS.get(first[:2])
    if closer is None or state.sCount[start] - state.blkIndent >= 4:
        return False
    lines = [first[2:]]
    number = start
    while not lines[-1].rstrip().endswith(closer):
        number += 1
        if number >= end or state.isEmpty(number) or state.sCount[number] < state.blkIndent:
            return False
        lines.append(_line(state, number))
    written = "\n".join([first, *lines[1:]]).rstrip()
    source = written[2 : -len(closer)]
    if not source.strip() or closer in source:
        return False
    if not silent:
        token = state.push("math_block", "math", 0)
        token.block, token.content, token.info, token.markup = True, source, written, "display"
        token.map = [start, number + 1]
        state.line = number + 1
    return True


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]
