"""What a recorded answer cost. The cassette keeps it, because list prices change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gemini_magic.replies.costs.request_cost import RequestCost
from gemini_magic.replies.decoding import decode
from gemini_magic.replies.events import UsageReport
from gemini_magic.replies.numbers import read_count
from gemini_magic.replies.usage import Usage

if TYPE_CHECKING:
    from gemini_magic.cassettes.calls import Call
    from gemini_magic.replies.costs.prices import Prices
    from gemini_magic.replies.events import Event

__all__ = ["estimate_answer"]


def estimate_answer(call: Call, values: list[Any], prices: Prices) -> float | None:
    """Return the cost of an answer, or of the tokens that were counted, in US dollars; None if unknown.

    Parameters
    ----------
    call
        What was asked.
    values
        The events of the answer, or its one body.
    prices
        Own prices.
    """
    request = RequestCost(call.model, prices)
    for value in values:
        for event in _events_of(call.verb, value):
            request.apply(event)
    return None if request.cost is None else request.cost.usd


def _events_of(verb: str, value: Any) -> list[Event]:
    if verb == "countTokens":
        return [UsageReport(Usage(prompt=read_count(value.get("totalTokens")), output=0))]
    if verb not in {"generateContent", "streamGenerateContent"}:
        return []
    return decode({name: value[name] for name in ("usageMetadata", "modelVersion") if name in value})
