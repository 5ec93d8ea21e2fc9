"""JupyterLab in headless Chromium: the quickstart as a newcomer runs it, and all lessons."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from tests.support import browser
from tests.support.browser import NOTEBOOK, running_browser, running_lab

LESSONS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
QUICKSTART = LESSONS[0]
PICTURES = os.environ.get("GEMINI_MAGIC_PICTURES")

RECORD = """cell => {
    window.lengths = [];
    const area = () => cell.querySelector('.jp-Cell-outputArea');
    const note = () => window.lengths.push(area()?.textContent.length ?? 0);
    new MutationObserver(note).observe(cell, {childList: true, subtree: true, characterData: true});
}"""


IS_DONE = """() => {
    const cells = jupyterapp.shell.currentWidget.content.model.sharedModel.cells;
    return cells.filter(cell => cell.cell_type === 'code').every(cell => cell.execution_count);
}"""
OUTPUTS = (
    """() => jupyterapp.shell.currentWidget.content.model.sharedModel.cells.map(cell => cell.toJSON())"""
)


def lay_out(folder, lesson):
    """Copy a lesson without its outputs, and its cassette."""
    notebook = json.loads(lesson.read_text())
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    (folder / lesson.name).write_text(json.dumps(notebook))
    shutil.copy(lesson.with_suffix(".gemini.jsonl"), folder)


@pytest.fixture
def lab(tmp_path):
    """JupyterLab on copies of the lessons, without any of this machine's settings."""
    folder = tmp_path / "work"
    folder.mkdir()
    for lesson in LESSONS:
        lay_out(folder, lesson)
    with running_lab(tmp_path, folder, "--expose-app-in-browser") as url:
        yield folder, url.replace(NOTEBOOK, QUICKSTART.name)


@pytest.fixture
def page():
    with running_browser() as chromium:
        page = chromium.new_page(viewport={"width": 1100, "height": 1400})
        page.set_default_timeout(60_000)
        yield page


def take_picture(page, name):
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


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
    page.goto(url)
    prompt = page.locator(".jp-InputArea", has_text="Explain attention in three sentences.")
    cell = page.locator(".jp-CodeCell", has=prompt)
    cell.wait_for()
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(state="attached")
    # The indicator is idle before there is a kernel, too, and a cell that is run then is dropped.
    page.get_by_text(re.compile(r"ipykernel\) \| Idle")).first.wait_for()
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
    saved = folder / QUICKSTART.name
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


@browser.needed
def test_all_lessons_run_from_top_to_bottom(lab, page):
    """Each in a fresh kernel: nothing fails but what is meant to, and a reply is where one was saved."""
    _, url = lab
    for lesson in LESSONS:
        browser.open_notebook(page, url.replace(QUICKSTART.name, lesson.name))
        page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
        page.wait_for_function(IS_DONE)
        cells = {cell["id"]: cell for cell in page.evaluate(OUTPUTS)}
        take_picture(page, lesson.stem)
        committed = {cell["id"]: cell for cell in json.loads(lesson.read_text())["cells"]}
        assert {name: kinds(cell) for name, cell in cells.items()} == {
            name: kinds(cell) for name, cell in committed.items()
        }, lesson.name


def kinds(cell):
    """The kinds of a cell's outputs, and the names of its errors."""
    return [output.get("ename", output["output_type"]) for output in cell.get("outputs", [])]


def strip(cell):
    """What a saved cell shows, and says to programs."""
    return [
        (output.get("data"), output.get("text"), output.get("metadata")) for output in cell.get("outputs", [])
    ]
