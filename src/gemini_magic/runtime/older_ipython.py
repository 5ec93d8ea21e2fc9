"""What IPython before version 8.6 does differently: needed as long as Colab has IPython 7."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from IPython.core import completer as completion

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.completer import CompletionContext, IPCompleter, SimpleMatcherResult

__all__ = ["as_completion", "as_matcher"]


def as_completion(text: str) -> Any:
    """Return a completion as this IPython wants it."""
    make = getattr(completion, "SimpleCompletion", SimpleNamespace)
    return make(text=text, type="param")


def as_matcher(
    complete: Callable[[CompletionContext], SimpleMatcherResult], completer: IPCompleter
) -> Callable[..., Any]:
    """Return a matcher of the kind that this IPython takes.

    Before 8.6, a matcher gets the token before the cursor, and returns texts that replace it. It knows the
    cursor's line only.
    """
    if hasattr(completion, "context_matcher"):
        matcher: Callable[..., Any] = completion.context_matcher(identifier="gemini_magic")(complete)
        return matcher

    def match(token: str) -> list[str]:
        line = completer.text_until_cursor
        context: Any = SimpleNamespace(text_until_cursor=line, full_text=line, cursor_line=0, token=token)
        result: Any = complete(context)
        kept = token.removesuffix(result.get("matched_fragment", ""))
        return [kept + one.text for one in result["completions"]]

    return match
