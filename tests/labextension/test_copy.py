"""The copy button of code in replies: exactly the code, in JupyterLab and Notebook 7."""

from __future__ import annotations

import re

from nbformat.v4 import new_code_cell

from tests.support import browser
from tests.support.extension import PRELUDE, cell_of, run

CODE = """def f(x):
\treturn  x < 1 && x > 2 \x20


    # ünïcode \N{NO-BREAK SPACE}🐍 </pre> <b>&amp;</b> \\n
last"""
"""Everything that is easily lost on the way: tabs, blanks at ends, empty lines, markup, a no-break space."""


STREAM = (
    PRELUDE
    + """
import time
from pathlib import Path

handle, n = display(Markdown("nothing yet"), display_id=True), 0
while not Path("enough").exists():
    n += 1
    handle.update(Markdown(f"step {n} done\\n\\n```python\\nfirst\\n```\\n\\nand\\n\\n```\\nsecond\\n```"))
    time.sleep(0.05)
"""
)


def clipboard(page):
    return page.evaluate("navigator.clipboard.readText()")


@browser.needed
def test_copies_exactly_the_code(show, page):
    fenced = "````python\n" + CODE + "\n````"
    other = "display(Markdown('```\\nnot ours\\n```'))"
    hidden = "<pre><span>seen</span><span style='display:none'>; unseen</span></pre>"
    hidden += "<ul><li><pre>in a list</pre></li></ul>"
    show(
        new_code_cell(
            f"{PRELUDE}display(Markdown({fenced!r}))\ndisplay(HTML({hidden!r}))\ndisplay(Markdown('no code'))"
        ),
        new_code_cell(f"from IPython.display import display, Markdown\n{other}"),
    )
    run(page, 1)
    cell_of(page, 1).locator(".jp-RenderedMarkdown pre").wait_for()
    run(page, 0)
    cell = cell_of(page, 0)
    button = cell.get_by_role("button", name="Copy code")
    button.nth(2).wait_for()
    assert button.count() == 3
    assert cell_of(page, 1).get_by_role("button", name="Copy code").count() == 0

    block = cell.locator("pre", has_text="def f")
    before = block.evaluate("block => block.textContent")
    block.hover()
    page.wait_for_function(
        "getComputedStyle(document.querySelector('.gemini-magic-copy-button')).opacity === '1'"
    )
    button.nth(0).click()
    page.locator("[aria-live=polite]", has_text=re.compile("^Copied$")).wait_for(state="attached")
    assert clipboard(page) == CODE
    assert block.evaluate("block => block.textContent") == before

    for key, number, text in (("Enter", 1, "seen"), ("Space", 2, "in a list")):
        button.nth(number).focus()
        page.keyboard.press(key)
        cell.locator(f".gemini-magic-copy-button >> nth={number}").and_(
            page.locator("[data-state]")
        ).wait_for()
        assert clipboard(page) == text

    selected = "area => {getSelection().selectAllChildren(area); return getSelection().toString()}"
    assert "Cop" not in cell.locator(".jp-OutputArea").evaluate(selected)
    page.keyboard.press("Control+c")

    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("1")
    button.first.wait_for(state="detached")


@browser.needed
def test_copies_without_the_clipboard_api(show, page):
    show(new_code_cell(f"{PRELUDE}display(Markdown('```\\none\\ntwo\\n```'))"))
    page.evaluate("() => {navigator.clipboard.writeText = () => Promise.reject(new Error('not here'))}")
    run(page, 0)
    button = page.get_by_role("button", name="Copy code")
    button.focus()
    page.keyboard.press("Enter")
    page.locator(".gemini-magic-copy-button[data-state=copied]").wait_for()
    assert clipboard(page) == "one\ntwo"
    assert button.evaluate("button => button === document.activeElement")


@browser.needed
def test_buttons_stay_while_a_reply_streams(show, page, server):
    show(new_code_cell(STREAM))
    enough = server[1] / "enough"
    enough.unlink(missing_ok=True)
    run(page, 0)
    button = page.get_by_role("button", name="Copy code")
    button.nth(1).wait_for()

    def some_steps():
        now = "Number(document.querySelector('.jp-RenderedMarkdown p').textContent.match(/\\d+/)[0])"
        page.evaluate(
            f"window.step = {now}; window.block = document.querySelector('.jp-RenderedMarkdown pre')"
        )
        page.wait_for_function(f"{now} > window.step + 3 && !window.block.isConnected")

    button.nth(1).focus()
    some_steps()
    assert button.nth(1).evaluate("button => button === document.activeElement")
    button.nth(1).hover()
    page.mouse.down()
    some_steps()
    page.mouse.up()
    page.locator(".gemini-magic-copy-button[data-state=copied]").wait_for()
    assert clipboard(page) == "second"
    # In every frame every block has its button, and nothing else has one.
    # Sizes are told after all work for a frame was done, right before it is painted.
    watch = """() => new Promise(done => {
        const seen = [], count = name => document.querySelectorAll('.jp-Cell ' + name).length;
        const look = () => {
            seen.push([count('pre'), count('.gemini-magic-copy + pre'), count('.gemini-magic-copy')].join());
            seen.length < 60 ? next() : done([...new Set(seen)]);
        };
        const next = () => requestAnimationFrame(() => {
            const frame = new ResizeObserver(() => (frame.disconnect(), look()));
            frame.observe(document.body);
        });
        next();
    })"""
    assert page.evaluate(watch) == ["2,2,2"]

    enough.touch()
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(state="attached")
    page.locator(".gemini-magic-copy-button[data-state]").wait_for(state="detached")
    quiet = """() => new Promise(done => {
        let changes = 0;
        const observer = new MutationObserver(records => (changes += records.length));
        observer.observe(document.querySelector('.jp-OutputArea'), {childList: true, subtree: true});
        const count = left => (left ? requestAnimationFrame(() => count(left - 1)) : done(changes));
        count(20);
    })"""
    assert page.evaluate(quiet) == 0
