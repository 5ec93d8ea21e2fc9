"""The extension colours prompts as Markdown, and nothing else, in JupyterLab and Notebook 7."""

from __future__ import annotations

import re

from nbformat.v4 import new_code_cell

from tests.support import browser
from tests.support.extension import SOURCE, cell_of, language, save

PROMPT = "%%gemini --new\n# A title\nSome **bold** words.\n\n```python\nfor n in range(3):\n    pass\n```"

SOURCES = {
    "%%gemini\nhello": (True, True),
    "%%gemini -m x --new\nhello": (True, True),
    "%%gemini_magic\nhello": (True, True),
    "\n  %%gemini\nhello": (True, True),
    "%%gemini": (True, True),
    "%%gemini?": (False, True),
    "%gemini hello": (True, True),
    "\n%gemini_magic it's for you\n\n%gemini - why not?\n": (True, True),
    "%gemini": (False, True),
    "%gemini ": (False, True),
    "%gemini?": (False, True),
    "# a comment\n%gemini hello": (False, True),
    "%gemini hello\nx = 1": (False, True),
    "%load_ext gemini_magic\n%gemini hello": (False, True),
    "%gemini_chat show": (False, False),
    "x = 1\nreply = %gemini hello": (False, True),
    "for n in x:\n    %gemini_magic hello": (False, True),
    "%%time\n%%gemini\nhello": (False, True),
    "%%geminis\nhello": (False, False),
    "# %%gemini\nhello": (False, False),
    "%config GeminiMagics.offline = True": (False, False),
    "%load_ext gemini_magic": (False, False),
    "print(7 %gemini_count)": (False, False),
    "": (False, False),
}


@browser.needed
def test_which_cells_are_ours(page):
    script = (SOURCE / "static" / "sources.js").read_text()
    judge = """async ([script, sources]) => {
        const {isPrompt, hasReplies} = await import('data:text/javascript,' + encodeURIComponent(script));
        return sources.map(source => [isPrompt(source), hasReplies(source)]);
    }"""
    answers = page.evaluate(judge, [script, list(SOURCES)])
    assert {source: tuple(answer) for source, answer in zip(SOURCES, answers, strict=True)} == SOURCES


@browser.needed
def test_prompts_are_markdown_and_nothing_else_is(show, page):
    lines = "%gemini what's *this* for"
    path = show(*map(new_code_cell, ("for n in range(3):\n    pass", PROMPT, f"x = 1\n{lines}", lines)))
    python = language(page, 0, "python")  # by now the kernel has told its language
    language(page, 2, "python")
    prompt = language(page, 1, "markdown")
    keyword = python.locator("span", has_text=re.compile("^for$"))
    fenced = prompt.locator("span", has_text=re.compile("^for$"))
    fenced.wait_for()
    assert fenced.get_attribute("class") == keyword.get_attribute("class")
    assert prompt.locator("span", has_text="bold").count()
    line = language(page, 3, "markdown")
    assert [text.strip("*") for text in line.locator("span").all_inner_texts() if text.strip("*")] == ["this"]

    prompt.click()
    page.keyboard.press("Control+Home")
    page.keyboard.type("#")
    language(page, 1, "python")
    page.keyboard.press("Backspace")
    language(page, 1, "markdown")

    page.keyboard.press("Escape")
    page.keyboard.press("b")
    cell_of(page, 2).and_(page.locator(".jp-mod-active")).locator(".cm-content").click()
    page.keyboard.type("%%gemini_magic\nnew")
    language(page, 2, "markdown")
    language(page, 3, "python")
    language(page, 4, "markdown")
    page.keyboard.press("Escape")

    saved = save(page, path)
    assert [cell["source"] for cell in saved["cells"]][1] == PROMPT.splitlines(keepends=True)
    assert all(set(cell["metadata"]) <= {"trusted"} for cell in saved["cells"])
    assert "ipythongfm" not in path.read_text()


@browser.needed
def test_the_kernels_language_is_for_the_other_cells(show, page):
    show(new_code_cell("x = 1"), new_code_cell(PROMPT))
    language(page, 0, "python")
    language(page, 1, "markdown")
    # What the page does when a kernel tells its language.
    told = page.evaluate(
        """() => {
            const content = window.jupyterapp.shell.currentWidget.content;
            const types = () => content.widgets.map(cell => cell.model.mimeType).join(' ');
            const told = [types()];
            for (const mimetype of ['text/x-julia', 'text/x-python']) {
                content.model.setMetadata('language_info', {name: mimetype.slice(7), mimetype});
                told.push(types());
            }
            content.widgets[1].model.mimeType = 'text/x-sql';  // another extension: not ours to take back
            return [...told, types()];
        }"""
    )
    assert told == [
        "text/x-ipython text/x-ipythongfm",
        "text/x-julia text/x-ipythongfm",
        "text/x-python text/x-ipythongfm",
        "text/x-python text/x-sql",
    ]
