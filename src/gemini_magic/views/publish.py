"""How views send an output to the front end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from gemini_magic.runtime.output import publish

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from gemini_magic.views.outputs import Output

__all__ = ["Publish", "publisher_of"]


class Publish(Protocol):
    """Sends an output; with an id it can be updated later."""

    def __call__(self, output: Output, display_id: str | None = None, *, update: bool = False) -> None:
        """Send `output`, as a new display or as an update of the one with this id."""


def publisher_of(shell: InteractiveShell) -> Publish:
    """Return a function that publishes through the shell, so that captures of its outputs work."""

    def send(output: Output, display_id: str | None = None, *, update: bool = False) -> None:
        transient = {"display_id": display_id} if display_id else {}
        publish(shell, output.data, metadata=output.metadata, transient=transient, update=update)

    return send
