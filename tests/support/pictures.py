"""Pictures of pages, kept where GEMINI_MAGIC_PICTURES names a folder."""

from __future__ import annotations

import os
from pathlib import Path

_SAID = os.environ.get("GEMINI_MAGIC_PICTURES")
# Read now: each test has a folder and an environment of its own.
FOLDER = Path(_SAID).absolute() if _SAID else None


def take_picture(page, name):
    if FOLDER is not None:
        FOLDER.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(FOLDER / f"{name}.png"))
