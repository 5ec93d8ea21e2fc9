"""What a view is, and the view that draws nothing."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from gemini_magic.replies.reply import Reply

__all__ = ["NoView", "View"]


class View(Protocol):
    """Draws one reply while it grows."""

    def expect(self, model: str, /) -> AbstractContextManager[None]:
        """Show that `model` is to answer while the prompt gets ready; `begin` follows."""

    def begin(self, stop: Callable[[], None]) -> None:
        """Get ready, before the request is sent; `stop` stops the reply and may be called from any thread."""

    def show(self, reply: Reply) -> None:
        """Draw what is new, if it is time to; called after every event, and once before the first."""

    def rest_s(self) -> float:
        """Return for how many seconds nothing new would be drawn."""

    def finish(self, reply: Reply) -> None:
        """Draw the last state; called once, however the reply ended."""


class NoView:
    """Draws nothing; the reply is there for `--into` and the chat."""

    def expect(self, _model: str, /) -> AbstractContextManager[None]:
        """Do nothing."""
        return nullcontext()

    def begin(self, stop: Callable[[], None]) -> None:
        """Do nothing."""

    def show(self, reply: Reply) -> None:
        """Draw nothing."""

    def rest_s(self) -> float:
        """Return 0."""
        return 0.0

    def finish(self, reply: Reply) -> None:
        """Draw nothing."""
