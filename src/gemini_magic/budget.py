"""The budget: how much may be spent in this kernel, and how much has been."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gemini_magic.errors import BudgetExceeded
from gemini_magic.usage import format_usd

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
    """

    limit_usd: float
    spent_usd: float = 0.0

    @property
    def share(self) -> float:
        """The part that is spent: 1.0 is all of it."""
        return self.spent_usd / self.limit_usd

    @property
    def is_low(self) -> bool:
        """Whether so much is spent that it should be said."""
        return self.share >= _WARN_AT

    @property
    def is_spent(self) -> bool:
        """Whether nothing is left."""
        return self.spent_usd >= self.limit_usd

    def after(self, usd: float) -> Budget:
        """Return the budget when so much more is spent."""
        return Budget(self.limit_usd, self.spent_usd + usd)

    def check(self) -> None:
        """Refuse a request that would begin with nothing left.

        Raises
        ------
        BudgetExceeded
            If the budget is spent.
        """
        if self.is_spent:
            raise BudgetExceeded(
                f"the budget of {format_usd(self.limit_usd)} is spent (est. {format_usd(self.spent_usd)}); "
                "raise it with %gemini_usage --budget USD, or send this once with --over-budget"
            )

    def __str__(self) -> str:
        percent = math.floor(100 * self.share + 1e-6)
        return f"{percent} % of the budget of {format_usd(self.limit_usd)} spent"
