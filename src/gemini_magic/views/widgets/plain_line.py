"""The plain line: what stands in the usage line's place while a reply streams and no widget can be shown.

It is text that is updated in place. The bar has it in its output, too, for front ends without widgets.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from gemini_magic.views.usage_line import live_bundle

if TYPE_CHECKING:
    from collections.abc import Callable

    from gemini_magic.replies.reply import Reply
    from gemini_magic.views.outputs import Output

__all__ = ["PlainLine"]


class PlainLine:
    """The line of one reply.

    Parameters
    ----------
    how_to_stop
        How the reader stops the reply.
    ticks_after_s
        Seconds after which it shows time and tokens, which are new each second; infinite leaves them out.
    clock
        Seconds, monotonic.
    """

    def __init__(
        self, how_to_stop: str, *, ticks_after_s: float = 0.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._how_to_stop = how_to_stop
        self._ticks_after_s = ticks_after_s
        self._clock = clock
        self._began = clock()
        self._second = -1
        self._drawn: Output | None = None

    def update(self, reply: Reply) -> None:
        """Do nothing: the line is drawn when it is shown."""

    def stand_in(self, output: Output, reply: Reply) -> Output:
        """Return the line; a new one each second."""
        second = int(self._clock() - self._began)
        if self._drawn is None or second != self._second:
            seconds = second if second >= self._ticks_after_s else None
            self._drawn = replace(output, data=live_bundle(reply, seconds, self._how_to_stop))
            self._second = second
        return self._drawn

    def end(self) -> None:
        """Do nothing: it takes no clicks."""

    def settle(self, output: Output) -> Output:
        """Return the output that replaces the line, unchanged."""
        return output

    def close(self, reply: Reply) -> None:
        """Do nothing: there is no widget."""
