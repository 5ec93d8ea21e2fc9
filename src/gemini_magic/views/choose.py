"""Choosing the view: the one place that asks who is watching."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

from IPython.core.displaypub import CapturingDisplayPublisher

from gemini_magic.runtime.origin import Origin
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

__all__ = ["can_answer", "choose_view", "find_origin", "make_view"]

_PYTHON_CLIENT = re.compile(r"[0-9a-f-]+_\d+_\d+")
"""Message ids of front ends in Python: terminals, which show what is printed and ignore updates."""


def choose_view(name: str, shell: InteractiveShell) -> str:
    """Return the view that suits the front end: `terminal`, or one of `VIEWS` but `auto`.

    Parameters
    ----------
    name
        What the user asked for.
    shell
        Asked who is watching: a person, where the execute request has a cell id or allows input.
    """
    if isinstance(shell.display_pub, CapturingDisplayPublisher):
        # A capture would keep every update as an output of its own.
        return "final" if name in {"auto", "blocks"} else name
    if getattr(shell, "kernel", None) is None:
        # There is nothing but text here, and nothing raw may reach a terminal.
        is_terminal = sys.stdout is not None and sys.stdout.isatty()
        return "none" if name == "none" else "terminal" if is_terminal else "text"
    parent = _parent(shell)
    if name != "auto":
        return name
    if parent.get("metadata", {}).get("cellId"):
        return "blocks"
    if not _allows_stdin(parent):
        return "final"
    return "text" if _is_python_client(parent) else "blocks"


def make_view(name: str, shell: InteractiveShell, look: Look) -> View:
    """Return the view called `name`, a result of `choose_view`."""
    if name == "none":
        return NoView()
    if name in {"text", "terminal"}:
        return _make_printing_view(name, shell, look)
    if name == "final":
        return FinalView(publisher_of(shell), look)
    return BlocksView(publisher_of(shell), look, make_widgets=_widgets_for(shell, look))


def can_answer(shell: InteractiveShell) -> bool:
    """Return whether a person can be asked for input."""
    if getattr(shell, "kernel", None) is None:
        return sys.stdin is not None and sys.stdin.isatty()
    return _allows_stdin(_parent(shell))


def find_origin(shell: InteractiveShell) -> Origin:
    """Return the cell that is running, and its run; nothing where the front end tells no cells."""
    parent = _parent(shell)
    cell, run = parent.get("metadata", {}).get("cellId"), parent.get("header", {}).get("msg_id")
    return Origin(str(cell), str(run)) if cell else Origin()


def _widgets_for(
    shell: InteractiveShell, look: Look
) -> Callable[[Callable[[], None]], list[LiveWidget]] | None:
    """Return a function that makes the bar and the panel for thoughts; None where nobody watches."""
    parent = _parent(shell)
    if look.quiet or not look.bar or not (parent.get("metadata", {}).get("cellId") or _allows_stdin(parent)):
        return None

    def make_widgets(stop: Callable[[], None]) -> list[LiveWidget]:
        from gemini_magic.views.widgets.bar import Bar
        from gemini_magic.views.widgets.panel import ThoughtsPanel

        return [Bar(stop), *([ThoughtsPanel()] if look.thoughts else [])]

    return make_widgets


def _make_printing_view(name: str, shell: InteractiveShell, look: Look) -> View:
    is_live = name == "terminal"
    if not is_live and not _is_python_client(_parent(shell)):
        return TextView(quiet=look.quiet, thoughts=look.thoughts)
    from gemini_magic.views.terminal.terminal import TerminalView

    return TerminalView(sys.stdout, live=is_live, quiet=look.quiet, thoughts=look.thoughts)


def _parent(shell: InteractiveShell) -> dict[str, Any]:
    """Return the message that asked for the running cell."""
    kernel = getattr(shell, "kernel", None)
    parent = kernel.get_parent("shell") if kernel is not None else None
    return parent if isinstance(parent, dict) else {}


def _allows_stdin(parent: dict[str, Any]) -> bool:
    return bool(parent.get("content", {}).get("allow_stdin"))


def _is_python_client(parent: dict[str, Any]) -> bool:
    is_person = _allows_stdin(parent) and not parent.get("metadata", {}).get("cellId")
    return is_person and _PYTHON_CLIENT.fullmatch(str(parent.get("header", {}).get("msg_id"))) is not None
