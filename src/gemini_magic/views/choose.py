"""Chooses the view that suits the front end."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from IPython.core.displaypub import CapturingDisplayPublisher

from gemini_magic.runtime.front_end import find_origin, is_python_client, is_watched
from gemini_magic.views.base import NoView
from gemini_magic.views.blocks import BlocksView
from gemini_magic.views.final import FinalView
from gemini_magic.views.publish import publisher_of
from gemini_magic.views.terminal.text import TextView

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

    from gemini_magic.views.base import View
    from gemini_magic.views.blocks import LiveWidget
    from gemini_magic.views.outputs import Look

__all__ = ["choose_view", "make_view"]


def choose_view(name: str, shell: InteractiveShell) -> str:
    """Return the view that suits the front end: `terminal`, or one of `VIEWS` except `auto`.

    Parameters
    ----------
    name
        What the user asked for.
    shell
        Its front end decides: somebody watches if the execute request has a cell id or allows input.
    """
    if isinstance(shell.display_pub, CapturingDisplayPublisher):
        # A capture would keep every update as an output of its own.
        return "final" if name in {"auto", "blocks"} else name
    if getattr(shell, "kernel", None) is None:
        # Only text can be shown here; what reaches a terminal is made printable.
        is_terminal = sys.stdout is not None and sys.stdout.isatty()
        return "none" if name == "none" else "terminal" if is_terminal else "text"
    if name != "auto":
        return name
    if not is_watched(shell):
        return "final"
    return "text" if is_python_client(shell) else "blocks"


def make_view(name: str, shell: InteractiveShell, look: Look) -> View:
    """Return the view called `name`, a result of `choose_view`."""
    if name == "none":
        return NoView()
    if name in {"text", "terminal"}:
        return _make_printing_view(name, shell, look)
    if name == "final":
        return FinalView(publisher_of(shell), look)
    return BlocksView(publisher_of(shell), look, make_widgets=_widgets_for(shell, look))


def _widgets_for(
    shell: InteractiveShell, look: Look
) -> Callable[[Callable[[], None]], list[LiveWidget]] | None:
    """Return a function that makes the bar and the panel for thoughts; None where nobody watches."""
    if look.quiet or not look.bar or not is_watched(shell):
        return None

    def make_widgets(stop: Callable[[], None]) -> list[LiveWidget]:
        from gemini_magic.views.widgets.bar import Bar
        from gemini_magic.views.widgets.panel import ThoughtsPanel
        from gemini_magic.views.widgets.reply_widget import name_reply

        name = name_reply(find_origin(shell).cell)
        return [Bar(stop, name), *([ThoughtsPanel(name)] if look.thoughts else [])]

    return make_widgets


def _make_printing_view(name: str, shell: InteractiveShell, look: Look) -> View:
    is_live = name == "terminal"
    if not is_live and not is_python_client(shell):
        return TextView(quiet=look.quiet, thoughts=look.thoughts)
    from gemini_magic.views.terminal.terminal import TerminalView

    return TerminalView(sys.stdout, live=is_live, quiet=look.quiet, thoughts=look.thoughts)
