"""List prices: usage and model to an estimated cost. The table is genai-prices', used offline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemini_magic.usage import Cost

if TYPE_CHECKING:
    from gemini_magic.usage import Usage

__all__ = ["estimate_cost"]


def estimate_cost(model: str, usage: Usage) -> Cost | None:
    """Return what `usage` costs at the list price of `model`, or None where that is unknown.

    Parameters
    ----------
    model
        The model that answered (the API's `modelVersion`), with or without a path before it.
    usage
        Token counts. Thinking is billed as output, tokens of server-side tools as input.

    Notes
    -----
    Source of the prices: the table shipped with the installed `genai-prices`.
    """
    if usage.prompt is None or usage.generated is None:
        return None
    import genai_prices

    tokens = genai_prices.Usage(
        input_tokens=usage.prompt + (usage.tool_use or 0),
        cache_read_tokens=usage.cached or 0,
        output_tokens=usage.generated,
    )
    try:
        price = genai_prices.calc_price(tokens, model.rpartition("/")[2], provider_id="google")
    except (LookupError, ValueError):
        return None
    return Cost(usd=float(price.total_price))
