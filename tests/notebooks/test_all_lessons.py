"""The lessons after the quickstart in JupyterLab, each in a fresh kernel."""

from __future__ import annotations

import json

import pytest

from tests.support import browser
from tests.support.lesson_pages import LESSONS, QUICKSTART
from tests.support.pictures import take_picture

IS_DONE = """() => {
    const cells = jupyterapp.shell.currentWidget.content.model.sharedModel.cells;
    return cells.filter(cell => cell.cell_type === 'code').every(cell => cell.execution_count);
}"""

OUTPUTS = (
    """() => jupyterapp.shell.currentWidget.content.model.sharedModel.cells.map(cell => cell.toJSON())"""
)


@browser.needed
@pytest.mark.parametrize("lesson", LESSONS[1:], ids=lambda lesson: lesson.stem)
def test_a_lesson_runs_from_top_to_bottom(lab, page, lesson):
    """Nothing fails but what is meant to, and a reply is where one was saved."""
    _, url = lab
    # Without the lessons before it.
    browser.open_notebook(page, f"{url.replace(QUICKSTART.name, lesson.name)}&reset")
    page.evaluate("jupyterapp.commands.execute('notebook:run-all-cells')")
    page.wait_for_function(IS_DONE)
    cells = {cell["id"]: cell for cell in page.evaluate(OUTPUTS)}
    take_picture(page, lesson.stem)
    committed = {cell["id"]: cell for cell in json.loads(lesson.read_text())["cells"]}
    assert {name: kinds(cell) for name, cell in cells.items()} == {
        name: kinds(cell) for name, cell in committed.items()
    }


def kinds(cell):
    """The kinds of a cell's outputs, and the names of its errors."""
    return [output.get("ename", output["output_type"]) for output in cell.get("outputs", [])]
