"""The bar over a streaming reply: model, time, tokens, and a button that stops it.

It takes the place of the usage line. When the reply ends, the line replaces it, and no widget stays.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from traitlets import Unicode

from gemini_magic.views.usage_line import progress, usage_name
from gemini_magic.views.widgets.reply_widget import ReplyWidget

if TYPE_CHECKING:
    from collections.abc import Callable

    from gemini_magic.replies.reply import Reply
    from gemini_magic.views.outputs import Output
    from gemini_magic.views.widgets.plain_line import PlainLine

__all__ = ["Bar"]

_STATIC = Path(__file__).parent / "static"
_UPDATE_S = 0.5
_PATIENCE_S = 0.25
_LINGER_S = 0.03
"""A page that gets no answer interrupts the kernel after the first time; the interrupt takes the second."""


class _BarWidget(ReplyWidget):
    _esm = _STATIC / "bar.js"
    model = Unicode().tag(sync=True)
    progress = Unicode().tag(sync=True)
    state = Unicode("streaming").tag(sync=True)
    control = Unicode().tag(sync=True)
    """The widget's name on the control channel; empty where that channel takes no comm messages."""


class Bar:
    """The bar of one reply.

    Parameters
    ----------
    stop
        Stops the reply; called in the thread that receives the click.
    name
        Of the reply, from `name_reply`.
    line
        What front ends without widgets show in its place.
    """

    def __init__(self, stop: Callable[[], None], name: str, line: PlainLine) -> None:
        self._stop = stop
        self._made_at = time.monotonic()
        self._updated_at = float("-inf")
        self._widget = _BarWidget("bar", name)
        self._is_shown = False
        self._line = line
        self._plain: Output | None = None
        self._stand_in: Output | None = None
        self._widget.control = self._widget.hear_on_control()
        self._widget.on_msg(self._hear)

    def update(self, reply: Reply) -> None:
        """Show the model and the progress so far."""
        now = time.monotonic()
        if now - self._updated_at >= _UPDATE_S:
            self._updated_at = now
            self._widget.model = usage_name(reply)
            self._widget.progress = progress(reply)

    def stand_in(self, output: Output, reply: Reply) -> Output:
        """Return the output with the bar in it; where no page shows the bar, its plain line is kept current.

        It is sent again only then: a page would draw the bar anew, under the finger on Stop.
        """
        if self._stand_in is not None and self._is_shown:
            return self._stand_in
        plain = self._line.stand_in(output, reply)
        if self._stand_in is None or plain is not self._plain:
            self._plain, self._stand_in = plain, self._widget.in_place_of(plain, reply)
        return self._stand_in

    def end(self) -> None:
        """Take no more clicks; wait a moment for one that is on its way as an interrupt."""
        self._widget.state = "done"
        if time.monotonic() - self._made_at > _PATIENCE_S:
            time.sleep(_LINGER_S)

    def settle(self, output: Output) -> Output:
        """Return the output that replaces the bar, unchanged."""
        return output

    def close(self, reply: Reply) -> None:
        """Remove the widget."""
        self._widget.leave(stopped=reply.state == "stopped")

    def _hear(self, _widget: Any, content: Any, _buffers: Any) -> None:
        # In another thread than the cell: nothing may be printed or displayed from here.
        if content == "shown":
            self._is_shown = True
        elif content == "stop" and self._widget.state == "streaming":
            self._widget.state = "stopping"
            self._stop()
