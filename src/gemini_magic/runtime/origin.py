"""Where a prompt comes from: the cell, and the run of it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Origin"]


@dataclass(frozen=True)
class Origin:
    """The origin of a turn; empty where the front end tells no cells (nbval, terminals).

    Attributes
    ----------
    cell
        The cell's id, which stays the same when the cell is edited, moved or run again.
    run
        Id of the execution. A cell that asks several times in one run adds turns; a new run replaces them.
    """

    cell: str | None = None
    run: str | None = None

    def repeats(self, earlier: Origin) -> bool:
        """Return whether this is another run of the cell that `earlier` came from."""
        return self.cell is not None and self.cell == earlier.cell and self.run != earlier.run
