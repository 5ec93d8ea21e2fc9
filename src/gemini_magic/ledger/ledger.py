"""The ledger: every request of a kernel, with what it took. No I/O; None means unknown, never 0."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from gemini_magic.replies.costs.budget import Budget
from gemini_magic.replies.usage import Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from gemini_magic.replies.costs.try_log import Try
    from gemini_magic.replies.reply import Reply
    from gemini_magic.replies.reply_end import State
    from gemini_magic.requests.request import Request
    from gemini_magic.runtime.origin import Origin

__all__ = ["Entry", "Ledger", "Totals"]

_Key = TypeVar("_Key")


@dataclass(frozen=True)
class Entry:
    """One request that was sent; a prompt that was tried three times makes three entries.

    Attributes
    ----------
    time
        When it was sent (UTC).
    chat, turn
        Name of the chat and number of the turn; None outside any chat.
    cell
        Id of the cell; None if the front end does not tell it.
    model_asked, model_served
        The model asked, and the one that answered; None if none did.
    prompt, reply
        The text of the last content sent, and the visible text received.
    prompt_chars, reply_chars
        Their lengths in characters.
    usage
        Tokens of this request alone, as last reported.
    is_partial
        Whether more tokens may have been used than reported, because the reply did not end by itself.
    cost_usd
        Estimated, in US dollars; 0 for a request that was refused, None if unknown.
    first_token_s, total_s
        Seconds from sending to the first token, and to the end.
    tokens_per_s
        Tokens generated, thinking included, for each second of the request.
    finish_reason
        The service's word for the end.
    state
        `complete`, `stopped` or `failed`.
    error
        Name of the error class it failed with.
    offline
        Whether the emulator answered; then times and cost are None.
    replayed
        Whether a cassette answered; then the figures are the recorded ones, and nothing was paid now.
    """

    time: datetime
    chat: str | None
    turn: int | None
    cell: str | None
    model_asked: str
    model_served: str | None
    prompt_chars: int
    reply_chars: int
    usage: Usage
    is_partial: bool
    cost_usd: float | None
    first_token_s: float | None
    total_s: float | None
    tokens_per_s: float | None
    finish_reason: str | None
    state: State
    error: str | None
    offline: bool
    replayed: bool
    prompt: str
    reply: str

    @property
    def model(self) -> str:
        """The model that answered, or the one asked if none did."""
        return self.model_served or self.model_asked

    def as_row(self) -> dict[str, Any]:
        """Return the entry as one flat row: token counts are columns called `tokens_…`."""
        row = {name: value for name, value in asdict(self).items() if name != "usage"}
        counts = {f"tokens_{name}": value for name, value in asdict(self.usage).items()}
        texts = {name: row.pop(name) for name in ("prompt", "reply")}
        return row | counts | texts


@dataclass(frozen=True)
class Totals:
    """What several requests took.

    Attributes
    ----------
    requests, failed
        How many there were, and how many of them failed.
    usage
        The sum of their tokens.
    cost_usd
        The sum of the known costs; None if none is known.
    unpriced
        Requests whose cost is unknown.
    """

    requests: int
    failed: int
    usage: Usage
    cost_usd: float | None
    unpriced: int


class Ledger:
    """Every request of a kernel, oldest first.

    Attributes
    ----------
    entries : list of Entry
        One for each request.
    """

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def record(self, request: Request, reply: Reply, origin: Origin) -> None:
        """Add an entry for each try of a reply that has ended."""
        self.entries += [_make_entry(one, request, reply, origin) for one in reply.tries]

    def reset(self) -> None:
        """Forget all entries; the budget starts again, too."""
        self.entries = []

    @property
    def spent_usd(self) -> float:
        """The sum of the known costs."""
        return sum(entry.cost_usd for entry in self.entries if entry.cost_usd is not None)

    @property
    def totals(self) -> Totals:
        """What all requests took."""
        return _add_up(self.entries)

    @property
    def by_model(self) -> dict[str, Totals]:
        """What the requests took, by the model that answered (the one asked, if none did)."""
        return self._group(lambda entry: entry.model)

    @property
    def by_chat(self) -> dict[str | None, Totals]:
        """What the requests took, by chat; None is outside any chat."""
        return self._group(lambda entry: entry.chat)

    def budget(self, limit_usd: float | None, *, is_waived: bool = False) -> Budget | None:
        """Return the budget as it is now; None without a limit."""
        if not limit_usd:
            return None
        return Budget(limit_usd, self.spent_usd, self.totals.unpriced, is_waived=is_waived)

    def _group(self, key_of: Callable[[Entry], _Key]) -> dict[_Key, Totals]:
        groups: dict[_Key, list[Entry]] = {}
        for entry in self.entries:
            groups.setdefault(key_of(entry), []).append(entry)
        return {key: _add_up(entries) for key, entries in groups.items()}


def _make_entry(one: Try, request: Request, reply: Reply, origin: Origin) -> Entry:
    prompt = "".join(part.text or "" for part in request.asked.parts or [])
    return Entry(
        time=one.time,
        chat=reply.chat,
        turn=reply.turn,
        cell=origin.cell,
        model_asked=request.model,
        model_served=one.model,
        prompt_chars=len(prompt),
        reply_chars=len(one.text),
        usage=one.usage,
        is_partial=one.is_partial,
        cost_usd=None if one.cost is None else one.cost.usd,
        first_token_s=one.latency.first_token_s,
        total_s=one.latency.total_s,
        tokens_per_s=one.tokens_per_s,
        finish_reason=one.finish_reason,
        state=one.state,
        error=one.error,
        offline=reply.offline,
        replayed=one.is_replayed,
        prompt=prompt,
        reply=one.text,
    )


def _add_up(entries: Iterable[Entry]) -> Totals:
    entries = list(entries)
    costs = [entry.cost_usd for entry in entries if entry.cost_usd is not None]
    return Totals(
        requests=len(entries),
        failed=sum(entry.state == "failed" for entry in entries),
        usage=sum((entry.usage for entry in entries), Usage()),
        cost_usd=sum(costs) if costs else None,
        unpriced=sum(entry.cost_usd is None and not entry.offline for entry in entries),
    )
