"""The bar in classic Notebook's page, which draws an output anew without a word to what it showed."""

from __future__ import annotations

from pathlib import Path

import pytest

from gemini_magic.views.widgets import bar
from tests.support.browser import MARKS, new_page, running_browser

pytestmark = MARKS

SCRIPT = (Path(bar.__file__).parent / "static" / "bar.js").read_text()
PAGE = '<div id="notebook" style="height: 500px"><div class="cell"><div id="output"></div></div></div>'
DRAW = """async script => {
  const url = URL.createObjectURL(new Blob([script], {type: 'text/javascript'}));
  window.bar ??= (await import(url)).default();
  const state = {state: 'streaming', model: 'm', progress: '', control: ''};
  window.model ??= {get: name => state[name], on() {}, off() {}, send() {}};
  const el = document.createElement('div');
  document.getElementById('output').replaceChildren(el);
  bar.render({model, el});
}"""
TWO_FRAMES = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"


@pytest.fixture
def page():
    with running_browser() as browser:
        page = new_page(browser)
        page.set_content(PAGE)
        yield page


def floating(page):
    return page.locator(".gemini-bar-floating:visible")


def test_a_bar_that_was_replaced_does_not_float(page):
    page.evaluate(DRAW, SCRIPT)
    page.evaluate(DRAW, SCRIPT)
    page.locator("#output .gemini-bar").wait_for()
    # By then the browser has told the first one that it is not in sight.
    page.evaluate(TWO_FRAMES)
    page.evaluate("dispatchEvent(new Event('resize'))")
    assert floating(page).count() == 0


def test_a_bar_out_of_sight_floats(page):
    page.evaluate(DRAW, SCRIPT)
    page.evaluate("document.getElementById('output').style.display = 'none'")
    floating(page).wait_for()
