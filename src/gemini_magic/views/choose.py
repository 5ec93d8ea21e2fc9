"""Choosing the view: the one place that asks who is watching."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from IPython.core.displaypub import CapturingDisplayPublisher

from gemini_magic.views.base import NoView
from gemini_magic.views.blocks import BlocksView
from gemini_magic.views.final import FinalView
from gemini_magic.views.publish import publisher_of
from gemini_magic.views.text import TextView

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from gemini_magic.views.base import View

__all__ = ["can_answer", "is_watched", "make_view"]


def make_view(name: str, shell: InteractiveShell, *, quiet: bool) -> View:
    """Return the view called `name`; `auto` asks who is watching."""
    if name == "auto":
        name = _choose(shell)
    if name == "blocks" and isinstance(shell.display_pub, CapturingDisplayPublisher):
        name = "final"  # A capture would keep every update as an output of its own.
    if name == "none":
        return NoView()
    if name == "text":
        return TextView(quiet=quiet)
    make = BlocksView if name == "blocks" else FinalView
    return make(publisher_of(shell), quiet=quiet)


def is_watched(shell: InteractiveShell) -> bool:
    """Return whether a person sees the outputs as they come: there is a cell id, or somebody to answer."""
    if isinstance(shell.display_pub, CapturingDisplayPublisher):
        return False
    parent = _parent(shell)
    return bool(parent.get("metadata", {}).get("cellId")) or _allows_stdin(parent)


def can_answer(shell: InteractiveShell) -> bool:
    """Return whether a person can be asked for input."""
    if getattr(shell, "kernel", None) is None:
        return sys.stdin is not None and sys.stdin.isatty()
    return _allows_stdin(_parent(shell))


def _choose(shell: InteractiveShell) -> str:
    if getattr(shell, "kernel", None) is None:
        captured = isinstance(shell.display_pub, CapturingDisplayPublisher)
        return "final" if captured else "text"
    return "blocks" if is_watched(shell) else "final"


def _parent(shell: InteractiveShell) -> dict[str, Any]:
    """Return the message that asked for the running cell."""
    kernel = getattr(shell, "kernel", None)
    parent = kernel.get_parent("shell") if kernel is not None else None
    return parent if isinstance(parent, dict) else {}


def _allows_stdin(parent: dict[str, Any]) -> bool:
    return bool(parent.get("content", {}).get("allow_stdin"))
