"""Saved notebooks read complete elsewhere: converted to HTML and to Markdown, with nothing active in them."""

from __future__ import annotations

import re
from html import unescape

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter, MarkdownExporter

from gemini_magic.emulator import ScriptedReply

pytestmark = pytest.mark.slow

TEXT = (
    "# Report\n\nIt costs $5 or $10, and $x^2$ is math.\n\n"
    + "".join(f"Paragraph {n} with **bold** words.\n\n" for n in range(120))
    + "```python\nif a < b:  # compare\n    pass\n```\n\n<script>alert(1)</script>\n\n"
    + "![chart](http://tracker.example/c.png)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nThe end.\n"
)


@pytest.fixture
def notebook(server, emulator):
    """A notebook with a long reply, run as nbclient runs it."""
    emulator.script.append(ScriptedReply(pieces=(TEXT,)))
    cells = ["%load_ext gemini_magic", "%%gemini\nReport, please."]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    return NotebookClient(notebook, timeout=60, kernel_name="python3").execute()


def test_nothing_is_missing_in_html(notebook):
    html, _ = HTMLExporter().from_notebook_node(notebook)
    body = html[html.index("<main>") :]
    words = re.sub(r"<[^>]+>", "", body)
    assert all(f"Paragraph {n} with bold words." in words for n in range(120))
    assert "The end." in words
    assert "if a < b:  # compare" in unescape(words)
    assert "tokens in" in words
    assert "alert(1)" in words
    assert "<script>alert" not in body
    assert "<img" not in body
    assert 'href="http://tracker.example/c.png"' in body


def test_nothing_is_missing_in_markdown(notebook):
    markdown, _ = MarkdownExporter().from_notebook_node(notebook)
    assert all(f"Paragraph {n} with" in markdown for n in range(120))
    assert "The end." in markdown
    assert "<script>alert" not in markdown
    assert "![chart]" not in markdown
