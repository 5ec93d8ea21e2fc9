"""Cells of a page with the extension."""

from __future__ import annotations

import json
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "gemini_magic" / "labextension"
PRELUDE = "from IPython.display import Markdown, HTML, display\nif False:\n    %gemini never asked\n"


def cell_of(page, number):
    return page.locator(".jp-CodeCell").nth(number)


def language(page, number, name):
    """A cell's editor, once it shows this language."""
    editor = cell_of(page, number).locator(f".cm-content[data-language={name}]")
    editor.wait_for()
    return editor


def run(page, number):
    cell_of(page, number).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")


def save(page, path):
    with page.expect_response(lambda answer: answer.request.method == "PUT" and path.name in answer.url):
        page.keyboard.press("Control+s")
    return json.loads(path.read_text())
