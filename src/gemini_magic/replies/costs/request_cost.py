"""The cost of one request, worked out from the model and the tokens that its answer reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemini_magic.replies.costs.prices import estimate_cost
from gemini_magic.replies.events import Served, UsageReport
from gemini_magic.replies.usage import Usage

if TYPE_CHECKING:
    from gemini_magic.replies.costs.prices import Prices
    from gemini_magic.replies.events import Event
    from gemini_magic.replies.usage import Cost

__all__ = ["RequestCost"]


class RequestCost:
    """Works out the cost of one request from the events of its answer.

    Replies use it while they stream, and cassettes when they record, so both have the same cost.

    Parameters
    ----------
    model
        The model asked.
    prices
        Own prices; they override the list prices.

    Attributes
    ----------
    served : str or None
        The model that answers, once that is known.
    usage : Usage
        Tokens, as last reported.
    """

    def __init__(self, model: str, prices: Prices | None) -> None:
        self.served: str | None = None
        self.usage = Usage()
        self._asked = model
        self._prices = prices

    def apply(self, event: Event) -> None:
        """Note the model or the tokens that an event reports."""
        if isinstance(event, Served):
            self.served = event.model
        elif isinstance(event, UsageReport):
            self.usage = event.usage

    @property
    def cost(self) -> Cost | None:
        """Estimated; None where it is unknown."""
        return estimate_cost(self.served or self._asked, self.usage, self._prices)
