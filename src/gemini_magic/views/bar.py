"""The bar: while a reply streams, who answers, for how long, how many tokens, and a button that stops it.

It stands in the place of the usage line, which replaces it when the reply ends; no widget stays behind.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
from traitlets import Unicode

from gemini_magic.views.usage import progress, usage_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from gemini_magic.reply import Reply
    from gemini_magic.views.outputs import Output

__all__ = ["Bar", "close_widget", "hear_while_busy", "widget_view"]

_STATIC = Path(__file__).parent / "static"
_UPDATE_S = 0.5
_PATIENCE_S = 0.25
_LINGER_S = 0.03
"""A page whose click is not heard waits so long, then interrupts the kernel, which takes so long to come."""


class _BarWidget(anywidget.AnyWidget):
    _esm = _STATIC / "bar.js"
    model = Unicode().tag(sync=True)
    progress = Unicode().tag(sync=True)
    state = Unicode("streaming").tag(sync=True)


class Bar:
    """The bar of one reply.

    Parameters
    ----------
    stop
        Ends the reply in good order; called in the thread that receives the click.
    """

    def __init__(self, stop: Callable[[], None]) -> None:
        self._stop = stop
        self._made_at = time.monotonic()
        self._updated_at = float("-inf")
        self._widget = _BarWidget()
        hear_while_busy(self._widget)
        self._widget.on_msg(self._hear)
        self.view = widget_view(self._widget)

    def update(self, reply: Reply) -> None:
        """Say who answers, and what is known so far."""
        now = time.monotonic()
        if now - self._updated_at >= _UPDATE_S:
            self._updated_at = now
            self._widget.model = usage_name(reply)
            self._widget.progress = progress(reply)

    def end(self) -> None:
        """Take no more clicks; one that is on its way as an interrupt still reaches this reply."""
        self._widget.state = "done"
        if time.monotonic() - self._made_at > _PATIENCE_S:
            time.sleep(_LINGER_S)

    def settle(self, output: Output) -> Output:
        """Return the output that takes its place, as it is."""
        return output

    def close(self) -> None:
        """Remove the widget."""
        close_widget(self._widget)

    def _hear(self, _widget: Any, content: Any, _buffers: Any) -> None:
        # In a thread of its own: nothing may be printed or displayed from here.
        if content == "stop" and self._widget.state == "streaming":
            self._widget.state = "stopping"
            self._stop()


def hear_while_busy(widget: Any) -> None:
    """Let what the page says reach the widget while a cell runs.

    ipykernel 7.4 hands it to the shell that wrote to the comm last, which is the busy one.
    """
    if getattr(widget.comm, "_reply_subshell_for", None) is not None:
        widget.comm._reply_subshell_for = None


def widget_view(widget: Any) -> dict[str, object]:
    """Return the MIME bundle that shows the widget."""
    reference = {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}
    return {"application/vnd.jupyter.widget-view+json": reference}


def close_widget(widget: Any) -> None:
    """Close a widget and its layout, so that nothing of it stays in the kernel or the page."""
    layout = widget.layout
    widget.close()
    if layout is not None:
        layout.close()
