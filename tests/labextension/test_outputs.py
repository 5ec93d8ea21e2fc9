"""Outputs with the extension: long replies, widgets that have gone, narrow windows."""

from __future__ import annotations

from nbformat.v4 import new_code_cell, new_output

from tests.support import browser
from tests.support.extension import PRELUDE, cell_of, run, save


@browser.needed
def test_long_replies_are_shown_whole(show, page):
    outputs = [new_output("display_data", {"text/markdown": f"part {n} of it"}) for n in range(60)]
    show(
        new_code_cell(PRELUDE + "for n in range(60):\n    display(Markdown(f'new {n} of it'))"),
        new_code_cell("%%gemini\nA long one.", outputs=outputs),
        new_code_cell("print('not ours')", outputs=outputs),
    )
    page.get_by_text("part 59 of it").wait_for(state="attached")
    assert cell_of(page, 1).get_by_text("part").count() == 60
    trimmed = page.get_by_text("Show more outputs")
    cell_of(page, 1).evaluate("cell => cell.scrollIntoView({block: 'end'})")
    trimmed.wait_for(state="attached")
    assert trimmed.count() == 1
    page.locator(".jp-CodeCell", has=trimmed).get_by_text("not ours").wait_for(state="attached")
    page.locator(".jp-WindowedPanel-outer").evaluate("panel => panel.scrollTo(0, 0)")
    run(page, 0)
    cell_of(page, 0).get_by_text("new 59 of it").wait_for(state="attached")

    # The user's own limit is back when the magic goes.
    cell_of(page, 0).locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.type("for n in range(60): display(n)")
    page.keyboard.press("Control+Enter")
    cell_of(page, 0).get_by_text("Show more outputs").wait_for(state="attached")


@browser.needed
def test_long_replies_are_not_put_into_a_box(show, page, server):
    """As Notebook 7 does when a long output has come."""
    code = "print('line\\n' * 200)"
    chosen = {"scrolled": True}
    show(
        new_code_cell(code),
        new_code_cell(f"if False:\n    %gemini never asked\n{code}"),
        new_code_cell(f"if False:\n    %gemini never asked\n{code}", metadata=chosen),
    )
    heights = []
    for number in range(3):
        run(page, number)
        area = cell_of(page, number).locator(".jp-OutputArea")
        area.get_by_text("line").first.wait_for(state="attached")
        page.wait_for_function(
            "![...document.querySelectorAll('.jp-InputArea-prompt')].some(one => one.innerText.includes('*'))"
        )
        heights.append(area.bounding_box()["height"])
    assert [height > 2000 for height in heights] == [server[0] == "lab", True, False], heights


WIDGET = "application/vnd.jupyter.widget-view+json"


def stand_in(reply, kernel="another", **more):
    """An output like a bar's: a widget, something for front ends without, and what was known of the reply."""
    view = {"version_major": 2, "version_minor": 0, "model_id": f"gemini-magic-bar-{reply}"}
    left = {"of": "bar", "reply": reply, "kernel": kernel, **more}
    return {"data": {WIDGET: view, "text/plain": "streaming"}, "metadata": {"gemini_magic": {"left": left}}}


@browser.needed
def test_what_dead_widgets_left_is_replaced(show, page):
    stored = new_output("display_data", **stand_in("c-1", model="<img src=x onerror=alert()>"))
    foreign = new_output("display_data", {WIDGET: {"model_id": "gone"}, "text/plain": "a stranger's widget"})
    path = show(new_code_cell("1"), new_code_cell("%gemini x", outputs=[stored, foreign]))
    line = cell_of(page, 1).locator("small", has_text="interrupted: the notebook was saved")
    line.wait_for()
    assert line.inner_text().startswith("<img src=x onerror=alert()> · "), "a name is text"
    first, second = (output["data"] for output in save(page, path)["cells"][1]["outputs"])
    assert set(first) == {"text/html", "text/plain"}
    assert WIDGET in second


@browser.needed
def test_a_kernel_that_lives_tells_what_became_of_a_reply(show, page):
    """Of one that has ended meanwhile, and of one that an earlier process was asked for."""
    path = show(
        new_code_cell(
            "from IPython.display import publish_display_data\n"
            f"outputs = [{stand_in('c-1')!r}, {stand_in('c-2')!r}]\n"
            "left = outputs[0]['metadata']['gemini_magic']['left']\n"
            "left['kernel'] = get_ipython().kernel.session.session\n"
            "for output in outputs:\n"
            "    publish_display_data(**output)"
        )
    )
    run(page, 0)
    # Both are no widgets of this kernel.
    page.wait_for_function("document.querySelectorAll('.jp-OutputArea-child').length === 2")
    save(page, path)
    page.reload()
    page.get_by_text("ended after the reload").wait_for()
    page.get_by_text("interrupted: the notebook was saved").wait_for()
    outputs = save(page, path)["cells"][0]["outputs"]
    assert not any(WIDGET in output["data"] or output["metadata"] for output in outputs)


@browser.needed
def test_a_narrow_window_breaks_long_words(show, page):
    page.set_viewport_size({"width": 420, "height": 1000})
    word = "https://example.org/" + "and-on/" * 40
    html = f"<p>An address: {word}</p><ul><li><code>{'x' * 200}</code></li></ul>"
    output = new_output("display_data", {"text/html": html})
    show(new_code_cell("1"), new_code_cell("%gemini x", outputs=[output]))
    long = cell_of(page, 1).locator(".jp-OutputArea-output")
    long.get_by_text("An address").wait_for()
    assert long.evaluate("output => output.scrollWidth <= output.clientWidth")
