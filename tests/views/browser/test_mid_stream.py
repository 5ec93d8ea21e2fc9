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


STREAMS = "this reply still streams in the kernel; interrupt to stop, %gemini --show draws it"
ENDED = "ended after the reload; %gemini --show draws all of it"
INTERRUPTED = "interrupted: the notebook was saved while this reply was streaming"


def reload(notebook):
    """Reload the page, and wait until it has its kernel again: cells that are run before are dropped."""
    notebook.page.on("dialog", lambda dialog: dialog.accept())
    notebook.page.reload()
    notebook.page.wait_for_function("window.jupyterapp?.shell.currentWidget?.sessionContext?.isReady")


def test_a_reload_in_mid_stream(lab, open_notebook):
    notebook = open_notebook(asks("reload"), "%gemini --show", "# afterwards")
    # Longer than a page takes to load: of a reply that ends meanwhile nothing is heard.
    lab.say(*(f"word{n} " for n in range(40)), pause_s=0.4)
    cell = notebook.run("reload")
    cell.get_by_text("word5 ").wait_for()
    reload(notebook)
    usage(cell, STREAMS).wait_for()
    shown = notebook.run("--show")
    shown.get_by_text("word39").wait_for()
    assert "word0 " in shown.locator(".jp-RenderedMarkdown").inner_text()
    usage(shown, "total").wait_for()
    usage(cell, ENDED).wait_for()
    assert notebook.page.locator(".gemini-bar").count() == 0


def test_a_reload_of_a_notebook_that_was_saved_in_mid_stream(lab, open_notebook):
    notebook = open_notebook(asks("twice", "--thoughts"))
    page = notebook.page
    lab.say("Some words", " never", pause_s=60)
    cell = notebook.run("twice")
    cell.get_by_text("Some words").wait_for()
    notebook.save()
    for _ in range(2):
        reload(notebook)
        usage(cell, STREAMS).wait_for()
        usage(cell, "Thoughts: not saved").wait_for()
        assert cell.locator(".jp-OutputArea-child").count() == 3
        notebook.save()
    page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.interrupt()")
    lab.wait_for_disconnect()
    usage(cell, ENDED).wait_for()
    assert cell.locator(".jp-OutputArea-child").all_inner_texts() == [
        f"gemini-3.8-flash · {ENDED}",
        "Thoughts: not saved, the reply was streaming",
        "Some words",
    ]


def test_a_restart_after_a_reload(lab, open_notebook):
    notebook = open_notebook(asks("dies"))
    lab.say("Some words", " never", pause_s=60)
    cell = notebook.run("dies")
    cell.get_by_text("Some words").wait_for()
    reload(notebook)
    usage(cell, STREAMS).wait_for()
    notebook.page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()")
    lab.wait_for_disconnect()
    usage(cell, INTERRUPTED).wait_for()


def test_a_notebook_that_was_saved_in_mid_stream(lab, open_notebook):
    notebook = open_notebook(asks("saved"))
    lab.say("Some words", " never", pause_s=60)
    cell = notebook.run("saved")
    cell.get_by_text("Some words").wait_for()
    page = notebook.page
    notebook.save()
    page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    lab.wait_for_disconnect()
    reload(notebook)
    usage(cell, INTERRUPTED).wait_for()
    assert cell.get_by_text("Some words").count() == 1
    assert "widget" not in cell.inner_text()


def test_replies_that_end_before_their_widgets_are_loaded_are_no_errors(lab, open_cells):
    notebook = open_cells(asks("quick", "--thoughts"))
    for _ in range(10):
        lab.say("a quick one")
        usage(notebook.run("quick"), "total").wait_for()
        notebook.wait_until_idle()
    # A widget that was not loaded says so after two seconds of the page.
    notebook.page.evaluate("new Promise(end => AbortSignal.timeout(2100).addEventListener('abort', end))")


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
