"""Takes: which recording of the same call belongs to which cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gemini_magic.cassettes.calls import Call
    from gemini_magic.runtime.origin import Origin

__all__ = ["Place", "Places"]


@dataclass(frozen=True)
class Place:
    """Where a call belongs in a cassette: the n-th cell that makes the same call has take n.

    Attributes
    ----------
    call
        What is asked.
    take
        From 1.
    """

    call: Call
    take: int

    @property
    def id(self) -> tuple[str, int]:
        """What tells recordings apart."""
        return self.call.key, self.take


class Places:
    """The places that were given so far."""

    def __init__(self) -> None:
        self._taken: dict[str, list[Origin | None]] = {}

    def take(self, call: Call, origin: Origin) -> Place:
        """Return the place of a call made now; a cell that runs again gets its earlier places again."""
        taken = self._taken.setdefault(call.key, [])
        for number, earlier in enumerate(taken):
            if earlier is None or origin.repeats(earlier):
                taken[number] = origin
                return Place(call, number + 1)
        taken.append(origin)
        return Place(call, len(taken))

    def give_back(self, place: Place) -> None:
        """Free a place where nothing was recorded, for the next cell that makes the same call."""
        taken = self._taken.get(place.call.key, [])
        # A cassette may have been pruned meanwhile.
        if place.take <= len(taken):
            taken[place.take - 1] = None

    def renumber(self, takes: Mapping[tuple[str, int], int]) -> None:
        """Take over new takes, given by old id, after the cassette was pruned; others are forgotten."""
        before, self._taken = self._taken, {}
        for (key, old), new in takes.items():
            taken = self._taken.setdefault(key, [])
            taken.extend([None] * (new - len(taken)))
            # A replay may have used the last recording without having had its place.
            earlier = before.get(key, [])
            taken[new - 1] = earlier[old - 1] if old <= len(earlier) else None
