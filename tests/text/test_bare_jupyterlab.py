"""A notebook of somebody else in JupyterLab without our extension: its own sanitizer, and nothing of ours."""

from __future__ import annotations

import json

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_notebook, new_output

from gemini_magic.views.no_math import no_math
from tests.support import browser
from tests.support.meaning import meaning_of
from tests.support.pictures import take_picture
from tests.text.test_other_front_ends import MATH, TEXT, html_bundle

USAGE = "gemini · est. $0.0012 · 85 % of the budget of $0.05 spent"
DATA = [
    {"text/markdown": TEXT},
    html_bundle(TEXT),
    {"text/markdown": f"{MATH}\n[a link](https://example.org)"},
    html_bundle(MATH),
    html_bundle("- [ ] open\n\n<details>\n<summary>More</summary>\n\nx\n\n</details>\n\nאבג, $5 $6"),
    {"text/html": f"<small{no_math(USAGE)}>{USAGE}</small>"},
]
EXPOSED = "--LabApp.expose_app_in_browser=True"
OUTPUTS = "[...document.querySelectorAll('.jp-OutputArea-output')].map(output => output.innerHTML)"


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """The HTML of each output in the page."""
    home = tmp_path_factory.mktemp("bare")
    (folder := home / "work").mkdir()
    (config := home / "config" / "labconfig").mkdir(parents=True)
    (config / "page_config.json").write_text(json.dumps({"disabledExtensions": {"gemini-magic": True}}))
    cells = [new_code_cell("1", outputs=[new_output("display_data", data)]) for data in DATA]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    (folder / browser.NOTEBOOK).write_text(nbformat.writes(new_notebook(cells=cells, metadata=kernel)))
    with browser.running_lab(home, folder, EXPOSED) as url, browser.running_browser() as chromium:
        page = browser.new_page(chromium, viewport={"width": 900, "height": 1600})
        browser.open_notebook(page, url)
        page.locator(".jp-OutputArea-output mjx-container").nth(3).wait_for(state="attached")
        assert page.evaluate("jupyterapp.hasPlugin('gemini-magic:plugin')") is False
        take_picture(page, "bare_jupyterlab")
        yield page.evaluate(OUTPUTS)


@browser.needed
def test_markdown_and_html_say_the_same(outputs):
    markdown, html = map(meaning_of, outputs[:2])
    assert html == markdown
    assert ("td", "3", "right") in html
    assert ("pre", "def f(x):\n\n    return x < 1") in html


@browser.needed
def test_math_is_typeset_and_prices_are_not(outputs):
    assert [html.count("<mjx-container") for html in outputs] == [0, 0, 2, 2, 0, 0]
    assert "$5 $6" in outputs[4]
    assert USAGE in outputs[5]


@browser.needed
def test_folds_stay_folded_and_directions_stay(outputs):
    page = BeautifulSoup(outputs[4], "html.parser")
    assert page.details.summary.get_text() == "More"
    assert "open" not in page.details.attrs
    assert page.find(dir="rtl").get_text().startswith("אבג")
