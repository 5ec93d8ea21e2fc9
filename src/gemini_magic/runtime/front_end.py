"""The front end of the running cell: which cell and notebook it is, who watches, who can answer."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gemini_magic.runtime.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from IPython.core.interactiveshell import InteractiveShell

__all__ = ["can_answer", "columns_of", "find_notebook", "find_origin", "is_python_client", "is_watched"]

_PYTHON_CLIENT = re.compile(r"[0-9a-f-]+_\d+_\d+")
"""Message ids of front ends in Python: terminals, which show what is printed and ignore updates."""

_COLUMNS = 80


def find_origin(shell: InteractiveShell) -> Origin:
    """Return the cell that is running, and its run; nothing where the front end tells no cells."""
    parent = _parent(shell)
    cell, run = parent.get("metadata", {}).get("cellId"), parent.get("header", {}).get("msg_id")
    return Origin(str(cell), str(run)) if cell else Origin()


def find_notebook(variables: Mapping[str, Any]) -> str | None:
    """Return the path of the notebook this kernel belongs to; None where that cannot be known.

    Parameters
    ----------
    variables
        The notebook's variables: VS Code puts the path there, Jupyter Server into the environment.
    """
    # The environment is inherited by kernels that are started from a notebook, so it comes second.
    path = variables.get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME")
    # For consoles it holds a name without a suffix, which is no file.
    return str(Path(path).absolute()) if isinstance(path, str) and Path(path).suffix else None


def can_answer(shell: InteractiveShell) -> bool:
    """Return whether a person can be asked for input."""
    if getattr(shell, "kernel", None) is None:
        return sys.stdin is not None and sys.stdin.isatty()
    return _allows_stdin(_parent(shell))


def columns_of(shell: InteractiveShell) -> int:
    """Return the columns a table may have as text: the terminal's, or 80 in a notebook, which keeps it."""
    is_terminal = getattr(shell, "kernel", None) is None and sys.stdout is not None and sys.stdout.isatty()
    return shutil.get_terminal_size().columns if is_terminal else _COLUMNS


def is_watched(shell: InteractiveShell) -> bool:
    """Return whether a person sees the outputs as they come; runners like nbclient allow no input."""
    parent = _parent(shell)
    return _tells_cell(parent) or _allows_stdin(parent)


def is_python_client(shell: InteractiveShell) -> bool:
    """Return whether the front end is a terminal like `jupyter console`."""
    parent = _parent(shell)
    is_person = _allows_stdin(parent) and not _tells_cell(parent)
    return is_person and _PYTHON_CLIENT.fullmatch(str(parent.get("header", {}).get("msg_id"))) is not None


def _parent(shell: InteractiveShell) -> dict[str, Any]:
    """Return the message that asked for the running cell."""
    kernel = getattr(shell, "kernel", None)
    parent = kernel.get_parent("shell") if kernel is not None else None
    return parent if isinstance(parent, dict) else {}


def _tells_cell(parent: dict[str, Any]) -> bool:
    return bool(parent.get("metadata", {}).get("cellId"))


def _allows_stdin(parent: dict[str, Any]) -> bool:
    return bool(parent.get("content", {}).get("allow_stdin"))
