"""What IPython before version 8.6 does differently: needed as long as Colab has IPython 7."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from IPython.core import completer as completion

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.completer import CompletionContext, IPCompleter, SimpleMatcherResult

__all__ = ["as_completion", "as_matcher", "matchers_of"]


def as_completion(text: str) -> Any:
    """Return a completion as this IPython wants it."""
    make = getattr(completion, "SimpleCompletion", SimpleNamespace)
    return make(text=text, type="param")


def as_matcher(
    complete: Callable[[CompletionContext], SimpleMatcherResult], completer: IPCompleter
) -> Callable[..., Any]:
    """Return a matcher of the kind that this IPython takes.

    Before 8.6, a matcher of magics gets the whole line, and returns texts that replace the token before the
    cursor. It knows the cursor's line only.
    """
    if hasattr(completion, "context_matcher"):
        matcher: Callable[..., Any] = completion.context_matcher(identifier="gemini_magic")(complete)
        return matcher

    def match(_line: str) -> list[str]:
        line = completer.text_until_cursor
        token = completer.splitter.split_line(line)  # type: ignore[no-untyped-call]
        context: Any = SimpleNamespace(text_until_cursor=line, full_text=line, cursor_line=0, token=token)
        result: Any = complete(context)
        kept = token.removesuffix(result.get("matched_fragment", ""))
        return [kept + one.text for one in result["completions"]]

    return match


def matchers_of(completer: IPCompleter) -> list[Any]:
    """Return the completer's list for such matchers.

    Before 8.6, only those of magics keep the names of Python out of the result.
    """
    is_older = not hasattr(completion, "context_matcher")
    matchers: list[Any] = completer.magic_arg_matchers if is_older else completer.custom_matchers
    return matchers
