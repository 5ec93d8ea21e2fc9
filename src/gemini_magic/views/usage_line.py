"""The usage line: what a reply took, as HTML, plain text and metadata.

Names and notes come from the service or the user and are not trusted: characters that could be markup are
removed, and the rest is escaped.
"""

from __future__ import annotations

import math
import re
from html import escape
from typing import TYPE_CHECKING, Any

from gemini_magic.options.chat_names import to_chat_name
from gemini_magic.replies.numbers import count
from gemini_magic.replies.reply_end import is_ordinary
from gemini_magic.replies.usage import format_usd
from gemini_magic.runtime.secret import scrub
from gemini_magic.text.printable import to_line
from gemini_magic.views.no_math import no_math

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gemini_magic.replies.reply import Reply

__all__ = [
    "describe_prompt",
    "live_bundle",
    "progress",
    "usage_bundle",
    "usage_line",
    "usage_metadata",
    "usage_name",
]

_MOST_NAMES = 6
"""Variables of a prompt that are named; a line is read at a glance."""


def usage_bundle(reply: Reply) -> dict[str, str]:
    """Return the usage line as a MIME bundle."""
    return _as_bundle(usage_line(reply))


def live_bundle(reply: Reply, seconds: int | None, how_to_stop: str) -> dict[str, str]:
    """Return the line of a reply that streams, where no bar says the same, as a MIME bundle.

    Parameters
    ----------
    reply
        The reply so far.
    seconds
        How long it has taken; None leaves out what changes all the time, the tokens, too.
    how_to_stop
        How the reader stops it.
    """
    # What changes comes last: the rest stays where it is, and a narrow page cuts the end.
    facts = [usage_name(reply), _doing(reply), how_to_stop]
    if seconds is not None and reply.retrying is None:
        facts += [f"{seconds} s", progress(reply)]
    return _as_bundle(" · ".join(filter(None, facts)))


def usage_line(reply: Reply) -> str:
    """Return one line about the reply: the model; after the end also tokens, cost and times.

    Of a reply that failed it says what its error does not: the error has a line of its own.
    """
    if reply.state == "streaming":
        return f"{usage_name(reply)} · {_doing(reply)}"
    facts = [_name(reply.model), *_notes(reply), *describe_prompt(reply.inserted, reply.prompt_notes)]
    is_kept = reply.is_usable or reply.state != "failed"
    if is_kept or reply.wire_parts or reply.usage:
        facts += [*_tokens(reply), *_money(reply), *_times(reply)]
    return " · ".join([*facts, *(_place(reply) if is_kept else [])])


def usage_metadata(reply: Reply) -> dict[str, Any]:
    """Return the figures of the line for an output's metadata; unknown ones are None.

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


def usage_name(reply: Reply) -> str:
    """Return the name of the model that answers."""
    name = _name(reply.model)
    return f"{name} (offline emulator)" if reply.offline and "offline" not in name else name


def progress(reply: Reply) -> str:
    """Return the progress of a reply that streams: that it is tried again, or the tokens so far."""
    if reply.retrying is not None:
        return _doing(reply)
    return " · ".join(_tokens(reply)) if reply.usage else ""


def describe_prompt(inserted: Sequence[str], notes: Sequence[str]) -> list[str]:
    """Return what the line says of a prompt: the variables in it, and notes on it."""
    names = [_own_name(name) for name in inserted[:_MOST_NAMES]]
    names += [f"{len(inserted) - _MOST_NAMES} more"] * (len(inserted) > _MOST_NAMES)
    facts = [f"with {', '.join(names)}"] if names else []
    return facts + [_own_name(note) for note in notes[:_MOST_NAMES]]


def _as_bundle(line: str) -> dict[str, str]:
    model, dot, rest = line.partition(" · ")
    html = f"<small{no_math(rest)}><code>{escape(model)}</code>{dot}{escape(rest)}</small>"
    return {"text/html": html, "text/plain": line}


def _doing(reply: Reply) -> str:
    again = reply.retrying
    if again is None:
        return "streaming…"
    return (
        f"{_plain(again.what)}; trying again in {math.ceil(again.wait_s)} s, {again.number} of {again.tries}"
    )


def _notes(reply: Reply) -> list[str]:
    notes = [_plain(note) for note in reply.notes]
    is_odd = reply.finish_reason is not None and not is_ordinary(reply.finish_reason)
    if notes and reply.state == "complete" and is_odd:
        notes[0] += f" ({_name(str(reply.finish_reason))})"
    return notes


def _tokens(reply: Reply) -> list[str]:
    usage = reply.usage
    if not usage:
        return ["tokens unknown"]
    cached = f" ({usage.cached:,} of them cached)" if usage.cached else ""
    thoughts = f" ({usage.thoughts:,} of them thinking)" if usage.thoughts else ""
    return [f"{_count(usage.sent)} tokens in{cached}", f"{_count(usage.generated)} out{thoughts}"]


def _money(reply: Reply) -> list[str]:
    if reply.offline:
        return ["offline, no cost"]
    if reply.cost is None:
        money = ["cost unknown"] if reply.usage else []
    else:
        money = [f"est. {format_usd(reply.cost.usd)}"]
    spending = reply.spending
    return [*money, str(spending)] if spending is not None and spending.is_low else money


def _times(reply: Reply) -> list[str]:
    latency = reply.latency
    named = (("first token", latency.first_token_s), ("total", latency.total_s))
    return [f"{name} {_seconds(value)}" for name, value in named if value is not None]


def _place(reply: Reply) -> list[str]:
    if not reply.chat:
        return ["outside any chat"]
    place = f"chat {to_chat_name(scrub(reply.chat))}, turn {reply.turn}" + (", again" if reply.again else "")
    if reply.set_aside:
        place += f"; {count(reply.set_aside, 'later turn')} set aside"
    if reply.left_out:
        place += f"; {count(reply.left_out, 'earlier turn')} left out"
    return [place]


def _count(tokens: int | None) -> str:
    return "?" if tokens is None else f"{tokens:,}"


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value < 10 else f"{value:.1f} s"


def _name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._/@:-]", "?", scrub(text))[:80]


def _own_name(text: str) -> str:
    """Return a text with names of variables, of any script, and with their items."""
    return re.sub(r"[^\w .,:;()'\"\[\]{}=!?…_/-]", "", to_line(scrub(text), 120))


def _plain(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9 .,:;()'_/-]", "", scrub(text))[:200]
