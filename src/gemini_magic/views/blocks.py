"""The live view of notebook front ends: one display for each output, updated in place as it grows.

Only the leading outputs and the last block change. So what is sent is linear in the text, and a reader's
selection in a finished block stays.
"""

from __future__ import annotations

import time
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from gemini_magic.replies.events import Failed
from gemini_magic.replies.reply import Reply
from gemini_magic.views.outputs import Output, Outputs
from gemini_magic.views.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gemini_magic.views.outputs import Look
    from gemini_magic.views.publish import Publish

    MakeWidgets = Callable[[Callable[[], None]], list["LiveWidget"]]

__all__ = ["BlocksView", "LiveWidget"]


class LiveWidget(Protocol):
    """A widget in the place of a leading output while the reply streams."""

    def update(self, reply: Reply) -> None:
        """Show what is new; called at each drawing."""

    def stand_in(self, output: Output, reply: Reply) -> Output:
        """Return the output that shows the widget; without widgets the reply's own output in it is shown."""

    def end(self) -> None:
        """Take no more clicks; the last outputs are drawn next."""

    def settle(self, output: Output) -> Output:
        """Return the output that replaces the widget, given the reply's own last output."""

    def close(self, reply: Reply) -> None:
        """Remove the widget; the last output has replaced it."""


class BlocksView:
    """Draws at the pace that is given, always the newest state.

    Parameters
    ----------
    publish
        Sends one output to the front end.
    look
        What to show.
    make_widgets
        Makes the widgets that stand in for the first outputs, given a function that stops the reply.
    pace
        When to draw.
    """

    def __init__(
        self,
        publish: Publish,
        look: Look,
        *,
        make_widgets: MakeWidgets | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._publish = publish
        self._outputs = Outputs(look)
        self._make_widgets = make_widgets
        self._pace = pace or Pace(time.monotonic, time.sleep)
        self._widgets: list[LiveWidget] = []
        self._stop: Callable[[], None] | None = None
        self._is_stopped = False
        self._drawn: list[Output] = []
        self._ids: list[str] = []

    @contextmanager
    def expect(self, model: str, /) -> Iterator[None]:
        """Show the widgets at once; if there is no reply to come after all, the usage line says why."""
        reply = Reply(model)
        self._open()
        self.show(reply)
        try:
            yield
        except BaseException as error:
            reply.apply(Failed(type(error).__name__))
            self.finish(reply)
            raise

    def begin(self, stop: Callable[[], None]) -> None:
        """Make the widgets, unless they are there; a stop that came while the reply was expected counts."""
        self._stop = stop
        self._open()
        if self._is_stopped:
            stop()

    def _open(self) -> None:
        if self._make_widgets is not None and not self._widgets:
            self._widgets = self._make_widgets(self._on_stop)

    def _on_stop(self) -> None:
        self._is_stopped = True
        if self._stop is not None:
            self._stop()

    def show(self, reply: Reply) -> None:
        """Draw what has changed, unless it is too soon after the last drawing."""
        if not self._pace.is_due():
            return
        for widget in self._widgets:
            widget.update(reply)
        outputs = self._outputs.of(reply)
        pairs = zip(self._widgets, outputs, strict=False)
        stand_ins = [widget.stand_in(output, reply) for widget, output in pairs]
        sent = self._draw([*stand_ins, *outputs[len(stand_ins) :]])
        self._pace.note_drawing(sent)

    def rest_s(self) -> float:
        """Return the seconds until the next drawing."""
        return self._pace.rest_s()

    def finish(self, reply: Reply) -> None:
        """Draw the last state."""
        widgets, self._widgets = self._widgets, []
        try:
            for widget in widgets:
                widget.end()
        finally:
            # Even after an interrupt no widget may stay in the notebook, and no text may be missing.
            try:
                self._draw_last(reply, widgets)
            except BaseException:
                self._draw_last(reply, widgets)
                raise
            finally:
                for widget in widgets:
                    widget.close(reply)

    def _draw_last(self, reply: Reply, widgets: list[LiveWidget]) -> None:
        outputs = self._outputs.of(reply)
        settled = [widget.settle(output) for widget, output in zip(widgets, outputs, strict=False)]
        self._draw([*settled, *outputs[len(settled) :]])

    def _draw(self, outputs: list[Output]) -> int:
        """Send what differs from what is drawn; return how many characters that were."""
        sent = 0
        for number, output in enumerate(outputs):
            is_new = number == len(self._drawn)
            if not is_new and output == self._drawn[number]:
                continue
            display_id = uuid.uuid4().hex[:12] if is_new else self._ids[number]
            self._pace.wait_to_send()
            self._publish(output, display_id, update=not is_new)
            # Noted one by one, because an interrupt may come between two of them.
            self._ids[number : number + 1] = [display_id]
            self._drawn[number : number + 1] = [output]
            sent += sum(len(value) for value in output.data.values() if isinstance(value, str))
        return sent
