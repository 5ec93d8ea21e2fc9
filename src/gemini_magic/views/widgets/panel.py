"""The panel: the model's thoughts while they stream, in a block that stays open once it was opened."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from traitlets import Bool, Unicode

from gemini_magic.views.thoughts import thoughts_title
from gemini_magic.views.widgets.reply_widget import ReplyWidget

if TYPE_CHECKING:
    from gemini_magic.replies.reply import Reply
    from gemini_magic.views.outputs import Output

__all__ = ["ThoughtsPanel"]

_BOLD_LINE = re.compile(r"^\*\*(.+)\*\*$", re.MULTILINE)
"""The titles of thoughts; the panel shows plain text."""

_STATIC = Path(__file__).parent / "static"
_UPDATE_S = 0.15
_MOST_CHARACTERS_PER_S = 100_000
"""All thoughts are sent each time, so long ones are sent less often."""


class _PanelWidget(ReplyWidget):
    _esm = _STATIC / "panel.js"
    title = Unicode("Thinking…").tag(sync=True)
    text = Unicode().tag(sync=True)
    is_open = Bool(default_value=False).tag(sync=True)


class ThoughtsPanel:
    """The thoughts of one reply, as plain text; formatted ones replace the panel when the reply ends.

    Parameters
    ----------
    name
        Of the reply, from `name_reply`.
    """

    def __init__(self, name: str) -> None:
        self._due = float("-inf")
        self._widget = _PanelWidget("panel", name)
        self._stand_in: Output | None = None

    def update(self, reply: Reply) -> None:
        """Show the thoughts so far."""
        self._widget.title = thoughts_title(reply)
        now = time.monotonic()
        if now >= self._due:
            text = _BOLD_LINE.sub(r"\1", reply.thoughts)
            self._widget.text = text
            self._due = now + max(_UPDATE_S, len(text) / _MOST_CHARACTERS_PER_S)

    def stand_in(self, output: Output, reply: Reply) -> Output:
        """Return the output with the panel in it."""
        if self._stand_in is None:
            self._stand_in = self._widget.in_place_of(output, reply)
        return self._stand_in

    def end(self) -> None:
        """Do nothing: it takes no clicks."""

    def settle(self, output: Output) -> Output:
        """Return the output that replaces the panel, open if the panel is."""
        if not self._widget.is_open:
            return output
        html = output.data["text/html"].replace("<details ", "<details open ", 1)
        return replace(output, data={**output.data, "text/html": html})

    def close(self, reply: Reply) -> None:
        """Remove the widget."""
        self._widget.leave(stopped=reply.state == "stopped")
