"""Two repairs of what IPython would do to our lines before any magic sees them.

* `%gemini why is the sky blue?` would show the help of `blue`: a trailing question mark means help.
* `%%gemini` over an empty body raises IPython's UsageError, which sends no error message, so that a
  notebook test would pass over it. With one blank line the magic is reached and raises ours.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from IPython.core.inputtransformer2 import TokenTransformBase

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["install", "uninstall"]

_QUESTION = re.compile(r"(\s*)%(gemini(?:_magic)?)[ \t]+(\S.*\?)[ \t]*")
_BARE_CELL = re.compile(r"%%gemini(?:_magic)?(?:[ \t].*[^?\s])?\s*")


class Question(TokenTransformBase):
    """Transforms a `%gemini` line that ends in a question mark into a call of the magic."""

    priority = 4  # Before IPython's help syntax (5).

    @classmethod
    def find(cls, tokens_by_line: list[list[Any]]) -> Question | None:
        """Return a transformer for the first such line."""
        for tokens in tokens_by_line:
            start = next((t for t in tokens if t.string.strip()), None)
            if start is not None and start.string == "%" and _QUESTION.fullmatch(start.line.rstrip("\n")):
                return cls(start.start)
        return None

    def transform(self, lines: list[str]) -> list[str]:
        """Return the lines with that one replaced."""
        match = _QUESTION.fullmatch(lines[self.start_line].rstrip("\n"))
        if match is None:
            raise SyntaxError(lines[self.start_line])
        indent, name, rest = match.groups()
        call = f"{indent}get_ipython().run_line_magic({name!r}, {rest!r})\n"
        return [*lines[: self.start_line], call, *lines[self.start_line + 1 :]]


def give_body(lines: list[str]) -> list[str]:
    """Return the lines of a cell; a `%%gemini` without any body gets a blank line."""
    if len(lines) == 1 and _BARE_CELL.fullmatch(lines[0]):
        return [lines[0].rstrip("\n") + "\n", "\n"]
    return lines


def install(shell: InteractiveShell) -> None:
    """Add the repairs to a shell."""
    shell.input_transformer_manager.cleanup_transforms.append(give_body)
    shell.input_transformer_manager.token_transformers.append(Question)


def uninstall(shell: InteractiveShell) -> None:
    """Take the repairs away again."""
    shell.input_transformer_manager.cleanup_transforms.remove(give_body)
    shell.input_transformer_manager.token_transformers.remove(Question)
