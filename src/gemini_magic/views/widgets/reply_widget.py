"""What the bar and the panel have in common: how they hear, stand in for an output, and go."""

from __future__ import annotations

import threading
import uuid
from typing import TYPE_CHECKING, Any

import anywidget
from ipywidgets import Layout

from gemini_magic.views.outputs import Output
from gemini_magic.views.usage_line import usage_name

if TYPE_CHECKING:
    from gemini_magic.replies.reply import Reply

__all__ = ["ReplyWidget", "name_reply"]

_PATIENCE_S = 5.0
"""How long a page may take to load a widget; where none shows it, nobody says that it has."""

_RESTART_S = 2.0
"""How long a widget outlives an interrupt, which may be the first thing of a restart."""


def name_reply(cell: str | None) -> str:
    """Return a name for a reply that tells its cell.

    A page that is reloaded hears little of a busy kernel but the names of its widgets.

    Parameters
    ----------
    cell
        Id of the cell; None where the front end tells none.
    """
    return f"{cell or ''}-{uuid.uuid4().hex[:12]}"


class ReplyWidget(anywidget.AnyWidget):
    """A widget in the place of one of a reply's outputs while the reply streams.

    Parameters
    ----------
    kind
        Which of the reply's widgets it is: `bar` or `panel`.
    reply
        Name of the reply, from `name_reply`.
    """

    def __init__(self, kind: str, reply: str) -> None:
        # The page is told that both go, so both have names that our extension knows.
        layout = Layout(model_id=f"gemini-magic-{kind}_layout-{reply}")
        super().__init__(model_id=f"gemini-magic-{kind}-{reply}", layout=layout)
        self._left = {"of": kind, "reply": reply, "kernel": self._process}
        self._is_loaded = self._waits_for_page = False
        self._closing = threading.Lock()
        self._hear_while_busy()
        self.on_msg(self._hear_loaded)

    def in_place_of(self, output: Output, reply: Reply) -> Output:
        """Return the output with the widget in its place, for front ends that have widgets.

        The metadata say what our extension needs to know where the notebook is opened without the widget.
        """
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        data = {**output.data, "application/vnd.jupyter.widget-view+json": view}
        return Output(data, {"gemini_magic": {"left": {**self._left, "model": usage_name(reply)}}})

    def leave(self, *, stopped: bool) -> None:
        """Close the widget and its layout, as soon as no page takes that for an error.

        A page that is told while it still loads the widget says that it failed. A kernel that is restarted is
        interrupted first, and its page has forgotten the widget then; so it is told later, or not at all.

        Parameters
        ----------
        stopped
            Whether the reply was stopped, perhaps by an interrupt.
        """
        self._waits_for_page = not stopped
        if self._is_loaded and not stopped:
            self._close_all()
            return
        timer = threading.Timer(_RESTART_S if stopped else _PATIENCE_S, self._close_all)
        timer.daemon = True
        timer.start()

    def _hear_loaded(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if content == "loaded":
            self._is_loaded = True
            if self._waits_for_page:
                self._close_all()

    def _close_all(self) -> None:
        # From the cell's thread, a timer or the one that hears the page; the second finds nothing to do.
        with self._closing:
            layout = self.layout
            self.close()
            if layout is not None:
                layout.close()

    def hear_on_control(self) -> str:
        """Let messages reach the widget on the control channel, too; return the widget's name there.

        ipykernel 6 has no subshells: while a cell runs, it reads only its control channel.
        """
        kernel = self._kernel
        if getattr(kernel, "control_thread", None) is None:
            return ""
        kernel.control_handlers.setdefault("comm_msg", kernel.comm_manager.comm_msg)
        return str(self.model_id)

    def _hear_while_busy(self) -> None:
        """Let messages of the page reach the widget while a cell runs.

        ipykernel 7.4 would hand them to the shell that wrote to the comm last, which is busy.
        """
        if getattr(self.comm, "_reply_subshell_for", None) is not None:
            self.comm._reply_subshell_for = None

    @property
    def _kernel(self) -> Any:
        return getattr(self.comm, "kernel", None)

    @property
    def _process(self) -> str:
        """The name that the kernel's process has in all it sends; a restarted kernel has another."""
        return str(getattr(getattr(self._kernel, "session", None), "session", ""))
