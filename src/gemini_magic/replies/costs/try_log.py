"""Tries: every sending of a request, with its own tokens, times and text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from gemini_magic.replies.costs.prices import REFUSED
from gemini_magic.replies.costs.request_cost import RequestCost
from gemini_magic.replies.events import Noticed, Replayed, Sent, TryFailed
from gemini_magic.replies.parts import visible_text
from gemini_magic.replies.usage import Cost, Latency, Usage

if TYPE_CHECKING:
    from datetime import datetime

    from gemini_magic.replies.costs.prices import Prices
    from gemini_magic.replies.events import Event
    from gemini_magic.replies.parts import WirePart
    from gemini_magic.replies.reply_end import State

__all__ = ["Try", "TryLog"]


@dataclass(frozen=True)
class Try:
    """One sending of a request, after it has ended.

    Attributes
    ----------
    time
        When it was sent (UTC).
    model
        The model that answered; None if none did.
    state
        `complete`, `stopped` or `failed`.
    text
        The visible text received.
    usage
        Tokens of this try alone, as last reported.
    cost
        Estimated; 0 for a request that was refused, None if unknown.
    latency
        Seconds since this try was sent.
    finish_reason
        The service's word for the end.
    error
        Name of the error class it failed with.
    is_partial
        Whether more tokens may have been used than reported, because the reply did not end by itself.
    is_replayed
        Whether it came from a cassette; then the figures are the recorded ones, and nothing was paid now.
    note
        What a cassette says of the reply, for example `sample reply`; empty for most.
    """

    time: datetime
    model: str | None
    state: State
    text: str
    usage: Usage
    cost: Cost | None
    latency: Latency
    finish_reason: str | None = None
    error: str | None = None
    is_partial: bool = False
    is_replayed: bool = False
    note: str = ""

    @property
    def tokens_per_s(self) -> float | None:
        """Tokens generated, thinking included, for each second; None where either is unknown."""
        generated, total_s = self.usage.generated, self.latency.total_s
        return None if generated is None or not total_s else generated / total_s


class Growing(Protocol):
    """The attributes of a reply that this module reads."""

    state: State
    latency: Latency
    finish_reason: str | None
    block_reason: str | None
    error: str | None
    offline: bool

    @property
    def own_parts(self) -> list[WirePart]:
        """The parts that this request has brought."""


class TryLog:
    """Keeps the tries of a reply.

    Parameters
    ----------
    model
        The model asked.
    prices
        Own prices; they override the list prices.
    """

    def __init__(self, model: str, prices: Prices | None) -> None:
        self._model = model
        self._prices = prices
        self._request = RequestCost(model, prices)
        self._sent: Sent | None = None
        self._ended: list[Try] = []
        self._replayed: Replayed | None = None
        self._note = ""

    def apply(self, event: Event, reply: Growing) -> None:
        """Follow one event of the reply."""
        match event:
            case Sent():
                self._sent, self._replayed, self._note = event, None, ""
                self._request = RequestCost(self._model, self._prices)
            case Replayed():
                self._replay(event)
            case Noticed(note, True):
                self._note = note
            case TryFailed():
                # Now, before the reply drops what the try has brought.
                self._fail(event, reply)
            case _:
                self._request.apply(event)

    @property
    def usage(self) -> Usage:
        """Tokens of the present try, as last reported."""
        return self._request.usage

    def cost(self, reply: Growing) -> Cost | None:
        """Return the cost of the present try, as recorded or as estimated now; None if unknown."""
        if self._replayed is not None:
            return None if self._replayed.usd is None else Cost(self._replayed.usd)
        return None if reply.offline else self._request.cost

    def _replay(self, replayed: Replayed) -> None:
        """Take the present try from a cassette, with the failed tries that were recorded before it."""
        self._replayed = replayed
        if self._sent is not None:
            self._ended += [_make_failed(self._sent, failure) for failure in replayed.failures]
            self._sent = replace(self._sent, after_s=replayed.waited_s)

    def _fail(self, failure: TryFailed, reply: Growing) -> None:
        if self._sent is not None:
            made = self._make(self._sent, failure.total_s, reply)
            is_free = failure.is_refused and not (made.usage or reply.own_parts or reply.offline)
            cost = REFUSED if is_free else made.cost
            self._ended.append(replace(made, state="failed", error=failure.error, cost=cost))
            self._sent = None

    def tries(self, reply: Growing) -> tuple[Try, ...]:
        """Return the failed tries, and the present one."""
        if self._sent is None:
            return tuple(self._ended)
        total_s = _since(self._sent, reply.latency.total_s)
        return (*self._ended, self._make(self._sent, total_s, reply))

    def _make(self, sent: Sent, total_s: float | None, reply: Growing) -> Try:
        first_token_s, first_text_s = (
            _since(sent, after_s) for after_s in (reply.latency.first_token_s, reply.latency.first_text_s)
        )
        has_ended = reply.finish_reason is not None or reply.block_reason is not None
        has_begun = bool(self.usage or reply.own_parts or reply.state == "stopped")
        return Try(
            time=sent.time,
            model=self._request.served,
            state=reply.state,
            text=visible_text(reply.own_parts),
            usage=self.usage,
            cost=self.cost(reply),
            latency=Latency(first_token_s, first_text_s, total_s),
            finish_reason=reply.finish_reason,
            error=reply.error,
            is_partial=has_begun and not has_ended,
            is_replayed=self._replayed is not None,
            note=self._note,
        )


def _make_failed(sent: Sent, failure: TryFailed) -> Try:
    """Return a failed try that a cassette has recorded."""
    return Try(
        time=sent.time,
        model=None,
        state="failed",
        text="",
        usage=Usage(),
        cost=REFUSED if failure.is_refused else None,
        latency=Latency(total_s=failure.total_s),
        error=failure.error,
        is_replayed=True,
    )


def _since(sent: Sent, after_s: float | None) -> float | None:
    """Return seconds since this try was sent; `after_s` counts from the first try."""
    return None if after_s is None else after_s - sent.after_s
