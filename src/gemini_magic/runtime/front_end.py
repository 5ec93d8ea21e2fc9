"""The front end of the running cell: what it is, which cell and notebook, who watches, who can answer."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gemini_magic.runtime.keys.secret_places import is_on_kaggle
from gemini_magic.runtime.origin import Origin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from IPython.core.interactiveshell import InteractiveShell

__all__ = [
    "FrontEnd",
    "can_answer",
    "columns_of",
    "find_front_end",
    "find_notebook",
    "find_origin",
    "is_python_client",
    "is_watched",
    "tells_cells",
]

_PYTHON_CLIENT = re.compile(r"[0-9a-f-]+_\d+_\d+")
"""Message ids of front ends in Python: terminals, which show what is printed and ignore updates."""

_CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""The ids that the notebook format allows."""

_VS_CODE = "vscode-"
"""What the id of a cell begins with in VS Code: the id is the address of a document."""

_COLUMNS = 80


class FrontEnd(StrEnum):
    """What shows the outputs of the running cell."""

    VS_CODE = "VS Code"
    COLAB = "Colab"
    KAGGLE = "Kaggle"
    CONSOLE = "a console with a kernel, like jupyter console"
    LAB = "JupyterLab, Notebook 7 or the like"
    CLASSIC = "Notebook 6, nbclassic or the like"
    RUNNER = "none: a runner, like nbclient or nbval"
    TERMINAL = "a terminal"
    FILE = "none: a pipe or a file"


def find_front_end(shell: InteractiveShell) -> FrontEnd:
    """Return what shows the outputs of the running cell, as far as it tells."""
    if getattr(shell, "kernel", None) is None:
        is_terminal = sys.stdout is not None and sys.stdout.isatty()
        return FrontEnd.TERMINAL if is_terminal else FrontEnd.FILE
    parent = _parent(shell)
    named = _find_named(shell, parent)
    if named is not None:
        return named
    if is_python_client(shell):
        return FrontEnd.CONSOLE
    if _cell_of(parent):
        return FrontEnd.LAB
    return FrontEnd.CLASSIC if _allows_stdin(parent) else FrontEnd.RUNNER


def _find_named(shell: InteractiveShell, parent: dict[str, Any]) -> FrontEnd | None:
    """Return the front end that says its name, in its messages, its shell or the environment."""
    # VS Code first: it may show a kernel on a machine of Colab.
    if (_cell_of(parent) or "").startswith(_VS_CODE):
        return FrontEnd.VS_CODE
    if _colab_of(parent) or type(shell).__module__.startswith("google.colab."):
        return FrontEnd.COLAB
    return FrontEnd.KAGGLE if is_on_kaggle() else None


def find_origin(shell: InteractiveShell) -> Origin:
    """Return the cell that is running, and its run; nothing where the front end tells no cells."""
    parent = _parent(shell)
    cell, run = _cell_of(parent), _part(parent, "header").get("msg_id")
    return Origin(cell, str(run)) if cell else Origin()


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


def tells_cells(shell: InteractiveShell) -> bool:
    """Return whether the front end says which cell is running."""
    return _cell_of(_parent(shell)) is not None


def is_watched(shell: InteractiveShell) -> bool:
    """Return whether a person sees the outputs as they come; runners like nbclient allow no input."""
    return tells_cells(shell) or _allows_stdin(_parent(shell))


def is_python_client(shell: InteractiveShell) -> bool:
    """Return whether the front end is a terminal like `jupyter console`."""
    parent = _parent(shell)
    is_person = _allows_stdin(parent) and _cell_of(parent) is None
    return is_person and _PYTHON_CLIENT.fullmatch(str(_part(parent, "header").get("msg_id"))) is not None


def _parent(shell: InteractiveShell) -> dict[str, Any]:
    """Return the message that asked for the running cell."""
    kernel = getattr(shell, "kernel", None)
    parent = kernel.get_parent("shell") if kernel is not None else None
    return parent if isinstance(parent, dict) else {}


def _part(message: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a part of a message; an empty one where a front end sends something else, or none."""
    part = message.get(name)
    return part if isinstance(part, dict) else {}


def _colab_of(parent: dict[str, Any]) -> dict[str, Any]:
    """Return what Colab adds to its messages."""
    return _part(_part(parent, "metadata"), "colab")


def _cell_of(parent: dict[str, Any]) -> str | None:
    """Return the id of the cell that is running; None where the front end tells none."""
    cell = _part(parent, "metadata").get("cellId") or _colab_of(parent).get("cell_id")
    if not cell:
        return None
    if not _CELL_ID.fullmatch(str(cell)):
        # It may be of any length. VS Code's holds the notebook's path, which is nobody's business in a chat.
        prefix = _VS_CODE if str(cell).startswith(_VS_CODE) else "cell-"
        return prefix + hashlib.sha256(str(cell).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return str(cell)


def _allows_stdin(parent: dict[str, Any]) -> bool:
    return bool(_part(parent, "content").get("allow_stdin"))
