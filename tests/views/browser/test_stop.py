"""Stop in JupyterLab and Notebook 7: by mouse, keyboard and toolbar, whatever the kernel hears."""

from __future__ import annotations

import importlib.metadata
import importlib.util

import pytest

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
NEXT = "import time\ntime.sleep(0.6)\nprint('un' + 'harmed')"
DEAF = "import gemini_magic.views.widgets.bar as bar\nhear, bar.Bar._hear = bar.Bar._hear, lambda *_: None"
HEARING = "bar.Bar._hear = hear"
NO_SUBSHELLS = (
    "import gemini_magic.views.widgets.reply_widget as widgets\n"
    "widgets.ReplyWidget._hear_while_busy = lambda _: None"
)

COUNT_INTERRUPTS = """() => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    window.interrupts = 0;
    kernel.interrupt = () => (window.interrupts += 1);
}"""

ERROR = "application/vnd.jupyter.stderr"

BUSY = """(button) => {
    button.click();
    const block = ms => { const end = Date.now() + ms; while (Date.now() < end); };
    block(400);
    let left = 8;
    const again = () => { block(70); if (left-- > 0) setTimeout(again); };
    setTimeout(again);
}"""


def error(cell):
    return cell.locator(f".jp-OutputArea-output[data-mime-type='{ERROR}']")


def test_stop_ends_the_cell_in_good_order(lab, open_cells):
    notebook = open_cells(asks("first"), NEXT)
    lab.say("Some **words**", " never", pause_s=60)
    cell = notebook.run("first", "harmed")
    cell.locator("strong", has_text="words").wait_for()
    heard = notebook.page.locator("[role=status][aria-live=polite]", has_text="is answering")
    heard.wait_for(state="attached")
    bar(cell).get_by_role("button", name="Stop this reply").click()
    lab.wait_for_disconnect()
    usage(cell, "stopped").wait_for()
    notebook.cell("harmed").locator("pre", has_text="unharmed").wait_for()
    assert cell.locator(".jp-RenderedMarkdown").inner_text().strip() == "Some words"
    assert error(notebook.page).count() == 0
    assert notebook.page.locator(".gemini-bar").count() == 0
    region = notebook.page.locator(".gemini-bar-heard", has_text="The reply has ended.")
    region.wait_for(state="attached")
    assert region.bounding_box()["width"] == 1, "it is heard, not seen"


def test_stop_by_keyboard_and_the_toolbars_interrupt(lab, open_cells):
    notebook = open_cells(asks("keyboard"), asks("toolbar"), NEXT)
    page = notebook.page
    lab.say("Some words", " never", pause_s=60)
    cell = notebook.run("keyboard")
    cell.get_by_text("Some words").wait_for()
    page.keyboard.press("Escape")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.jp-OutputArea .gemini-bar-stop')"):
            break
    button = bar(cell).locator("button")
    assert button.evaluate("b => getComputedStyle(b).outlineStyle") == "solid", "the focus is seen"
    page.keyboard.press("Enter")
    lab.wait_for_disconnect()
    usage(cell, "stopped").wait_for()
    assert page.evaluate("document.activeElement.closest('.jp-Cell') !== null"), "the focus is not lost"

    lab.say("Some words", " never", pause_s=60)
    cell = notebook.run("toolbar", "harmed")
    cell.get_by_text("Some words").wait_for()
    page.locator(
        ".jp-Toolbar [data-command='notebook:interrupt-kernel'], .jp-Toolbar [title^='Interrupt']"
    ).click()
    lab.wait_for_disconnect()
    error(cell).wait_for()
    assert error(cell).inner_text().strip().count("\n") == 0
    assert "ReplyStopped" in error(cell).inner_text()
    notebook.wait_until_idle()
    assert notebook.cell("harmed").locator(".jp-OutputArea-output").count() == 0
    assert page.locator(".gemini-bar").count() == 0


def test_many_stops_leave_the_next_cell_alone(lab, open_cells):
    notebook = open_cells(asks("often"), "count = globals().get('count', 0) + 1\nprint('run', count)")
    for number in range(1, 11):
        lab.say("Some words", " never", pause_s=60)
        cell = notebook.run("often", "count")
        bar(cell).locator("button").click()
        notebook.cell("count").locator("pre", has_text=f"run {number}").wait_for()
        usage(cell, "stopped").wait_for()
    assert error(notebook.page).count() == 0


def test_a_busy_page_interrupts_nobody(lab, open_cells):
    notebook = open_cells(asks("busy"), NEXT)
    lab.say("Some words", " never", pause_s=60)
    cell = notebook.run("busy", "harmed")
    cell.get_by_text("Some words").wait_for()
    bar(cell).locator("button").evaluate(BUSY)
    notebook.cell("harmed").locator("pre", has_text="unharmed").wait_for()
    assert error(notebook.page).count() == 0


def test_a_kernel_that_does_not_hear_is_interrupted(lab, open_cells):
    notebook = open_cells(DEAF, asks("deaf"), HEARING)
    notebook.run("import gemini_magic")
    lab.say("Some words", " never", pause_s=60)
    cell = notebook.run("deaf")
    cell.get_by_text("Some words").wait_for()
    bar(cell).locator("button").click()
    lab.wait_for_disconnect()
    error(cell).get_by_text("ReplyStopped").wait_for()
    notebook.run(HEARING)
    notebook.wait_until_idle()
    assert error(notebook.page).count() == 1


def test_where_comms_wait_for_the_cell_the_control_channel_is_heard(lab, open_notebook):
    """As with ipykernel 6: an interrupt could come late, and hit the next cell."""
    notebook = open_notebook(NO_SUBSHELLS, asks("control"), NEXT)
    notebook.page.evaluate(COUNT_INTERRUPTS)
    notebook.run("import gemini_magic")
    lab.say("Some words", " never", pause_s=60)
    cell = notebook.run("control", "harmed")
    cell.get_by_text("Some words").wait_for()
    bar(cell).locator("button").click()
    lab.wait_for_disconnect()
    usage(cell, "stopped").wait_for()
    notebook.cell("harmed").locator("pre", has_text="unharmed").wait_for()
    assert error(notebook.page).count() == 0
    assert notebook.page.evaluate("window.interrupts") == 0


def test_stop_stays_in_reach(lab, open_cells):
    notebook = open_cells(asks("far"), asks("gone"))
    page = notebook.page
    lab.say_long()
    cell = notebook.run("far")
    bar(cell).wait_for()
    assert not floating(notebook).is_visible()
    notebook.scroll_beyond("Paragraph 60 of", cell)
    page.locator(".lm-TabBar-addButton[title]").click()
    floating(notebook).wait_for(state="hidden")
    page.locator(".lm-DockPanel-tabBar .lm-TabBar-tab", has_text=notebook.path.name).click()
    floating(notebook).wait_for()
    floating(notebook).get_by_role("button").click()
    lab.wait_for_disconnect()
    floating(notebook).wait_for(state="detached")

    lab.say_long()
    cell = notebook.run("gone")
    notebook.scroll_beyond("Paragraph 40 of", cell)
    page.keyboard.press("Escape")
    page.keyboard.press("d")
    page.keyboard.press("d")
    cell.wait_for(state="detached")
    floating(notebook).wait_for(state="detached")


def test_two_views_of_one_bar(lab, open_cells):
    notebook = open_cells(asks("twice"))
    page = notebook.page
    lab.say("Some words", " never", pause_s=60)
    cell = notebook.run("twice")
    cell.get_by_text("Some words").click(button="right")
    page.get_by_text("Create New View for Cell Output").click()
    second = page.locator(".jp-LinkedOutputView")
    bar(second).wait_for()
    bar(second).get_by_role("button").click()
    lab.wait_for_disconnect()
    for view in (cell, second):
        usage(view, "stopped").wait_for()
    assert page.locator(".gemini-bar").count() == 0


@pytest.mark.skipif(importlib.util.find_spec("notebook") is None, reason="Notebook 7 is not installed")
def test_stop_in_notebook_7(lab, open_notebook):
    notebook = open_notebook(asks("seven"), NEXT, application="notebook")
    lab.say_long()
    cell = notebook.run("seven", "harmed")
    notebook.scroll_beyond("Paragraph 60 of", cell)
    floating(notebook).get_by_role("button").click()
    lab.wait_for_disconnect()
    usage(cell, "stopped").wait_for()
    notebook.cell("harmed").locator("pre", has_text="unharmed").wait_for()
    assert error(notebook.page).count() == 0
    assert notebook.page.locator(".gemini-bar").count() == 0
