"""The result of a check, in lines for a person."""

from __future__ import annotations

from dataclasses import dataclass, field

__all__ = ["Check"]


@dataclass
class Check:
    """The result of a check.

    Attributes
    ----------
    asked
        Prompts that were looked up.
    misses
        The number of the cell (code cells count from 1), and what is missing.
    failures
        The number of the cell, and how its recorded reply failed.
    unseen
        Why prompts were not looked up, and the numbers of their cells.
    """

    asked: int = 0
    misses: list[tuple[int, str]] = field(default_factory=list)
    failures: list[tuple[int, str]] = field(default_factory=list)
    unseen: dict[str, list[int]] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the result as lines for a person."""
        found = self.asked - len(self.misses)
        lines = [f"{found} of {self.asked} prompts are recorded"]
        lines += [f"code cell {number}: {what}" for number, what in self.misses]
        lines += [
            f"code cell {number}: its recorded reply failed ({what}); with an API key, run the cell again"
            for number, what in self.failures
        ]
        lines += [f"not looked at ({why}): code cell{_join(numbers)}" for why, numbers in self.unseen.items()]
        return "\n".join(lines)

    def pass_over(self, number: int, why: str) -> None:
        """Note a cell with something that was not looked up."""
        numbers = self.unseen.setdefault(why, [])
        if number not in numbers:
            numbers.append(number)


def _join(numbers: list[int]) -> str:
    return f"{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
