"""Pictures of pages, kept where GEMINI_MAGIC_PICTURES names a folder."""

from __future__ import annotations

import os
from pathlib import Path


def take_picture(page, name):
    folder = os.environ.get("GEMINI_MAGIC_PICTURES")
    if folder:
        page.screenshot(path=str(Path(folder) / f"{name}.png"))
