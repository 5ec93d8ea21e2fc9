"""Prices: estimates a cost from usage and model. List prices come from genai-prices, offline."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gemini_magic.replies.numbers import MOST_USD, read_number
from gemini_magic.replies.usage import Cost

if TYPE_CHECKING:
    from gemini_magic.replies.usage import Usage

__all__ = ["REFUSED", "Prices", "Rates", "estimate_cost", "read_prices"]

REFUSED = Cost(usd=0.0)
"""The cost of a request that was answered with an error status and for which no tokens were reported.

Source: https://ai.google.dev/gemini-api/docs/billing ("If your request fails with a 400 or 500 error, you
won't be charged for the tokens used.").
"""

_MILLION = 1_000_000


@dataclass(frozen=True)
class Rates:
    """Own prices of one model, in US dollars per million tokens.

    Attributes
    ----------
    input, output
        Price of tokens sent, and of tokens generated, thinking included.
    cached
        Price of sent tokens that came from the service's cache; None prices them as input.
    """

    input: float
    output: float
    cached: float | None = None


Prices = Mapping[str, Rates]
"""Own prices by model id; they override the list prices."""


def read_prices(value: Any) -> dict[str, Rates]:
    """Return own prices from a dict of dicts.

    Raises
    ------
    ValueError
        If `value` is not such a dict, or a price is not a number of 0 or more.
    """
    if not isinstance(value, Mapping):
        raise ValueError(f"{value!r} is no dict")
    return {str(model).rpartition("/")[2]: _read_rates(model, rates) for model, rates in value.items()}


def _read_rates(model: Any, rates: Any) -> Rates:
    if not isinstance(model, str) or not isinstance(rates, Mapping):
        raise ValueError(f"the prices of {model!r} are no dict")
    wrong = (set(rates) - {"cached"}) ^ {"input", "output"}
    if wrong:
        names = ", ".join(sorted(map(str, wrong)))
        raise ValueError(f"the prices of {model} lack or should not have: {names}")
    for name, rate in rates.items():
        if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate < math.inf:
            raise ValueError(f"the {name} price of {model} is {rate!r}, no number of 0 or more")
    return Rates(**rates)


def estimate_cost(model: str, usage: Usage, own: Prices | None = None) -> Cost | None:
    """Return what `usage` costs, or None where that is unknown.

    Parameters
    ----------
    model
        The model that answered (the API's `modelVersion`), with or without a path before it.
    usage
        Token counts of one request, not of several: long prompts have prices of their own. Thinking is
        billed as output, tokens of server-side tools as input.
    own
        Own prices; they override the list prices.

    Notes
    -----
    Source of the list prices: the table shipped with the installed `genai-prices`.
    """
    if usage.prompt is None or usage.generated is None:
        return None
    name = model.rpartition("/")[2]
    # The model that answers may have a version in its name, which own prices lack: gemini-x-001.
    for known in (name, re.sub(r"(?:-\d+)+$", "", name)):
        if own and known in own:
            return _cost_by_rates(usage, own[known])
    return _cost_by_list(usage, name)


def _cost_by_rates(usage: Usage, rates: Rates) -> Cost | None:
    cached = usage.cached or 0
    fresh = (usage.prompt or 0) + (usage.tool_use or 0) - cached
    cached_rate = rates.input if rates.cached is None else rates.cached
    dollars = fresh * rates.input + cached * cached_rate + (usage.generated or 0) * rates.output
    return _make_cost(dollars / _MILLION)


def _cost_by_list(usage: Usage, model: str) -> Cost | None:
    import genai_prices

    tokens = genai_prices.Usage(
        input_tokens=(usage.prompt or 0) + (usage.tool_use or 0),
        cache_read_tokens=usage.cached or 0,
        output_tokens=usage.generated or 0,
        input_audio_tokens=usage.audio or 0,
        cache_audio_read_tokens=usage.cached_audio or 0,
        output_image_tokens=usage.image_output or 0,
    )
    try:
        price = genai_prices.calc_price(tokens, model, provider_id="google")
    except (LookupError, ValueError, ArithmeticError):
        return None
    return _make_cost(float(price.total_price))


def _make_cost(usd: float) -> Cost | None:
    """Return a cost; None for what nobody pays: counts that contradict each other give such prices."""
    known = read_number(usd, MOST_USD)
    return None if known is None else Cost(usd=known)
