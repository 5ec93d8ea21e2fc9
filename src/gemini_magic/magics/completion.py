"""Tab completion of flags and their values on the lines of our magics."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gemini_magic.models import KNOWN_MODELS, THINKING_LEVELS
from gemini_magic.options.cassette_options import CASSETTE_FLAGS
from gemini_magic.options.cell_options import FLAGS, VIEWS, find_place
from gemini_magic.options.ledger_options import LEDGER_FLAGS
from gemini_magic.runtime.older_ipython import as_completion, as_matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from IPython.core.completer import CompletionContext, IPCompleter, SimpleMatcherResult

__all__ = ["make_matcher"]

_LINE = re.compile(r"\s*%%?gemini(?:_magic)?\s+(.*)", re.DOTALL)
_BODY = re.compile(r"\s*%%gemini(?:_magic)?\b.*\n", re.DOTALL)
_OTHERS = {**LEDGER_FLAGS, "gemini_cassette": CASSETTE_FLAGS}
_OTHER = re.compile(rf"\s*%({'|'.join(_OTHERS)})\s+(?:.*\s)?(-\S*|)")
_VALUES = {
    "--model": KNOWN_MODELS,
    "--thinking": THINKING_LEVELS,
    "--view": VIEWS,
}


def make_matcher(
    completer: IPCompleter, chats: Callable[[], Iterable[str]], variables: Callable[[], Iterable[str]]
) -> Callable[..., Any]:
    """Return a matcher for `completer`.

    Parameters
    ----------
    completer
        Decides of what kind it is.
    chats
        Returns the names of all chats.
    variables
        Returns the names of the notebook's text variables, for `-s $name`.
    """

    def values_of(flag: str) -> Iterable[str]:
        if flag == "--chat":
            return chats()
        if flag == "--system":
            return [f"${name}" for name in variables()]
        return _VALUES.get(flag, ())

    def complete_gemini(context: CompletionContext) -> SimpleMatcherResult:
        other = _OTHER.fullmatch(context.text_until_cursor)
        if other is not None:
            return _result(_OTHERS[other.group(1)], other.group(2), context.token)
        line = _LINE.fullmatch(context.text_until_cursor)
        above = "".join(f"{text}\n" for text in context.full_text.split("\n")[: context.cursor_line])
        if line is None or _BODY.match(above):
            return {"completions": []}
        flag, word = find_place(line.group(1))
        if flag is None:
            return {"completions": []}
        return _result(values_of(flag) if flag else FLAGS, word, context.token)

    return as_matcher(complete_gemini, completer)


def _result(choices: Iterable[str], word: str, token: str) -> SimpleMatcherResult:
    # The front end replaces the matched fragment, which has to be a suffix of IPython's own token.
    fragment = word if token.endswith(word) else token
    kept = len(word) - len(fragment)
    found = [as_completion(choice[kept:]) for choice in choices if choice.startswith(word)]
    return {"completions": found, "matched_fragment": fragment, "suppress": True, "ordered": True}
