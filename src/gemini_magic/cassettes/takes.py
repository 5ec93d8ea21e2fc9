"""Places: which recording of a call belongs to which cell that makes it."""

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
    """Where a call belongs: the n-th cell that asks just this has take n.

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
        """Return the place of a call that is made now; a cell that runs again has its earlier places."""
        taken = self._taken.setdefault(call.key, [])
        for number, earlier in enumerate(taken):
            if earlier is None or origin.repeats(earlier):
                taken[number] = origin
                return Place(call, number + 1)
        taken.append(origin)
        return Place(call, len(taken))

    def give_back(self, place: Place) -> None:
        """Give a place to the next who asks the same, because nothing was recorded there."""
        taken = self._taken.get(place.call.key, [])
        # A cassette may have been pruned meanwhile.
        if place.take <= len(taken):
            taken[place.take - 1] = None

    def renumber(self, takes: Mapping[tuple[str, int], int]) -> None:
        """Follow a cassette whose recordings have other takes now; what is not in `takes` has gone."""
        before, self._taken = self._taken, {}
        for (key, old), new in takes.items():
            taken = self._taken.setdefault(key, [])
            taken.extend([None] * (new - len(taken)))
            # A replay may have used the last recording, whose place nobody had.
            earlier = before.get(key, [])
            taken[new - 1] = earlier[old - 1] if old <= len(earlier) else None
