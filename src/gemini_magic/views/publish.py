"""Sending one output to the front end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from gemini_magic.views.outputs import Output

__all__ = ["Publish", "publisher_of"]


class Publish(Protocol):
    """Sends an output; with an id it can be updated later."""

    def __call__(self, output: Output, display_id: str | None = None, *, update: bool = False) -> None:
        """Send `output`, as a new display or as an update of the one with this id."""


def publisher_of(shell: InteractiveShell) -> Publish:
    """Return a function that publishes through the shell, also while something captures its outputs."""

    def publish(output: Output, display_id: str | None = None, *, update: bool = False) -> None:
        shell.display_pub.publish(
            data=output.data,
            metadata=output.metadata,
            transient={"display_id": display_id} if display_id else {},
            update=update,
        )

    return publish
