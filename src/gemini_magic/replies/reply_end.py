"""How replies end, in plain sentences, and which ends are errors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, Protocol

from gemini_magic.errors import EmptyReply, GeminiError, PromptBlocked, StreamBroken
from gemini_magic.replies.numbers import count

if TYPE_CHECKING:
    from gemini_magic.replies.usage import Usage

__all__ = ["State", "describe_state", "describe_unread", "explain_end", "find_fault", "is_ordinary"]

State = Literal["streaming", "complete", "stopped", "failed"]
"""States of a reply: growing, complete, stopped by the user, ended by an error."""

_HALF = "the reply stopped short of its end; the text is kept"
_NO_TEXT = "the reply broke off before any text; run the cell again"

_ORDINARY = re.compile(r"STOP|(?:TOOL|FUNCTION)_?CALLS?", re.IGNORECASE)
"""The API says STOP also after a tool call; gateways have a word of their own for it."""

_SENTENCES = {
    "MAX_TOKENS": "cut off at the limit of output tokens",
    "SAFETY": "stopped by the safety filter of the service",
    "RECITATION": "stopped because it recited existing text",
    "LANGUAGE": "stopped over an unsupported language",
    "BLOCKLIST": "stopped over a word on a blocklist of the service",
    "PROHIBITED_CONTENT": "stopped over prohibited content",
    "SPII": "stopped over personal data",
    "MALFORMED_FUNCTION_CALL": "the model wrote a tool call that cannot be read",
    "UNEXPECTED_TOOL_CALL": "the model called a tool that it was not given",
    "TOO_MANY_TOOL_CALLS": "stopped after too many tool calls",
    "MISSING_THOUGHT_SIGNATURE": "the history lacks a thought signature",
    "MALFORMED_RESPONSE": "the model wrote something that cannot be read",
    "IMAGE_SAFETY": "the image was stopped by the safety filter of the service",
    "NO_IMAGE": "no image was made",
    "OTHER": "stopped for a reason the service does not name",
}


class Ending(Protocol):
    """The attributes of a reply that this module reads."""

    state: State
    finish_reason: str | None
    block_reason: str | None
    block_details: str
    error: str | None
    usage: Usage

    @property
    def is_usable(self) -> bool:
        """Whether anything but thoughts has arrived."""


def is_ordinary(reason: str | None) -> bool:
    """Return whether the model ended by itself: it was done, or calls a tool."""
    return reason is not None and _ORDINARY.fullmatch(reason) is not None


def explain_end(reply: Ending) -> str:
    """Return one sentence on how the reply ended; empty for an ordinary end.

    The service's own word is in `Reply.finish_reason`.
    """
    reason = reply.finish_reason
    if reply.block_reason is not None:
        return "the prompt was blocked"
    if reason is None:
        return "incomplete"
    if is_ordinary(reason):
        return "" if reply.is_usable else "an empty reply"
    sentence = _SENTENCES.get(reason, "ended early")
    if reason == "MAX_TOKENS" and not reply.is_usable and reply.usage.thoughts:
        sentence += ", all of it spent on thinking"
    return sentence


def describe_state(reply: Ending) -> str:
    """Return one clause on the reply's state; empty while it streams and for an ordinary end.

    What an error says is left to its own line: here is only that the text that came is not all of it.
    """
    match reply.state:
        case "streaming":
            return ""
        case "complete":
            return explain_end(reply)
        case "stopped":
            return "stopped"
    return "interrupted" if reply.is_usable else ""


def describe_unread(fields: int) -> str:
    """Return one clause on the fields of a reply that could not be read; empty if all could be."""
    return f"{count(fields, 'field')} could not be read" if fields else ""


def find_fault(reply: Ending) -> GeminiError | None:
    """Return the error of a reply that has ended but is unusable or incomplete; None for any other."""
    if reply.state != "complete":
        return None
    if reply.block_reason is not None:
        ratings = f" ({reply.block_details})" if reply.block_details else ""
        return PromptBlocked(
            f"the service blocked this prompt: {reply.block_reason}{ratings}; rephrase it", 200
        )
    if reply.finish_reason is None:
        return StreamBroken(_HALF if reply.is_usable else _NO_TEXT)
    if reply.is_usable:
        return None
    return EmptyReply(f"{explain_end(reply)} ({reply.finish_reason}): {_advise(reply)}")


def _advise(reply: Ending) -> str:
    if reply.finish_reason == "MAX_TOKENS":
        return "raise --max-tokens, or lower --thinking"
    return "nothing came that could be shown; run the cell again or rephrase the prompt"
