"""The view if nobody watches (nbval, nbclient, nbconvert): all outputs once, at the end.

Such runners ignore updates of a display, so a growing one would leave only its first words.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from gemini_magic.views.outputs import Outputs

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from gemini_magic.replies.reply import Reply
    from gemini_magic.views.outputs import Look
    from gemini_magic.views.publish import Publish

__all__ = ["FinalView"]

_REST_S = 0.05


class FinalView:
    """Emits the reply's outputs once.

    Parameters
    ----------
    publish
        Sends one output to the front end.
    look
        What to show.
    """

    def __init__(self, publish: Publish, look: Look) -> None:
        self._publish = publish
        self._outputs = Outputs(look)

    def expect(self, _model: str, /) -> AbstractContextManager[None]:
        """Do nothing: there is nothing to print yet."""
        return nullcontext()

    def begin(self, stop: Callable[[], None]) -> None:
        """Do nothing: nobody is there to stop it."""

    def show(self, reply: Reply) -> None:
        """Draw nothing yet."""

    def rest_s(self) -> float:
        """Return a fixed short time: nothing is drawn before the end."""
        return _REST_S

    def finish(self, reply: Reply) -> None:
        """Emit the outputs."""
        for output in self._outputs.of(reply):
            self._publish(output)
