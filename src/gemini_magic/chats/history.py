"""What of a chat is sent along: whole turns, the latest first to stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemini_magic.chats.turns import Turn
    from gemini_magic.options.settings import Settings

__all__ = ["History", "make_history"]


@dataclass(frozen=True)
class History:
    """The earlier turns of a request.

    Attributes
    ----------
    contents
        As JSON, in the API's format, oldest first.
    left_out
        Turns that were left out, because of `max_turns` or `max_history_tokens`.
    """

    contents: tuple[str, ...] = ()
    left_out: int = 0


def make_history(turns: Sequence[Turn], model: str, settings: Settings) -> History:
    """Return what is sent of `turns` to `model`, within the limits of the settings."""
    answered = [turn for turn in turns if turn.is_answered]
    sent: list[Turn] = []
    tokens = 0
    for turn in reversed(answered):
        tokens += turn.tokens
        if settings.max_turns is not None and len(sent) >= settings.max_turns:
            break
        if settings.max_history_tokens is not None and tokens > settings.max_history_tokens:
            break
        sent.append(turn)
    contents = [content for turn in reversed(sent) for content in turn.wire(model)]
    return History(tuple(contents), len(answered) - len(sent))
