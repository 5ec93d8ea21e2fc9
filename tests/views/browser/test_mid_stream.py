"""A page that is reloaded, saved or restarted while a reply streams."""

from __future__ import annotations

from tests.support.browser import (
    MARKS,
)
from tests.support.lab_notebook import (
    asks,
    bar,
    floating,
    usage,
)

pytestmark = MARKS


def test_a_reload_in_mid_stream(lab, open_notebook):
    notebook = open_notebook(asks("reload"), "%gemini --show", "# afterwards")
    lab.say(*(f"word{n} " for n in range(40)), pause_s=0.1)
    cell = notebook.run("reload")
    cell.get_by_text("word5 ").wait_for()
    notebook.page.reload()
    # A cell that is run before the page has its kernel again is dropped.
    notebook.page.wait_for_function("window.jupyterapp?.shell.currentWidget?.sessionContext?.isReady")
    shown = notebook.run("--show")
    shown.get_by_text("word39").wait_for()
    assert "word0 " in shown.locator(".jp-RenderedMarkdown").inner_text()
    usage(shown, "total").wait_for()
    assert notebook.page.locator(".gemini-bar").count() == 0


def test_a_notebook_that_was_saved_in_mid_stream(lab, open_notebook):
    notebook = open_notebook(asks("saved"))
    lab.say("Some words", " never", pause_s=60)
    cell = notebook.run("saved")
    cell.get_by_text("Some words").wait_for()
    page = notebook.page
    notebook.save()
    page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    lab.wait_for_disconnect()
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    usage(cell, "interrupted: the notebook was saved").wait_for()
    assert cell.get_by_text("Some words").count() == 1
    assert "widget" not in cell.inner_text()


def test_a_restart_in_mid_stream(lab, open_notebook):
    notebook = open_notebook(asks("restart"))
    page = notebook.page
    lab.say_long()
    cell = notebook.run("restart")
    notebook.scroll_beyond("Paragraph 60 of", cell)
    page.keyboard.press("Escape")
    page.keyboard.press("0")
    page.keyboard.press("0")
    page.locator(".jp-Dialog button.jp-mod-accept").click()
    lab.wait_for_disconnect()
    bar(cell).get_by_text("The kernel has ended").wait_for()
    floating(notebook).wait_for(state="detached")
    assert bar(cell).get_by_role("button").count() == 0
    assert cell.get_by_text("Paragraph 10 of").count() == 1
