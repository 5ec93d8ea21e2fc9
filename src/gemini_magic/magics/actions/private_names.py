"""Takes the user's name out of a text with paths."""

from __future__ import annotations

import contextlib
import getpass
import os
import re
from pathlib import Path

__all__ = ["hide_names"]


def hide_names(text: str) -> str:
    """Return `text` with `~` for the home folder, and without folders that are named after the user."""
    home = _home()
    for path in sorted({str(home), str(home.resolve())} - {home.anchor}, key=len, reverse=True):
        text = re.sub(rf"(?<![\w.-]){re.escape(path)}(?![\w-])", "~", text)
    # The longest first: one name may begin another, as `ada` does `ada@school.example`.
    for name in sorted(_names(home), key=len, reverse=True):
        text = re.sub(rf"(?<=[/\\]){re.escape(name)}(?![\w-])", "[user]", text)
    return text


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError:
        return Path("/")


def _names(home: Path) -> set[str]:
    names = {home.name, os.environ.get("JUPYTERHUB_USER", "")}
    # In some containers the user has no name.
    with contextlib.suppress(KeyError, OSError, ImportError):
        names.add(getpass.getuser())
    return {name for name in names if name}
