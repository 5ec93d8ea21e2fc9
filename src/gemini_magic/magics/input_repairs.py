"""Repairs of what IPython does to our lines before a magic sees them.

* `%gemini why is the sky blue?` would show the help of `blue`: a trailing question mark means help.
* A comment or blank line above `%%gemini` would end in "Line magic function not found", which sends no
  error message. Such lines are dropped.
* `%%gemini` over an empty body raises IPython's UsageError. This sends no error message, so a notebook
  test would not notice it. With one blank line the magic is called and raises our error.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from IPython.core.inputtransformer2 import TokenTransformBase, find_end_of_continued_line

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["install", "uninstall"]

_QUESTION = re.compile(r"""(\s*(?:[^\W\d][\w.,:\[\]'" -]*=\s*)?)%(gemini(?:_magic)?)[ \t]+(\S.*\?)[ \t]*""")
_COMMENT = re.compile(r"\s*(?:#.*)?\s*")
_CELL = re.compile(r"(%%gemini(?:_magic)?)(?:[ \t]+(.*))?\s*")


class Question(TokenTransformBase):
    """Transforms a `%gemini` line that ends in a question mark into a call of the magic."""

    priority = 4  # Before IPython's help syntax (5).

    @classmethod
    def find(cls, tokens_by_line: list[list[Any]]) -> Question | None:
        """Return a transformer for the first such line."""
        for tokens in tokens_by_line:
            start = next((t for t in tokens if t.string.strip()), None)
            lines = "".join(dict.fromkeys(token.line for token in tokens))
            if start is not None and _QUESTION.fullmatch(_join_lines(lines)):
                return cls(start.start)
        return None

    def transform(self, lines: list[str]) -> list[str]:
        """Return the lines with the found one replaced."""
        end = find_end_of_continued_line(lines, self.start_line) + 1
        text = "".join(lines[self.start_line : end])
        match = _QUESTION.fullmatch(_join_lines(text))
        if match is None:
            raise SyntaxError(text)
        before, name, rest = match.groups()
        call = f"{before}get_ipython().run_line_magic({name!r}, {rest!r})\n"
        return [*lines[: self.start_line], call, *lines[end:]]


def _join_lines(text: str) -> str:
    """Return lines that backslashes continue as one line, without its line end."""
    return re.sub(r"\s*\\\r?\n\s*", " ", text).rstrip("\r\n")


def give_body(lines: list[str]) -> list[str]:
    """Return the lines of a cell; a `%%gemini` without a body gets a blank line, a tab becomes a space."""
    start = next((n for n, line in enumerate(lines) if not _COMMENT.fullmatch(line)), len(lines))
    cell = _CELL.fullmatch(lines[start]) if start < len(lines) else None
    if cell is None:
        return lines
    first = " ".join(word for word in cell.groups() if word) + "\n"
    return [first, *(lines[start + 1 :] or ["\n"])]


# Then IPython skips it when it asks whether a typed cell is complete: in a terminal the body follows.
give_body.has_side_effects = True  # type: ignore[attr-defined]


def install(shell: InteractiveShell) -> None:
    """Add the repairs to a shell."""
    shell.input_transformer_manager.cleanup_transforms.append(give_body)
    shell.input_transformer_manager.token_transformers.append(Question)


def uninstall(shell: InteractiveShell) -> None:
    """Remove the repairs."""
    shell.input_transformer_manager.cleanup_transforms.remove(give_body)
    shell.input_transformer_manager.token_transformers.remove(Question)
