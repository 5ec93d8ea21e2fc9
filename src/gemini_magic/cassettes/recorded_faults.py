"""Recordings of what failed: mode `auto` asks again, `check` names them, `prune` drops what may pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemini_magic.errors import EmptyReply, StreamBroken
from gemini_magic.replies.decoding import decode
from gemini_magic.replies.events import Ended
from gemini_magic.replies.reply import Reply
from gemini_magic.replies.reply_end import find_fault

if TYPE_CHECKING:
    from gemini_magic.cassettes.recordings import Recording

__all__ = ["has_passing_fault", "is_final"]

_VERBS = {"generateContent", "streamGenerateContent"}


def is_final(recording: Recording) -> bool:
    """Return whether mode `auto` stays with a recording: no error status, not stopped, a whole reply."""
    end = recording.end
    if end.status >= 300 or end.stopped:
        return False
    return recording.call.verb not in _VERBS or find_fault(_rebuild(recording)) is None


def has_passing_fault(recording: Recording) -> bool:
    """Return whether a reply broke off, or was empty for no reason: asked again, it may be whole."""
    end = recording.end
    if recording.call.verb not in _VERBS or end.status != 200 or end.stopped:
        return False
    reply = _rebuild(recording)
    fault = find_fault(reply)
    is_empty = isinstance(fault, EmptyReply) and reply.finish_reason == "STOP"
    return is_empty or isinstance(fault, StreamBroken)


def _rebuild(recording: Recording) -> Reply:
    reply = Reply(recording.call.model)
    for _, kind, value in recording.events:
        if kind == "event" and isinstance(value, dict):
            for event in decode(value):
                reply.apply(event)
    reply.apply(Ended("complete", None))
    return reply
