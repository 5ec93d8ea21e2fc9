"""The prebuilt extension of JupyterLab and Notebook 7: installed with the package, at work in a browser."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

import gemini_magic
from tests.notebooks.test_jupyterlab import PICTURES
from tests.support import browser
from tests.support.browser import TOKEN, free_port, running_browser

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "gemini_magic" / "labextension"
PLACE = "share/jupyter/labextensions/gemini-magic"
REINSTALL = "the installed labextension is not the one in src: run pip install -e '.[test]' again"

CODE = """def f(x):
\treturn  x < 1 && x > 2 \x20


    # ünïcode \N{NO-BREAK SPACE}🐍 </pre> <b>&amp;</b> \\n
last"""
"""Everything that is easily lost on the way: tabs, blanks at ends, empty lines, markup, a no-break space."""

PROMPT = "%%gemini --new\n# A title\nSome **bold** words.\n\n```python\nfor n in range(3):\n    pass\n```"

PRELUDE = "from IPython.display import Markdown, HTML, display\nif False:\n    %gemini never asked\n"

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


def files(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


# Without a browser


def test_the_wheel_is_told_to_bring_it():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    shared = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert shared == {SOURCE.relative_to(ROOT).as_posix(): PLACE}
    package = json.loads((SOURCE / "package.json").read_text())
    assert (
        package["name"] == json.loads((SOURCE / "install.json").read_text())["packageName"] == "gemini-magic"
    )
    assert package["version"] == gemini_magic.__version__
    assert (SOURCE / package["jupyterlab"]["_build"]["load"]).is_file()


def test_a_built_wheel_has_it(tmp_path):
    if importlib.util.find_spec("hatchling") is None:
        pytest.skip("hatchling is not installed here: no wheel was built")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        tmp_path,
        ROOT,
    ]
    subprocess.run(command, check=True, capture_output=True)
    shutil.unpack_archive(next(tmp_path.glob("*.whl")), tmp_path / "wheel", "zip")
    (data,) = (tmp_path / "wheel").glob("*.data/data")
    assert files(data / PLACE) == files(SOURCE)


def test_it_is_installed_where_jupyter_looks():
    installed = Path(sys.prefix) / PLACE
    assert installed.is_dir(), REINSTALL
    assert files(installed) == files(SOURCE), REINSTALL


# In a browser


@pytest.fixture(scope="module", params=["lab", "notebook"])
def server(request, tmp_path_factory):
    """JupyterLab or Notebook 7 with the extension as it is in src, and none of this machine's settings."""
    module = {"lab": "jupyterlab", "notebook": "notebook"}[request.param]
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not installed here")
    home = tmp_path_factory.mktemp(module)
    folder, port = home / "work", free_port()
    folder.mkdir()
    shutil.copytree(SOURCE, home / "data" / "labextensions" / "gemini-magic")
    command = [sys.executable, "-m", module, "--no-browser", "--allow-root", f"--ServerApp.root_dir={folder}"]
    command += [f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"]
    environment = {
        name: text for name, text in os.environ.items() if not name.startswith(("GEMINI_", "GOOGLE_"))
    }
    environment |= {
        "HOME": str(home),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_PATH": str(home / "data"),
        "IPYTHONDIR": str(home / "ipython"),
        "GEMINI_MAGIC_OFFLINE": "1",
    }
    page = {"lab": "lab/tree", "notebook": "notebooks"}[request.param]
    command += [f"--{name}.expose_app_in_browser=True" for name in ("LabApp", "JupyterNotebookApp")]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if f"127.0.0.1:{port}/" in line:
                break
        threading.Thread(target=process.stderr.read, daemon=True).start()
        yield request.param, folder, f"http://127.0.0.1:{port}/{page}/{{}}?token={TOKEN}&reset"
        process.terminate()


@pytest.fixture
def page():
    with running_browser() as chromium:
        context = chromium.new_context(
            viewport={"width": 1100, "height": 1000}, permissions=["clipboard-read", "clipboard-write"]
        )
        page = context.new_page()
        page.set_default_timeout(60_000)
        yield page


@pytest.fixture
def show(server, page, request):
    """Opens a notebook made of the given cells; the answer is its path."""
    application, folder, url = server

    def show(*cells):
        # Without language_info: the kernel's language becomes known while the notebook is open.
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        path = folder / f"{request.node.originalname}.ipynb"
        path.write_text(nbformat.writes(new_notebook(cells=list(cells), metadata=kernel)))
        page.goto(url.format(path.name))
        page.locator(".jp-CodeCell").nth(len(cells) - 1).wait_for(state="attached")
        # "Idle" is shown before there is a kernel; the language of the cells comes from the kernel itself.
        page.locator(".cm-content[data-language=python]").first.wait_for()
        return path

    yield show
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / f"{request.node.originalname}_{application}.png"))


def cell_of(page, number):
    return page.locator(".jp-CodeCell").nth(number)


def language(page, number, name):
    """A cell's editor, once it shows this language."""
    editor = cell_of(page, number).locator(f".cm-content[data-language={name}]")
    editor.wait_for()
    return editor


def run(page, number):
    cell_of(page, number).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")


def clipboard(page):
    return page.evaluate("navigator.clipboard.readText()")


def save(page, path):
    with page.expect_response(lambda answer: answer.request.method == "PUT" and path.name in answer.url):
        page.keyboard.press("Control+s")
    return json.loads(path.read_text())


SOURCES = {
    "%%gemini\nhello": (True, True),
    "%%gemini -m x --new\nhello": (True, True),
    "%%gemini_magic\nhello": (True, True),
    "\n  %%gemini\nhello": (True, True),
    "%%gemini": (True, True),
    "%%gemini?": (False, True),
    "%gemini hello": (False, True),
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
    path = show(
        new_code_cell("for n in range(3):\n    pass"), new_code_cell(PROMPT), new_code_cell("%gemini no")
    )
    python = language(page, 0, "python")  # by now the kernel has told its language
    language(page, 2, "python")
    prompt = language(page, 1, "markdown")
    keyword = python.locator("span", has_text=re.compile("^for$"))
    fenced = prompt.locator("span", has_text=re.compile("^for$"))
    fenced.wait_for()
    assert fenced.get_attribute("class") == keyword.get_attribute("class")
    assert prompt.locator("span", has_text="bold").count()

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


WIDGET = "application/vnd.jupyter.widget-view+json"


def stand_in(model_id, left):
    """An output like a bar's: a widget, something for front ends without, and what is to stay of it."""
    view = {"version_major": 2, "version_minor": 0, "model_id": model_id}
    left = {"text/html": f"<small>{left}</small>", "text/plain": left}
    return {"data": {WIDGET: view, "text/plain": "streaming"}, "metadata": {"gemini_magic": {"left": left}}}


@browser.needed
def test_what_dead_widgets_left_is_replaced(show, page):
    stored = new_output("display_data", **stand_in("gone", "it was cut off"))
    foreign = new_output("display_data", {WIDGET: {"model_id": "gone"}, "text/plain": "a stranger's widget"})
    path = show(new_code_cell("1"), new_code_cell("%gemini x", outputs=[stored, foreign]))
    page.get_by_text("it was cut off", exact=True).wait_for()
    first, second = (output["data"] for output in save(page, path)["cells"][1]["outputs"])
    assert set(first) == {"text/html", "text/plain"}
    assert WIDGET in second


@browser.needed
def test_widgets_that_live_are_left_alone(show, page):
    """In a notebook that is trusted, so that its widgets are shown."""
    path = show(
        new_code_cell(
            "from IPython.display import publish_display_data\n"
            "from ipywidgets import Label\n"
            "label = Label('still alive')\n"
            f"for output in {stand_in('GONE', 'it was cut off')!r}, {stand_in('MODEL', 'never')!r}:\n"
            f"    view = output['data']['{WIDGET}']\n"
            "    view['model_id'] = view['model_id'].replace('MODEL', label.model_id)\n"
            "    publish_display_data(**output)"
        )
    )
    run(page, 0)
    page.get_by_text("still alive", exact=True).wait_for()
    save(page, path)
    page.reload()
    page.get_by_text("it was cut off", exact=True).wait_for()
    page.get_by_text("still alive", exact=True).wait_for()
    outputs = save(page, path)["cells"][0]["outputs"]
    assert [WIDGET in output["data"] for output in outputs] == [False, True]


@browser.needed
def test_a_narrow_window_breaks_long_words_and_columns_are_aligned(show, page):
    page.set_viewport_size({"width": 420, "height": 1000})
    word = "https://example.org/" + "and-on/" * 40
    html = f"<p>An address: {word}</p><ul><li><code>{'x' * 200}</code></li></ul>"
    table = "<table><tr><td align='left'>a</td><td align='center'>b</td><td align='right'>c</td></tr></table>"
    outputs = [new_output("display_data", {"text/html": text}) for text in (html, table)]
    show(new_code_cell("1"), new_code_cell("%gemini x", outputs=outputs))
    long, aligned = cell_of(page, 1).locator(".jp-OutputArea-output").all()
    long.get_by_text("An address").wait_for()
    assert long.evaluate("output => output.scrollWidth <= output.clientWidth")
    aligns = "cells => cells.map(cell => getComputedStyle(cell).textAlign)"
    assert aligned.locator("td").evaluate_all(aligns) == ["left", "center", "right"]
