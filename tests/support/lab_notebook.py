"""An open notebook in JupyterLab, and the emulator that its kernel asks."""

from __future__ import annotations

from urllib.parse import urlsplit

import nbformat

from gemini_magic.emulator import ScriptedReply
from tests.support.browser import (
    TIMEOUT_MS,
    TOKEN,
    new_page,
    write_notebook,
)

LOAD = "%load_ext gemini_magic"
LONG = "".join(f"Paragraph {n} of a long reply, with **bold** words.\n\n" for n in range(400))

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

    def __init__(self, folder, url, browser, server):
        self.folder = folder
        self.root = "{0.scheme}://{0.netloc}".format(urlsplit(url))
        self.browser = browser
        self.server = server
        self.script = server.emulator.script
        self.opened = 0

    def open(self, *sources, application="lab"):
        """Open a new notebook with these cells in a page of its own, and run the first."""
        self.opened += 1
        path = write_notebook(self.folder, list(sources), f"n{self.opened}.ipynb")
        # A window of its own: a page behind another is not drawn. It stays open until the browser ends, for
        # closing a page may hang.
        page = new_page(self.browser, viewport={"width": 1000, "height": 900})
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


def asks(name, options=""):
    return f"%%gemini --once {options}\n{name}"


def bar(cell):
    return cell.locator(".gemini-bar")


def usage(cell, text):
    return cell.locator("small", has_text=text)


def floating(notebook):
    return notebook.page.locator(".gemini-bar-floating")
