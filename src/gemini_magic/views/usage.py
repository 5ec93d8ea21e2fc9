"""The usage line: what a reply took, as Markdown, plain text and metadata.

Names and notes come from the service or the user and are not trusted: characters that could be markup are
taken out, and in Markdown the model's name stands in a code span.
"""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from gemini_magic.secret import scrub

if TYPE_CHECKING:
    from gemini_magic.reply import Reply

__all__ = ["format_usd", "usage_line", "usage_metadata"]


def usage_line(reply: Reply, *, markdown: bool) -> str:
    """Return one line about the reply: who answers, and when it has ended, what it took."""
    model = f"`{_name(reply.model)}`" if markdown else _name(reply.model)
    if reply.state == "streaming":
        return f"{model}{' (offline emulator)' if reply.offline else ''} · {_doing(reply)}"
    facts = [model, *_notes(reply)]
    if reply.parts or reply.state != "failed":
        facts += [*_tokens(reply), *_money(reply), *_times(reply), *_place(reply)]
    return " · ".join(facts)


def usage_metadata(reply: Reply) -> dict[str, Any]:
    """Return the same for programs, for an output's metadata; what is unknown is None.

    Keys: `model`, `finish_reason`, `chat`, `turn`, `usage` (tokens), `cost_usd` (US dollars),
    `latency` (seconds).
    """
    usage = reply.usage
    return {
        "model": scrub(reply.model),
        "finish_reason": reply.finish_reason,
        "chat": reply.chat,
        "turn": reply.turn,
        "usage": {
            "prompt": usage.prompt,
            "cached": usage.cached,
            "tool_use": usage.tool_use,
            "thoughts": usage.thoughts,
            "output": usage.output,
            "total": usage.total,
        },
        "cost_usd": reply.cost and reply.cost.usd,
        "latency": {"first_token_s": reply.latency.first_token_s, "total_s": reply.latency.total_s},
    }


def format_usd(usd: float) -> str:
    """Return an amount with two significant digits, cents at the least: $0.000041, $0.0012, $1.20."""
    amount = Decimal(repr(usd))
    digits = max(2, 1 - amount.adjusted()) if amount else 2
    return f"${amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):f}"


def _doing(reply: Reply) -> str:
    again = reply.retrying
    if again is None:
        return "streaming…"
    return (
        f"{_plain(again.what)}; trying again in {math.ceil(again.wait_s)} s, {again.number} of {again.tries}"
    )


def _notes(reply: Reply) -> list[str]:
    notes = [_plain(note) for note in reply.notes]
    if notes and reply.finish_reason not in {None, "STOP"}:
        notes[0] += f" ({_name(str(reply.finish_reason))})"
    return notes


def _tokens(reply: Reply) -> list[str]:
    usage = reply.usage
    if not usage:
        return ["tokens unknown"]
    sent = None if usage.prompt is None else usage.prompt + (usage.tool_use or 0)
    cached = f" ({usage.cached:,} of them cached)" if usage.cached else ""
    thoughts = f" ({usage.thoughts:,} of them thinking)" if usage.thoughts else ""
    return [f"{_count(sent)} tokens in{cached}", f"{_count(usage.generated)} out{thoughts}"]


def _money(reply: Reply) -> list[str]:
    if reply.offline:
        return ["offline, no cost"]
    if reply.cost is None:
        return ["cost unknown"] if reply.usage else []
    return [f"est. {format_usd(reply.cost.usd)}"]


def _times(reply: Reply) -> list[str]:
    latency = reply.latency
    named = (("first token", latency.first_token_s), ("total", latency.total_s))
    return [f"{name} {_seconds(value)}" for name, value in named if value is not None]


def _place(reply: Reply) -> list[str]:
    return [f"chat {reply.chat}, turn {reply.turn}"] if reply.chat else ["outside any chat"]


def _count(tokens: int | None) -> str:
    return "?" if tokens is None else f"{tokens:,}"


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value < 10 else f"{value:.1f} s"


def _name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._/@:-]", "?", scrub(text))[:80]


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9 .,:;()'_/-]", "", scrub(text))[:200]
