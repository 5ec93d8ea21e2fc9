"""Lessons on a page of JupyterLab."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

LESSONS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
QUICKSTART = LESSONS[0]


def lay_out(folder, lesson):
    """Copy a lesson without its outputs, and its cassette."""
    notebook = json.loads(lesson.read_text())
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    (folder / lesson.name).write_text(json.dumps(notebook))
    shutil.copy(lesson.with_suffix(".gemini.jsonl"), folder)
