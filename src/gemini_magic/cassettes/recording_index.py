"""The recordings of a cassette in memory, by what is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gemini_magic.cassettes.recordings import Recording
    from gemini_magic.cassettes.takes import Place

__all__ = ["Index"]


class Index:
    """Recordings in the order of the file; a later one takes the place of an earlier one.

    Attributes
    ----------
    replaced : int
        How many were.
    """

    def __init__(self) -> None:
        self.replaced = 0
        self._recordings: dict[tuple[str, int], Recording] = {}
        self._last: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._recordings)

    def get(self, id_: tuple[str, int]) -> Recording | None:
        """Return the recording with this id."""
        return self._recordings.get(id_)

    def values(self) -> list[Recording]:
        """Return all of them."""
        return list(self._recordings.values())

    def add(self, recording: Recording) -> None:
        """Add a recording."""
        key = recording.call.key
        self.replaced += self._recordings.pop(recording.id, None) is not None
        self._recordings[recording.id] = recording
        self._last[key] = max(recording.take, self._last.get(key, 0))

    def find(self, place: Place, *, or_last: bool) -> Recording | None:
        """Return the recording at a place, or the last of the same call, if there is one."""
        found = self._recordings.get(place.id)
        if found is None and or_last:
            return self._recordings.get((place.call.key, self._last.get(place.call.key, 0)))
        return found
