"""The quickstart in JupyterLab, as a newcomer runs it."""

from __future__ import annotations

import json
import platform
import re

from tests.support import browser
from tests.support.lesson_pages import QUICKSTART
from tests.support.pictures import take_picture

RECORD = """cell => {
    window.lengths = [];
    const area = () => cell.querySelector('.jp-Cell-outputArea');
    const note = () => window.lengths.push(area()?.textContent.length ?? 0);
    new MutationObserver(note).observe(cell, {childList: true, subtree: true, characterData: true});
}"""


def run_all(page):
    page.locator(".lm-MenuBar-itemLabel", has_text=re.compile("^Run$")).click()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile("^Run All Cells$")).click()


def longest_growth(lengths):
    """How many ever larger lengths follow one another."""
    growth, last = 0, 0
    for length in lengths:
        if length > last:
            growth, last = growth + 1, length
    return growth


@browser.needed
def test_the_quickstart_streams_saves_and_reopens(lab, page):
    folder, url = lab
    saved = folder / QUICKSTART.name
    # The version of Python is the only thing that JupyterLab could have to change.
    version = platform.python_version()
    saved.write_text(re.sub(r'(ipython3",\s+"version": ")[^"]*', rf"\g<1>{version}", saved.read_text()))
    opened = json.loads(saved.read_text())
    page.goto(url)
    prompt = page.locator(".jp-InputArea", has_text="Explain attention in three sentences.")
    cell = page.locator(".jp-CodeCell", has=prompt)
    cell.wait_for()
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(state="attached")
    # The indicator is idle before there is a kernel, too, and a cell that is run then is dropped.
    page.get_by_text(re.compile(r"ipykernel\) \| Idle")).first.wait_for()
    assert not page.evaluate("jupyterapp.shell.currentWidget.context.model.dirty")
    page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    assert json.loads(saved.read_text()) == opened
    cell.evaluate(RECORD)
    run_all(page)
    page.locator(".gemini-bar-stop").first.wait_for()
    take_picture(page, "streaming")
    shown = saved_texts(QUICKSTART)
    reply = cell.locator(".jp-RenderedMarkdown", has_text=longest_words(shown["cell-06"]))
    reply.wait_for()
    usage = cell.locator(".jp-OutputArea-output", has_text=" tokens in ")
    usage.wait_for()
    assert re.search(
        r" · \d+ tokens in · \d+ out .*est\. \$0\.\d+ · .*chat main, turn 1",
        usage.inner_text(),
    )
    assert longest_growth(page.evaluate("window.lengths")) >= 5
    page.get_by_text("'STOP'", exact=False).wait_for()
    # The last cell prints the code of the reply above it.
    page.locator(".jp-RenderedText", has_text=shown["cell-15"].splitlines()[0]).wait_for()
    assert page.locator(".gemini-bar").count() == 0
    page.keyboard.press("Control+s")
    page.wait_for_function("!document.querySelector('.lm-TabBar-tab.jp-mod-current.jp-mod-dirty')")
    take_picture(page, "finished")

    cells = {cell["id"]: cell for cell in json.loads(saved.read_text())["cells"]}
    committed = {cell["id"]: cell for cell in json.loads(QUICKSTART.read_text())["cells"]}
    assert {name: strip(cell) for name, cell in cells.items()} == {
        name: strip(cell) for name, cell in committed.items()
    }

    page.goto("about:blank")
    page.goto(url)
    reply.wait_for()
    usage.wait_for()
    take_picture(page, "reopened")


def saved_texts(lesson):
    """What the last output of each cell shows as plain text, by the cell's id."""
    cells = [cell for cell in json.loads(lesson.read_text())["cells"] if cell.get("outputs")]
    ends = {cell["id"]: cell["outputs"][-1] for cell in cells}
    return {
        name: "".join(end.get("text") or end.get("data", {}).get("text/plain", ""))
        for name, end in ends.items()
    }


def longest_words(markdown):
    """Words of a reply that look the same when it is rendered."""
    return max(re.findall(r"[A-Za-z ]+", markdown), key=len).strip()


def strip(cell):
    """What a saved cell shows, and says to programs."""
    return [
        (output.get("data"), output.get("text"), output.get("metadata")) for output in cell.get("outputs", [])
    ]
