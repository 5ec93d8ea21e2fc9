"""What stays where it is while a reply streams and when it ends: Stop, the text, the page."""

from __future__ import annotations

import pytest

from tests.support.browser import MARKS
from tests.support.lab_notebook import asks, bar, floating, usage
from tests.support.pictures import take_picture

pytestmark = MARKS

RECORD = """selectors => {
    const places = window.places = Object.fromEntries(Object.keys(selectors).map(name => [name, []]));
    const note = () => {
        if (places !== window.places) return;
        for (const [name, selector] of Object.entries(selectors)) {
            const box = document.querySelector(selector)?.getBoundingClientRect();
            if (box?.width) places[name].push([box.x, box.y].map(Math.round).join());
        }
        requestAnimationFrame(note);
    };
    note();
}"""

SCROLLED = "document.querySelector('.jp-WindowedPanel-outer').scrollTop"


@pytest.mark.parametrize("width", [1280, 420])
def test_stop_and_the_text_stay_where_they_are(lab, open_cells, width):
    notebook = open_cells(asks("stays"))
    page = notebook.page
    page.set_viewport_size({"width": width, "height": 800})
    page.evaluate("window.jupyterapp.shell.collapseLeft()")
    lab.say(*("many words " for _ in range(30)), pause_s=0.08)
    cell = notebook.run("stays")
    cell.get_by_text("many words").wait_for()
    bar(cell).wait_for()
    page.evaluate(RECORD, {"stop": ".jp-OutputArea .gemini-bar-stop", "text": ".jp-RenderedMarkdown p"})
    if width > 1000:
        bar(cell).get_by_text("tokens in").wait_for()
    take_picture(page, f"bar_{width}")
    assert bar(cell).bounding_box()["height"] == 26, "it is one line"
    usage(cell, "total").wait_for()
    take_picture(page, f"usage_{width}")
    places = page.evaluate("window.places")
    page.set_viewport_size({"width": 1000, "height": 900})
    assert {name: len(set(found)) for name, found in places.items()} == {"stop": 1, "text": 1}


def test_pressing_stop_does_not_scroll(lab, open_cells):
    notebook = open_cells(asks("far"), "# below")
    page = notebook.page
    lab.say_long()
    cell = notebook.run("far")
    notebook.scroll_beyond("Paragraph 60 of", cell)
    stop = floating(notebook).get_by_role("button")
    page.evaluate(RECORD, {"stop": "body > .gemini-bar-floating > button"})
    floating(notebook).get_by_text("3 s").wait_for()
    take_picture(page, "floating")
    scrolled = page.evaluate(SCROLLED)
    stop.click()
    lab.wait_for_disconnect()
    usage(cell, "stopped").wait_for(state="attached")
    floating(notebook).wait_for(state="detached")
    assert page.evaluate(SCROLLED) == scrolled > 0
    assert len(set(page.evaluate("window.places.stop"))) == 1
