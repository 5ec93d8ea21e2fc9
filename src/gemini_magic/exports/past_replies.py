"""Replies made again from the turns of a chat, for exports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gemini_magic.replies.decoding import decode_part
from gemini_magic.replies.events import Ended, Failed, Finished, Noticed, Replayed, Served, UsageReport
from gemini_magic.replies.reply import Reply
from gemini_magic.replies.terms import Terms
from gemini_magic.text.block_splitter import is_blank, split_blocks
from gemini_magic.text.normalize import normalize

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gemini_magic.chats.chat import Chat
    from gemini_magic.chats.turns import Turn
    from gemini_magic.replies.events import Event
    from gemini_magic.text.normalize import NormalText
    from gemini_magic.text.rendering import References

__all__ = ["find_references", "plain_name", "rebuild_replies"]


def rebuild_replies(chat: Chat) -> Iterator[tuple[Turn, Reply]]:
    """Yield each turn of a chat with its reply; times and costs are not kept."""
    for number, turn in enumerate(chat.turns, 1):
        reply = Reply(turn.model, Terms(chat=chat.name, turn=number if chat.name else None))
        for event in _events_of(turn):
            reply.apply(event)
        yield turn, reply


def _events_of(turn: Turn) -> Iterator[Event]:
    """Yield the events that rebuild a turn's reply."""
    yield Replayed(usd=None, failures=(), waited_s=0.0)
    if turn.served is not None:
        yield Served(turn.served)
    if turn.note:
        yield Noticed(turn.note)
    yield from map(decode_part, turn.parts)
    yield UsageReport(turn.usage)
    if turn.finish_reason is not None:
        yield Finished(turn.finish_reason)
    if turn.state == "failed":
        # A failed turn is kept only if its reply had begun.
        yield Failed("StreamBroken")
    else:
        yield Ended("stopped" if turn.state == "stopped" else "complete", None)


def find_references(text: str) -> tuple[list[NormalText], References]:
    """Return the blocks of a reply's text, and the link definitions in all of them."""
    blocks = [block for block in split_blocks(normalize(text)) if not is_blank(block)]
    references: References = {}
    for block in blocks:
        if "]:" in block:
            from gemini_magic.text.html.render import collect_references

            references = collect_references(block, references)
    return blocks, references


def plain_name(name: str) -> str:
    """Return the name of a model without anything that could be markup."""
    return re.sub(r"[^A-Za-z0-9._/@:-]", "?", name)[:80]
