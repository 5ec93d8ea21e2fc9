"""The plain line and the report in JupyterLab, as a reader sees them: at any width, light and dark."""

from __future__ import annotations

import pytest

from tests.support.browser import MARKS
from tests.support.lab_notebook import asks, bar, usage
from tests.support.pictures import take_picture

pytestmark = MARKS
NO_BAR = "%config GeminiMagics.bar = False"
BAR = "%config GeminiMagics.bar = None"
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
SIZES = [(1280, 800), (420, 800)]

TOO_WIDE = """cell => [...cell.querySelectorAll('.jp-OutputArea-output')]
    .filter(output => output.scrollWidth > output.clientWidth + 1).length"""


def show_as(page, theme, size):
    # The list of files would take all of a narrow page.
    page.evaluate("jupyterapp.shell.collapseLeft()")
    page.set_viewport_size({"width": size[0], "height": size[1]})
    change = "theme => jupyterapp.commands.execute('apputils:change-theme', {theme})"
    page.evaluate(change, THEMES[theme])
    is_light = str(theme == "light").lower()
    page.wait_for_function("light => document.body.dataset.jpThemeLight === light", arg=is_light)


@pytest.fixture
def looked_at(open_cells):
    """Puts cells into the notebook, whose page is then as it was."""
    pages = []

    def open_(*sources):
        notebook = open_cells(*sources)
        pages.append(notebook.page)
        return notebook

    yield open_
    for page in pages:
        show_as(page, "light", (1000, 900))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_plain_line(lab, looked_at, theme, size):
    notebook = looked_at(NO_BAR, asks("plain"), BAR)
    show_as(notebook.page, theme, size)
    notebook.run("bar = False")
    lab.say("Some **words**", " more", pause_s=3)
    cell = notebook.run("plain")
    cell.locator("strong", has_text="words").wait_for()
    usage(cell, "· streaming… · interrupt the kernel to stop · 2 s").wait_for()
    assert bar(cell).count() == 0
    assert cell.evaluate(TOO_WIDE) == 0
    take_picture(notebook.page, f"plain_line_{theme}_{size[0]}")
    usage(cell, "total").wait_for()
    assert usage(cell, "interrupt").count() == 0
    notebook.run("bar = None")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_report(looked_at, theme, size):
    notebook = looked_at("%gemini --about")
    show_as(notebook.page, theme, size)
    cell = notebook.run("--about")
    report = cell.locator("pre", has_text="gemini-magic: ")
    report.wait_for()
    assert "- front end: JupyterLab, Notebook 7 or the like\n" in report.inner_text()
    assert "- while a reply streams: the bar (setting: None)\n" in report.inner_text()
    assert cell.evaluate(TOO_WIDE) == 0
    take_picture(notebook.page, f"about_{theme}_{size[0]}")
