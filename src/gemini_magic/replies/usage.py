"""What a reply took: tokens, time and money. Values only; None means unknown, never 0."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Cost", "Latency", "Usage", "add_costs", "format_usd"]


@dataclass(frozen=True)
class Usage:
    """Token counts of one request or the sum of several.

    Attributes
    ----------
    prompt
        Tokens sent, cached ones included.
    cached
        Tokens of `prompt` that came from the service's cache.
    tool_use
        Tokens that server-side tools put into the prompt.
    thoughts
        Tokens spent on thinking; billed as output.
    output
        Tokens of the visible reply.
    total
        The service's own total: prompt + tool_use + thoughts + output.
    audio, cached_audio
        Audio tokens in `prompt` and in `cached`; some models have separate prices for them.
    image_output
        Image tokens in `output`.
    """

    prompt: int | None = None
    cached: int | None = None
    tool_use: int | None = None
    thoughts: int | None = None
    output: int | None = None
    total: int | None = None
    audio: int | None = None
    cached_audio: int | None = None
    image_output: int | None = None

    def __add__(self, other: Usage) -> Usage:
        """Return the sum; a count unknown on both sides stays unknown."""
        pairs = ((getattr(self, f.name), getattr(other, f.name)) for f in fields(self))
        return Usage(*(None if a is None and b is None else (a or 0) + (b or 0) for a, b in pairs))

    def __bool__(self) -> bool:
        """Return whether anything at all is known."""
        counts = (self.prompt, self.total, self.output, self.thoughts, self.cached, self.tool_use)
        return any(count is not None for count in counts)

    @property
    def sent(self) -> int | None:
        """Tokens the model was given: the prompt, cached or not, and what server-side tools added."""
        if self.prompt is None and self.tool_use is None:
            return None
        return (self.prompt or 0) + (self.tool_use or 0)

    @property
    def generated(self) -> int | None:
        """Tokens the model produced: visible output plus thinking."""
        if self.output is None and self.thoughts is None:
            return None
        return (self.output or 0) + (self.thoughts or 0)


@dataclass(frozen=True)
class Latency:
    """How long a reply took, in seconds since the request was sent.

    Attributes
    ----------
    first_token_s
        Until the first piece of the reply (a thought counts) arrived.
    first_text_s
        Until the first piece of the visible text arrived, after any thinking.
    total_s
        Until the stream ended, however it ended.
    """

    first_token_s: float | None = None
    first_text_s: float | None = None
    total_s: float | None = None


@dataclass(frozen=True)
class Cost:
    """An estimated price.

    Attributes
    ----------
    usd
        US dollars, by own prices or the list price of the model that answered.
    """

    usd: float


_HUGE = 10**15
"""Amounts that are written with an exponent."""


def add_costs(costs: Iterable[Cost | None]) -> Cost | None:
    """Return the sum; None if there is nothing to add, or one of them is unknown."""
    total = None
    for cost in costs:
        if cost is None:
            return None
        total = Cost(cost.usd + (total.usd if total else 0.0))
    return total


def format_usd(usd: float) -> str:
    """Return an amount with two significant digits, and at least cents: $0.000041, $0.0012, $1.20."""
    amount = Decimal(repr(usd))
    if not amount.is_finite() or abs(amount) >= _HUGE:
        return f"${usd:g}"
    digits = max(2, 1 - amount.adjusted()) if amount else 2
    return f"${amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):f}"
