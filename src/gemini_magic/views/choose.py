"""Chooses the view that suits the front end."""

from __future__ import annotations

import logging
import math
import sys
from typing import TYPE_CHECKING

from IPython.core.displaypub import CapturingDisplayPublisher

from gemini_magic.runtime.front_end import (
    FrontEnd,
    find_front_end,
    find_origin,
    is_python_client,
    is_watched,
)
from gemini_magic.views.base import NoView
from gemini_magic.views.blocks import BlocksView
from gemini_magic.views.final import FinalView
from gemini_magic.views.publish import publisher_of
from gemini_magic.views.terminal.text import TextView
from gemini_magic.views.widgets.plain_line import PlainLine

if TYPE_CHECKING:
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

    from gemini_magic.views.base import View
    from gemini_magic.views.blocks import LiveWidget
    from gemini_magic.views.outputs import Look

__all__ = ["choose_view", "describe_stand_in", "find_widget_fault", "make_view"]

_log = logging.getLogger("gemini_magic")

_UNHEARD_S = 3.0
"""How long JupyterLab may take to say that it shows the bar; it shows none where nothing has come by then."""


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


def _wants_bar(shell: InteractiveShell, setting: bool | None) -> bool:
    """Return whether a live view shows the bar, where widgets can be made; else it shows the plain line.

    Colab shows an error in place of a widget of others, unless its manager for those was switched on. Even
    then Stop would not stop: what a widget says there reaches the kernel only when the cell has ended.

    Parameters
    ----------
    shell
        The shell whose front end shows it.
    setting
        What the user wants; None leaves it to the front end.
    """
    return find_front_end(shell) is not FrontEnd.COLAB if setting is None else setting


def _widgets_for(
    shell: InteractiveShell, look: Look
) -> Callable[[Callable[[], None]], list[LiveWidget]] | None:
    """Return a function that makes what stands in while a reply streams; None where nobody watches."""
    if look.quiet or not is_watched(shell):
        return None

    def make_widgets(stop: Callable[[], None]) -> list[LiveWidget]:
        if _wants_bar(shell, look.bar):
            try:
                return _make_bar_and_panel(stop, shell, look)
            except Exception as error:  # noqa: BLE001 - whatever comes of missing packages, or of old ones
                _log.info("no widgets, so a plain line: %s", type(error).__name__)
        return [PlainLine(_how_to_stop(find_front_end(shell)))]

    return make_widgets


def describe_stand_in(shell: InteractiveShell, setting: bool | None) -> str:
    """Return what `make_view` would show in the usage line's place while a reply streams."""
    if not is_watched(shell):
        return "the usage line: nobody watches"
    if not _wants_bar(shell, setting):
        return "the plain line"
    return "the bar" if find_widget_fault() is None else "the plain line: widgets cannot be imported"


def find_widget_fault() -> Exception | None:
    """Return what keeps our widgets from being imported: packages that are missing or too old."""
    try:
        import gemini_magic.views.widgets.bar  # noqa: F401 - whether it can be
    except Exception as error:  # noqa: BLE001 - whatever an old version raises
        return error
    return None


def _make_bar_and_panel(stop: Callable[[], None], shell: InteractiveShell, look: Look) -> list[LiveWidget]:
    from gemini_magic.views.widgets.bar import Bar
    from gemini_magic.views.widgets.panel import ThoughtsPanel
    from gemini_magic.views.widgets.reply_widget import name_reply

    name, front_end = name_reply(find_origin(shell).cell), find_front_end(shell)
    # Pages of others may show the bar and cannot say so: to send a new line would draw it under the finger.
    ticks_after_s = _UNHEARD_S if front_end is FrontEnd.LAB else math.inf
    line = PlainLine(_how_to_stop(front_end), ticks_after_s=ticks_after_s)
    return [Bar(stop, name, line), *([ThoughtsPanel(name)] if look.thoughts else [])]


def _how_to_stop(front_end: FrontEnd) -> str:
    what = "kernel" if front_end in {FrontEnd.LAB, FrontEnd.CLASSIC} else "cell"
    return f"interrupt the {what} to stop"


def _make_printing_view(name: str, shell: InteractiveShell, look: Look) -> View:
    is_live = name == "terminal"
    if not is_live and not is_python_client(shell):
        return TextView(quiet=look.quiet, thoughts=look.thoughts)
    from gemini_magic.views.terminal.terminal import TerminalView

    return TerminalView(sys.stdout, live=is_live, quiet=look.quiet, thoughts=look.thoughts)
