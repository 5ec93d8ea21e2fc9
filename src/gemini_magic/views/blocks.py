"""The live view of notebook front ends: one display for each output, updated in place as it grows.

Only the usage line and the last block ever change, so what is sent grows with the text and not with its
square, and finished blocks keep the reader's selection.
"""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING

from gemini_magic.views.outputs import Outputs

if TYPE_CHECKING:
    from collections.abc import Callable

    from gemini_magic.reply import Reply
    from gemini_magic.views.outputs import Output
    from gemini_magic.views.publish import Publish

__all__ = ["BlocksView"]

_DRAW_INTERVAL_S = 0.05


class BlocksView:
    """Draws at most 20 times a second, always the newest state.

    Parameters
    ----------
    publish
        Sends one output to the front end.
    quiet
        Leave the usage line out.
    clock
        Seconds, monotonic.
    """

    def __init__(
        self, publish: Publish, *, quiet: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._publish = publish
        self._outputs = Outputs(quiet=quiet)
        self._clock = clock
        self._drawn_at = float("-inf")
        self._drawn: list[Output] = []
        self._ids: list[str] = []

    def show(self, reply: Reply) -> None:
        """Draw what has changed, unless it is too soon after the last drawing."""
        if self._clock() - self._drawn_at >= _DRAW_INTERVAL_S:
            self._draw(reply)
            self._drawn_at = self._clock()

    def finish(self, reply: Reply) -> None:
        """Draw the last state."""
        self._draw(reply)

    def _draw(self, reply: Reply) -> None:
        outputs = self._outputs.of(reply)
        for number, output in enumerate(outputs):
            if number == len(self._ids):
                self._ids.append(uuid.uuid4().hex)
                self._publish(output, self._ids[number])
            elif output != self._drawn[number]:
                self._publish(output, self._ids[number], update=True)
        self._drawn = outputs
