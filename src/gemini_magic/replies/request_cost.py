"""The cost of one request, worked out from what its answer says of model and tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemini_magic.replies.events import Served, UsageReport
from gemini_magic.replies.prices import estimate_cost
from gemini_magic.replies.usage import Usage

if TYPE_CHECKING:
    from gemini_magic.replies.events import Event
    from gemini_magic.replies.prices import Prices
    from gemini_magic.replies.usage import Cost

__all__ = ["RequestCost"]


class RequestCost:
    """Follows the events of one answer.

    The reply asks it while it streams, and a cassette when it records: both say the same.

    Parameters
    ----------
    model
        The model asked.
    prices
        Own prices, which go before the list's.

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
        """Take from an event what it says of model and tokens."""
        if isinstance(event, Served):
            self.served = event.model
        elif isinstance(event, UsageReport):
            self.usage = event.usage

    @property
    def cost(self) -> Cost | None:
        """Estimated; None where it is unknown."""
        return estimate_cost(self.served or self._asked, self.usage, self._prices)
