"""What a person sees while a reply streams, in JupyterLab and Notebook 7: bar, Stop, thoughts, text."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
from urllib.parse import urlsplit

import nbformat
import pytest
from nbconvert import HTMLExporter, MarkdownExporter

from gemini_magic.emulator import Emulator, EmulatorServer, ScriptedReply
from tests.conftest import KEY
from tests.support.browser import (
    MARKS,
    TIMEOUT_MS,
    TOKEN,
    launch,
    running_browser,
    running_lab,
    write_notebook,
)

pytestmark = MARKS

HAS_SUBSHELLS = int(importlib.metadata.version("ipykernel").split(".")[0]) >= 7

LOAD = "%load_ext gemini_magic"
LONG = "".join(f"Paragraph {n} of a long reply, with **bold** words.\n\n" for n in range(400))
NEXT = "import time\ntime.sleep(0.6)\nprint('un' + 'harmed')"
DEAF = "import gemini_magic.views.widgets.bar as bar\nhear, bar.Bar._hear = bar.Bar._hear, lambda *_: None"
HEARING = "bar.Bar._hear = hear"
NO_SUBSHELLS = "import gemini_magic.views.widgets.bar as bar\nbar.hear_while_busy = lambda _: None"
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


READY = """() => {
    const session = window.jupyterapp?.shell.currentWidget?.sessionContext;
    return session?.isReady && session.session?.kernel?.info.then(() => true);
}"""
REPLACE_CELLS = """sources => {
    const shell = window.jupyterapp.shell;
    const [panel, ...others] = [...shell.widgets('main')].sort((a, b) => !!b.context - !!a.context);
    others.forEach(other => other.close());
    shell.activateById(panel.id);
    const model = panel.content.model.sharedModel;
    model.transact(() => {
        model.deleteCellRange(0, model.cells.length);
        model.insertCells(0, sources.map(source => ({cell_type: 'code', source})));
    });
}"""
EXPOSED = [f"--{name}.expose_app_in_browser=True" for name in ("LabApp", "JupyterNotebookApp")]


class Notebook:
    """One open notebook: its cells, found by what is in them."""

    def __init__(self, page, path):
        self.page = page
        self.path = path

    def cell(self, source):
        """The cell with this text in its source."""
        page = self.page
        return page.locator(".jp-CodeCell").filter(has=page.locator(".jp-InputArea", has_text=source))

    def run(self, *sources):
        """Run cells, one behind the other; the first is returned."""
        for source in sources:
            self.cell(source).locator(".cm-content").click()
            self.page.keyboard.press("Control+Enter")
        return self.cell(sources[0])

    def scroll_beyond(self, text, cell):
        """Scroll to the reply's end when this text has come, so that its beginning is out of sight."""
        cell.get_by_text(text).wait_for()
        # Notebook 7 makes a long output scroll in a box of its own.
        cell.locator(".jp-OutputArea-child").last.evaluate("output => output.scrollIntoView(false)")
        self.page.locator(".gemini-bar-floating").wait_for()

    def wait_until_idle(self):
        self.page.wait_for_function(
            "![...document.querySelectorAll('.jp-InputArea-prompt')].some(p => p.innerText.includes('*'))"
        )

    def save(self):
        self.page.keyboard.press("Control+s")
        self.page.wait_for_function("!document.querySelector('.lm-TabBar-tab.jp-mod-current.jp-mod-dirty')")
        return nbformat.read(self.path, as_version=4)


class Lab:
    """A Lab server, a browser, and the emulator that its kernels ask."""

    def __init__(self, folder, url, chromium, server):
        self.folder = folder
        self.root = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        self.chromium = chromium
        self.server = server
        self.script = server.emulator.script
        self.opened = 0

    def open(self, *sources, application="lab"):
        """Open a new notebook with these cells in a page of its own, and run the first."""
        self.opened += 1
        path = write_notebook(self.folder, list(sources), f"n{self.opened}.ipynb")
        page = launch(self.chromium).new_page(viewport={"width": 1000, "height": 900})
        page.set_default_timeout(TIMEOUT_MS)
        place = f"lab/workspaces/w{self.opened}/tree" if application == "lab" else "notebooks"
        page.goto(f"{self.root}/{place}/{path.name}?token={TOKEN}")
        notebook = Notebook(page, path)
        page.wait_for_function(READY)
        notebook.run(sources[0])
        notebook.cell(sources[0]).get_by_text("[1]:").wait_for()
        return notebook

    def say(self, *pieces, **more):
        """Script a reply."""
        self.script.append(ScriptedReply(pieces=pieces, **more))

    def say_long(self, pause_s=0.02):
        self.say(*(LONG[i : i + 60] for i in range(0, len(LONG), 60)), pause_s=pause_s)

    def wait_for_disconnect(self):
        exchange = self.server.exchanges[-1]
        assert exchange.ended.wait(20)
        assert exchange.outcome == "disconnected"


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    folder = home / "work"
    folder.mkdir()
    with EmulatorServer(Emulator(pace=0)) as server, running_browser() as browser:
        named = {"GOOGLE_GEMINI_BASE_URL": server.url, "GEMINI_API_KEY": KEY}
        with running_lab(home, folder, *EXPOSED, **named) as url:
            yield Lab(folder, url, browser.browser_type, server)


@pytest.fixture(scope="module")
def only_one(lab):
    """A notebook whose kernel has the extension."""
    return lab.open(LOAD)


@pytest.fixture
def open_cells(lab, only_one):
    """Puts other cells into the one notebook: to open a new one takes seconds."""

    def open_(*sources):
        only_one.page.evaluate(REPLACE_CELLS, list(sources))
        return only_one

    yield open_
    only_one.wait_until_idle()
    lab.script.clear()


@pytest.fixture
def open_notebook(lab):
    """Opens a notebook of its own."""
    opened = []

    def open_(*sources, **more):
        opened.append(lab.open(LOAD, *sources, **more))
        return opened[-1]

    yield open_
    lab.script.clear()
    for notebook in opened:
        notebook.page.context.browser.close()


def asks(name, options=""):
    return f"%%gemini --once {options}\n{name}"


def thought(text):
    return {"candidates": [{"content": {"role": "model", "parts": [{"text": text, "thought": True}]}}]}


def bar(cell):
    return cell.locator(".gemini-bar")


def error(cell):
    return cell.locator(f".jp-OutputArea-output[data-mime-type='{ERROR}']")


def usage(cell, text):
    return cell.locator("small", has_text=text)


def floating(notebook):
    return notebook.page.locator(".gemini-bar-floating")


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


def test_thoughts_and_selection_stay_as_the_reader_left_them(lab, open_cells):
    notebook = open_cells(asks("reader", "--thoughts"))
    page = notebook.page
    pieces = [LONG[i : i + 60] for i in range(0, 12_000, 60)]
    lab.say(thought("Considering it."), *pieces, pause_s=0.03)
    cell = notebook.run("reader")
    cell.locator("summary").click()
    cell.get_by_text("Considering it.").wait_for()
    cell.get_by_text("Paragraph 45 of").wait_for()
    chosen = cell.get_by_text("Paragraph 3 of")
    chosen.scroll_into_view_if_needed()
    chosen.evaluate("node => getSelection().selectAllChildren(node)")
    top = chosen.bounding_box()["y"]
    cell.get_by_text("Paragraph 90 of").wait_for()
    assert cell.get_by_text("Considering it.").is_visible()
    assert page.evaluate("getSelection().toString()").startswith("Paragraph 3 of")
    assert chosen.bounding_box()["y"] == pytest.approx(top, abs=1)
    usage(cell, "total").wait_for()
    if HAS_SUBSHELLS:
        assert cell.locator("details[open]", has_text="Considering it.").count() == 1
    assert page.evaluate("getSelection().toString()").startswith("Paragraph 3 of")


def test_what_is_saved_reads_complete(lab, open_cells):
    notebook = open_cells(asks("save", "--thoughts"))
    lab.say(thought("Considering it."), "## A heading\n\n", LONG[:6000], "\n\nThe end", pause_s=0.3)
    cell = notebook.run("save")
    usage(cell, "total").wait_for()
    saved = notebook.save()
    assert "widget" not in json.dumps([cell.outputs for cell in saved.cells])
    assert "widgets" not in saved.metadata
    for exporter in (HTMLExporter(), MarkdownExporter()):
        body, _ = exporter.from_notebook_node(saved)
        for text in ("A heading", "Considering it.", "Paragraph 0 ", "Paragraph 100 ", "The end", "tokens"):
            assert text in body
    notebook.page.reload()
    cell.get_by_text("The end").wait_for()
    assert cell.get_by_text("Considering it.").count() == 1
    assert usage(cell, "total").is_visible()
    assert "Error displaying widget" not in notebook.page.locator(".jp-Notebook").inner_text()


def test_headings_of_replies_stay_out_of_the_table_of_contents(lab, open_cells):
    notebook = open_cells(
        asks("unlisted"),
        "%config GeminiMagics.toc = True\nget_ipython().run_line_magic('gemini', '--once y')",
    )
    page = notebook.page
    lab.say("## Quiet heading\n\nText\n\nOther\n-----\n\ntext")
    cell = notebook.run("unlisted")
    cell.locator("h2", has_text="Quiet heading").wait_for()
    cell.locator("h2", has_text="Other").wait_for()
    lab.say("## Loud heading\n\nText")
    notebook.run("toc = True").locator("h2", has_text="Loud heading").wait_for()
    page.get_by_role("tab", name="Table of Contents").click()
    listed = page.locator(".jp-TableOfContents")
    listed.get_by_text("Loud heading").wait_for()
    assert listed.get_by_text("Quiet heading").count() == listed.get_by_text("Other").count() == 0
    sizes = page.locator(".jp-OutputArea h2").evaluate_all(
        "all => all.map(h => getComputedStyle(h).fontSize)"
    )
    assert len(set(sizes)) == 1, "they look the same"


def test_odd_text_is_drawn_right(lab, open_cells):
    notebook = open_cells(asks("odd"), asks("line"), asks("fence"))
    half = "\N{GRINNING FACE}".encode("utf-16-be", "surrogatepass")
    pieces = ("first\r\n\r\nsecond\0\r\n\r\n", "e\u0301te\u0301\n\n", "\u05e9\u05dc\u05d5\u05dd\n\n")
    halves = tuple(half[i : i + 2].decode("utf-16-be", "surrogatepass") for i in (0, 2))
    lab.say(*pieces, *halves, "\n\nlone \ud83d end", pause_s=0.1)
    cell = notebook.run("odd")
    usage(cell, "total").wait_for()
    assert cell.locator(".jp-OutputArea p").all_inner_texts() == [
        "first",
        "second\ufffd",
        "e\u0301te\u0301",
        "\u05e9\u05dc\u05d5\u05dd",
        "\N{GRINNING FACE}",
        "lone \ufffd end",
    ]
    lab.say(*("x" * 1000 for _ in range(100)), pause_s=0.01)
    cell = notebook.run("line")
    usage(cell, "total").wait_for()
    assert cell.locator(".jp-OutputArea p").evaluate("p => p.textContent.length") == 100_000
    assert cell.evaluate("c => c.scrollWidth <= c.clientWidth"), "only its own output scrolls sideways"
    lab.say("```python\n", *(f"print({n})\n\n" for n in range(400)), pause_s=0.005)
    cell = notebook.run("fence")
    usage(cell, "total").wait_for()
    assert cell.locator(".jp-OutputArea-output pre").count() == 1
    assert cell.locator(".jp-OutputArea-output pre").inner_text().split() == [
        f"print({n})" for n in range(400)
    ]


def test_a_reload_in_mid_stream(lab, open_notebook):
    notebook = open_notebook(asks("reload"), "%gemini --show", "# afterwards")
    lab.say(*(f"word{n} " for n in range(40)), pause_s=0.1)
    cell = notebook.run("reload")
    cell.get_by_text("word5 ").wait_for()
    notebook.page.reload()
    notebook.page.on("dialog", lambda dialog: dialog.accept())
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
