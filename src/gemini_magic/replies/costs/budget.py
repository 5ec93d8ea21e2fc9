"""The budget: how much may be spent in this kernel, and how much has been."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gemini_magic.errors import BudgetExceeded
from gemini_magic.replies.usage import format_usd

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gemini_magic.replies.usage import Cost

__all__ = ["Budget"]

_WARN_AT = 0.8


@dataclass(frozen=True)
class Budget:
    """A limit, and what has been spent of it, in US dollars (estimated).

    Attributes
    ----------
    limit_usd
        More than 0.
    spent_usd
        Known costs so far.
    unknown
        Requests whose costs are unknown; they come on top.
    is_waived
        Whether requests may be sent although nothing is left.
    """

    limit_usd: float
    spent_usd: float = 0.0
    unknown: int = 0
    is_waived: bool = False

    @property
    def share(self) -> float:
        """The part that is spent: 1.0 is all of it."""
        return self.spent_usd / self.limit_usd

    @property
    def is_low(self) -> bool:
        """Whether so much is spent that the user should be told."""
        return self.share >= _WARN_AT

    @property
    def is_spent(self) -> bool:
        """Whether nothing is left."""
        return self.spent_usd >= self.limit_usd

    @property
    def left_usd(self) -> float:
        """What is left, by the known costs."""
        return max(0.0, self.limit_usd - self.spent_usd)

    def after(self, costs: Iterable[Cost | None]) -> Budget:
        """Return the budget after further costs; None is an unknown cost."""
        costs = list(costs)
        spent_usd = self.spent_usd + sum(cost.usd for cost in costs if cost is not None)
        return replace(self, spent_usd=spent_usd, unknown=self.unknown + costs.count(None))

    def check(self) -> None:
        """Refuse a request if nothing is left; unknown costs do not count.

        Raises
        ------
        BudgetExceeded
            If the budget is spent.
        """
        if self.is_spent and not self.is_waived:
            spent = f"est. {format_usd(self.spent_usd)}{self._unknown_costs}"
            raise BudgetExceeded(
                f"the budget of {format_usd(self.limit_usd)} is spent ({spent}); "
                "raise it with %gemini_usage --budget USD, or send this once with --over-budget"
            )

    def __str__(self) -> str:
        percent = math.floor(100 * self.share + 1e-6)
        return f"{percent} % of the budget of {format_usd(self.limit_usd)} spent{self._unknown_costs}"

    @property
    def _unknown_costs(self) -> str:
        return f", plus {self.unknown} of unknown cost" if self.unknown else ""
