"""Tab completion of flags and their values on lines that begin with our magics."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher

from gemini_magic.models import KNOWN_MODELS, THINKING_LEVELS
from gemini_magic.options import FLAGS, VIEWS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from IPython.core.completer import SimpleMatcherResult

__all__ = ["make_matcher"]

_LINE = re.compile(r"\s*%%?gemini(?:_magic)?\s(.*)", re.DOTALL)

_VALUES = {
    "-m": KNOWN_MODELS,
    "--model": KNOWN_MODELS,
    "--thinking": THINKING_LEVELS,
    "--view": VIEWS,
}


def make_matcher(
    chats: Callable[[], Iterable[str]], variables: Callable[[], Iterable[str]]
) -> Callable[[CompletionContext], SimpleMatcherResult]:
    """Return an IPython matcher (API 2).

    Parameters
    ----------
    chats
        Names of the chats there are.
    variables
        Names of the notebook's text variables, for `-s $name`.
    """

    @context_matcher(identifier="gemini_magic")  # type: ignore[untyped-decorator]
    def complete_gemini(context: CompletionContext) -> SimpleMatcherResult:
        line = _LINE.fullmatch(context.text_until_cursor)
        if line is None or (context.cursor_line and not _is_line_magic(context)):
            return {"completions": []}
        before, word = re.fullmatch(r"(.*?)(\S*)", line.group(1), re.DOTALL).groups()  # type: ignore[union-attr]
        flag = before.split()[-1] if before.split() else ""
        if flag in {"-c", "--chat"}:
            choices: Iterable[str] = chats()
        elif flag in {"-s", "--system"}:
            choices = [f"${name}" for name in variables()]
        elif flag in _VALUES:
            choices = _VALUES[flag]
        else:
            choices = FLAGS if word.startswith("-") else ()
        return _result(choices, word, context.token)

    return cast("Callable[[CompletionContext], SimpleMatcherResult]", complete_gemini)


def _is_line_magic(context: CompletionContext) -> bool:
    """Whether the cursor's line is a magic by itself and not text in the body of a cell magic."""
    return not context.full_text.lstrip().startswith("%%")


def _result(choices: Iterable[str], word: str, token: str) -> SimpleMatcherResult:
    # The front end replaces the matched fragment, which has to be a suffix of IPython's own token.
    fragment = word if token.endswith(word) else token
    kept = len(word) - len(fragment)
    found = [SimpleCompletion(text=choice[kept:]) for choice in choices if choice.startswith(word)]
    return {"completions": found, "matched_fragment": fragment, "suppress": bool(found), "ordered": True}
