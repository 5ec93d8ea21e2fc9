"""The lessons of the repository, and what must not be in them."""

from __future__ import annotations

import json
import re
from pathlib import Path

from gemini_magic.runtime.secret import scrub

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
FIRST_CELL = (FOLDER / "samples" / "first_cell.txt").read_text(encoding="utf-8").strip()
"""The first code of each lesson."""

STATEMENT = re.compile(r"sample replies written for this lesson, not Gemini's.*`make record`")
ROOTS = "home|root|Users|tmp|var|opt|mnt|usr|private|work|content|kaggle"
PATHS = re.compile(rf"(?<![\w.:/])/(?:{ROOTS})/\w|\b[A-Z]:\\+\w|site-packages")
TIMES = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\b\d\d:\d\d:\d\d\b")
PROMPT = re.compile(r"^(?:%%|%)gemini(?!_)", re.MULTILINE)


def faults_of(path, *, is_sample=True):
    """Return what is wrong with a saved notebook, in words; its replies are samples, or Gemini's."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = notebook["cells"]
    return [
        *faults_of_texts(notebook),
        *faults_of_statement(cells[0], is_sample=is_sample),
        *(
            fault
            for cell in cells
            if cell["cell_type"] == "code"
            for fault in faults_of_cell(cell, is_sample)
        ),
    ]


def faults_of_texts(value):
    """Return what no text in a JSON value may have."""
    text = "\n".join(texts_in(value))
    found = {"a machine path": PATHS.search(text), "a timestamp": TIMES.search(text)}
    faults = [f"{what}: {match.group()}" for what, match in found.items() if match]
    return faults + (["the shape of a key"] if scrub(text) != text else [])


def texts_in(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in [*value.keys(), *value.values()] if isinstance(value, dict) else value:
            yield from texts_in(item)


def faults_of_statement(cell, *, is_sample):
    words = " ".join(source_of(cell).replace("\n>", "\n").split())
    states = cell["cell_type"] == "markdown" and STATEMENT.search(words) is not None
    if states != is_sample:
        yield f"the first cell {'says' if states else 'does not say'} that the replies are samples"


def faults_of_cell(cell, is_sample):
    name, outputs = cell["id"], cell["outputs"]
    errors = [output for output in outputs if output["output_type"] == "error"]
    if cell["execution_count"] is None:
        yield f"{name} was not run"
    if PROMPT.search(source_of(cell)) and not outputs:
        yield f"{name} asks, and has no output"
    if errors and "raises-exception" not in cell["metadata"].get("tags", []):
        yield f"{name} has an error: {errors[0]['ename']}"
    if any(len("".join(error["traceback"]).splitlines()) > 1 for error in errors):
        yield f"{name} shows a traceback"
    for output in outputs:
        line = "".join(output.get("data", {}).get("text/plain", ""))
        is_usage = "gemini_magic" in output.get("metadata", {}) and " tokens in" in line
        if is_usage and ("sample reply" in line) != is_sample:
            yield f"{name} has a usage line that {'does not say' if is_sample else 'says'} 'sample reply'"


def source_of(cell):
    return "".join(cell["source"])


def error(*lines):
    return {"output_type": "error", "ename": "ValueError", "evalue": "x", "traceback": list(lines)}
