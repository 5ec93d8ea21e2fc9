"""The terms of a reply: what is known of it before anything has arrived."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gemini_magic.replies.usage import Usage

if TYPE_CHECKING:
    from gemini_magic.replies.costs.budget import Budget
    from gemini_magic.replies.costs.prices import Prices
    from gemini_magic.replies.parts import WirePart

__all__ = ["Terms"]


@dataclass(frozen=True)
class Terms:
    """What is known of a reply before anything has come; the rest follows from the events.

    Attributes
    ----------
    chat, turn
        Name of the chat and 1-based number of the turn; None for a reply outside any chat.
    offline
        Whether the offline emulator answers; then times and cost are None.
    again
        Whether its turn replaces an earlier one.
    set_aside
        How many later turns are set aside for it.
    left_out
        How many earlier turns are not sent along.
    inserted
        The notebook variables in its prompt, with what was left out of them.
    prompt_notes
        Notes on its prompt, in short clauses.
    prices
        Own prices; they override the list prices.
    budget
        The budget as it is when the request begins; None without one.
    resumed
        Parts of the cut-off reply that is resumed; empty where none is.
    resumed_usage
        The tokens of that partial reply.
    """

    chat: str | None = None
    turn: int | None = None
    offline: bool = False
    again: bool = False
    set_aside: int = 0
    left_out: int = 0
    inserted: tuple[str, ...] = ()
    prompt_notes: tuple[str, ...] = ()
    prices: Prices | None = None
    budget: Budget | None = None
    resumed: tuple[WirePart, ...] = ()
    resumed_usage: Usage = field(default_factory=Usage)
