"""The history of a request: whole turns of the chat, the latest ones within the limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemini_magic.requests.request import History

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemini_magic.chats.turns import Turn
    from gemini_magic.options.settings import Settings

__all__ = ["make_history"]


def make_history(
    turns: Sequence[Turn], model: str, settings: Settings, *, resumed: Turn | None = None
) -> History:
    """Return the latest of `turns`, within the limits of the settings, as contents for `model`.

    Parameters
    ----------
    turns, model, settings
        The chat, the model to ask, and the limits.
    resumed
        A turn after these that is to be continued: it is sent whatever the limits say.
    """
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
    sent[:0] = [resumed] if resumed is not None else []
    contents = [content for turn in reversed(sent) for content in turn.wire(model)]
    return History(tuple(contents), len(answered) + (resumed is not None) - len(sent))
