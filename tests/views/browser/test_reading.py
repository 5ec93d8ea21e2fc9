"""What a reader sees while a reply streams, and what is saved of it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json

import pytest
from nbconvert import HTMLExporter, MarkdownExporter

from tests.support.browser import (
    MARKS,
)
from tests.support.lab_notebook import (
    LONG,
    asks,
    usage,
)

pytestmark = MARKS
HAS_SUBSHELLS = int(importlib.metadata.version("ipykernel").split(".")[0]) >= 7


def thought(text):
    return {"candidates": [{"content": {"role": "model", "parts": [{"text": text, "thought": True}]}}]}


def test_thoughts_and_selection_stay_as_the_reader_left_them(lab, open_cells):
    notebook = open_cells(asks("reader", "--thoughts"))
    page = notebook.page
    pieces = [LONG[i : i + 60] for i in range(0, 12_000, 60)]
    lab.say(thought("Considering it."), *pieces, pause_s=0.03)
    cell = notebook.run("reader")
    cell.locator("summary").click()
    cell.get_by_text("Considering it.").wait_for()
    cell.get_by_text("Paragraph 45 of").wait_for()
    chosen = cell.get_by_text("Paragraph 3 of")
    chosen.scroll_into_view_if_needed()
    chosen.evaluate("node => getSelection().selectAllChildren(node)")
    top = chosen.bounding_box()["y"]
    cell.get_by_text("Paragraph 90 of").wait_for()
    assert cell.get_by_text("Considering it.").is_visible()
    assert page.evaluate("getSelection().toString()").startswith("Paragraph 3 of")
    assert chosen.bounding_box()["y"] == pytest.approx(top, abs=1)
    usage(cell, "total").wait_for()
    if HAS_SUBSHELLS:
        assert cell.locator("details[open]", has_text="Considering it.").count() == 1
    assert page.evaluate("getSelection().toString()").startswith("Paragraph 3 of")


def test_nothing_moves_when_a_reply_with_thoughts_ends(lab, open_cells):
    notebook = open_cells(asks("still", "--thoughts"))
    lab.say(thought("Considering it."), "One.\n\n", "Two.", pause_s=0.7)
    cell = notebook.run("still")
    text = cell.get_by_text("One.")
    text.wait_for()
    before = [cell.get_by_text("Thought for").bounding_box()["y"], text.bounding_box()["y"]]
    usage(cell, "total").wait_for()
    cell.locator("details.gemini-magic-thoughts").wait_for()
    after = [cell.locator("summary small").bounding_box()["y"], text.bounding_box()["y"]]
    assert after[1] == pytest.approx(before[1], abs=1)
    assert after[0] == pytest.approx(before[0], abs=8), (
        "its box is the line's in one, the letters' in the other"
    )


def test_what_is_saved_reads_complete(lab, open_cells):
    notebook = open_cells(asks("save", "--thoughts"))
    lab.say(thought("Considering it."), "## A heading\n\n", LONG[:6000], "\n\nThe end", pause_s=0.3)
    cell = notebook.run("save")
    usage(cell, "total").wait_for()
    saved = notebook.save()
    assert "widget" not in json.dumps([cell.outputs for cell in saved.cells])
    assert "widgets" not in saved.metadata
    for exporter in (HTMLExporter(), MarkdownExporter()):
        body, _ = exporter.from_notebook_node(saved)
        for text in ("A heading", "Considering it.", "Paragraph 0 ", "Paragraph 100 ", "The end", "tokens"):
            assert text in body
    notebook.page.reload()
    cell.get_by_text("The end").wait_for()
    assert cell.get_by_text("Considering it.").count() == 1
    assert usage(cell, "total").is_visible()
    assert "Error displaying widget" not in notebook.page.locator(".jp-Notebook").inner_text()


def test_headings_of_replies_stay_out_of_the_table_of_contents(lab, open_cells):
    notebook = open_cells(
        asks("unlisted"),
        "%config GeminiMagics.toc = True\nget_ipython().run_line_magic('gemini', '--once y')",
    )
    page = notebook.page
    lab.say("## Quiet heading\n\nText\n\nOther\n-----\n\ntext")
    cell = notebook.run("unlisted")
    cell.locator("h2", has_text="Quiet heading").wait_for()
    cell.locator("h2", has_text="Other").wait_for()
    lab.say("## Loud heading\n\nText")
    notebook.run("toc = True").locator("h2", has_text="Loud heading").wait_for()
    page.get_by_role("tab", name="Table of Contents").click()
    listed = page.locator(".jp-TableOfContents")
    listed.get_by_text("Loud heading").wait_for()
    assert listed.get_by_text("Quiet heading").count() == listed.get_by_text("Other").count() == 0
    sizes = page.locator(".jp-OutputArea h2").evaluate_all(
        "all => all.map(h => getComputedStyle(h).fontSize)"
    )
    assert len(set(sizes)) == 1, "they look the same"


def test_odd_text_is_drawn_right(lab, open_cells):
    from playwright.sync_api import expect

    notebook = open_cells(asks("odd"), asks("line"), asks("fence"))
    half = "\N{GRINNING FACE}".encode("utf-16-be", "surrogatepass")
    pieces = ("first\r\n\r\nsecond\0\r\n\r\n", "e\u0301te\u0301\n\n", "\u05e9\u05dc\u05d5\u05dd\n\n")
    halves = tuple(half[i : i + 2].decode("utf-16-be", "surrogatepass") for i in (0, 2))
    lab.say(*pieces, *halves, "\n\nlone \ud83d end", pause_s=0.1)
    cell = notebook.run("odd")
    usage(cell, "total").wait_for()
    # The page may draw the usage line before the text: its Markdown is drawn in a later task.
    expect(cell.locator(".jp-OutputArea p")).to_have_text(
        [
            "first",
            "second\ufffd",
            "e\u0301te\u0301",
            "\u05e9\u05dc\u05d5\u05dd",
            "\N{GRINNING FACE}",
            "lone \ufffd end",
        ]
    )
    lab.say(*("x" * 1000 for _ in range(100)), pause_s=0.01)
    cell = notebook.run("line")
    usage(cell, "total").wait_for()
    expect(cell.locator(".jp-OutputArea p")).to_have_text("x" * 100_000)
    assert cell.evaluate("c => c.scrollWidth <= c.clientWidth"), "only its own output scrolls sideways"
    lab.say("```python\n", *(f"print({n})\n\n" for n in range(400)), pause_s=0.005)
    cell = notebook.run("fence")
    usage(cell, "total").wait_for()
    code = "\n\n".join(f"print({n})" for n in range(400))
    expect(cell.locator(".jp-OutputArea-output pre")).to_have_text(code)
