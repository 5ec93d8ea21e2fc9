"""What a recorded answer cost: kept with it, because lists of prices change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gemini_magic.replies.decoding import decode
from gemini_magic.replies.events import Served, UsageReport
from gemini_magic.replies.prices import estimate_cost
from gemini_magic.replies.usage import Usage

if TYPE_CHECKING:
    from gemini_magic.cassettes.calls import Call
    from gemini_magic.replies.prices import Prices

__all__ = ["estimate_answer"]


def estimate_answer(call: Call, values: list[Any], prices: Prices) -> float | None:
    """Return what an answer cost, in US dollars, or what was counted would cost; None where it is unknown.

    Parameters
    ----------
    call
        What was asked.
    values
        The events of the answer, or its one body.
    prices
        Own prices.
    """
    model, usage = call.model, None
    for value in values:
        if call.verb == "countTokens":
            usage = Usage(prompt=value.get("totalTokens"), output=0)
        elif call.verb in {"generateContent", "streamGenerateContent"}:
            model, usage = _read(value, model, usage)
    cost = None if usage is None else estimate_cost(model, usage, prices)
    return None if cost is None else cost.usd


def _read(value: Any, model: str, usage: Usage | None) -> tuple[str, Usage | None]:
    names = ("usageMetadata", "modelVersion")
    for event in decode({name: value[name] for name in names if name in value}):
        if isinstance(event, Served):
            model = event.model
        elif isinstance(event, UsageReport):
            usage = event.usage
    return model, usage
