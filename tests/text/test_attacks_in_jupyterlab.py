"""Hostile model text in JupyterLab: nothing of it runs, fetches anything by itself, or becomes a command."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from gemini_magic.emulator import Emulator, EmulatorServer, ScriptedReply
from tests.support import browser
from tests.support.attacks import ATTACKS, attacks_at
from tests.support.beacons import Listener
from tests.support.harm import find_harm

SETUP = """%load_ext gemini_magic
from IPython.display import display
from gemini_magic.errors import GeminiError
shell = get_ipython()
def ask(options):
    shell.run_line_magic("gemini", f"--once {options} x")
"""

TRIES = """for _ in range({count}):
    try:
        ask("--view none")
    except GeminiError:
        shell.showtraceback()
"""

IMAGES = """%config GeminiMagics.remote_images = ["127.0.0.1"]
ask("-q")
%config GeminiMagics.remote_images = []
"""

CONTENTS = """%config GeminiMagics.toc = True
for _ in range({count}): ask("-q")
%config GeminiMagics.toc = False
"""

TRUSTED = "jupyterapp.shell.currentWidget.content.widgets.every(cell => cell.model.trusted)"
PRINTED = ".jp-OutputArea-output[data-mime-type^='application/vnd.jupyter.std']"


def live(text):
    """A reply that is drawn at least twice."""
    half = len(text) // 2
    return ScriptedReply(pieces=(text[:half], text[half:]), pause_s=0.065)


def whole(text):
    return ScriptedReply(pieces=(text,))


def thoughtful(text, pause_s=0.0):
    half = len(text) // 2
    parts = [{"text": piece, "thought": True} for piece in (text[:half], text[half:])]
    events = [{"candidates": [{"content": {"parts": [part], "role": "model"}}]} for part in parts]
    return ScriptedReply(pieces=(*events, "Thought about."), pause_s=pause_s)


def live_thoughts(text):
    return thoughtful(text, pause_s=0.065)


def named(text):
    # No service can send half a character in a name.
    name = text.encode("utf-8", "replace").decode()
    return ScriptedReply(pieces=("Named.",), model=name, finish_reason=name)


def refused(text):
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": text, "domain": text}
    error = {"code": 400, "message": text, "status": "INVALID_ARGUMENT", "details": [info]}
    return ScriptedReply(status=400, body={"error": error})


def scenario(url):
    """The cells that put attacks into a notebook, all live and some in every other way, and the answers."""
    attacks = list(attacks_at(url).values())
    cells, script = [SETUP], []

    def add(texts, reply, source, count=40):
        for start in range(0, len(texts), count):
            batch = texts[start : start + count]
            cells.append(source.replace("{count}", str(len(batch))))
            script.extend(reply(text) for text in batch)

    add(attacks, live, 'for _ in range({count}): ask("-q")')
    add(attacks[::6], whole, 'for _ in range({count}): ask("-q --view final")')
    add(attacks[1::6], whole, 'for _ in range({count}): ask("-q --view text")')
    add(attacks[2::6], thoughtful, 'for _ in range({count}): ask("-q --thoughts --view final")', 22)
    add(attacks[::8], live_thoughts, 'for _ in range({count}): ask("--thoughts")', 15)
    add(attacks[::4], named, 'for _ in range({count}): ask("--view final")', 15)
    add(attacks[::8], named, 'for _ in range({count}): ask("")', 15)
    add(attacks[1::4], refused, TRIES)
    add(attacks[3::6], whole, 'for _ in range({count}): ask("--view none"); display(_gemini)')
    add(attacks[::40], whole, 'ask("--view none")\n_gemini', 1)
    add([f"# {text}" for text in attacks if "\n" not in text][:40], whole, CONTENTS)
    images = f"![yes]({url}/allowed/image) ![no]({url.replace('127.0.0.1', 'localhost')}/hit/image)"
    add([images], whole, IMAGES)
    return [*cells, 'print("all", "asked")'], script


def watched_page(chromium, url):
    """A page with the notebook, what it must not do noted, and no way out of it."""
    page = browser.new_page(browser.launch(chromium), viewport={"width": 1100, "height": 1400})
    page.dialogs = []
    page.on("dialog", lambda dialog: (page.dialogs.append(dialog.message), dialog.dismiss()))
    browser.watch_notebook(page, url)
    return page


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """JupyterLab, Chromium, a listener for beacons and a service that says what is hostile."""
    home = tmp_path_factory.mktemp("attacked")
    (folder := home / "work").mkdir()
    with Listener() as listener, browser.running_browser() as first:
        cells, script = scenario(listener.url)
        saved = browser.write_notebook(folder, cells)
        with EmulatorServer(Emulator(script, pace=0)) as service:
            environment = {"GOOGLE_GEMINI_BASE_URL": service.url, "GEMINI_API_KEY": "AIza" + "x" * 35}
            options = ("--LabApp.expose_app_in_browser=True",)
            with browser.running_lab(home, folder, *options, **environment) as url:
                yield SimpleNamespace(
                    listener=listener,
                    chromium=first.browser_type,
                    url=url,
                    folder=folder,
                    saved=saved,
                    script=service.emulator.script,
                    options=options,
                )


def assert_calm(page, world):
    """Nothing has been run, fetched or opened by what is in the page's outputs."""
    page.evaluate("settle()")
    assert page.evaluate("[...harm, ...lookAtAll()]") == []
    assert page.evaluate("window.pwned") is None
    assert page.dialogs == []
    assert page.locator("dialog.jp-Dialog").count() == 0
    # What was asked for before this has arrived.
    page.evaluate("url => fetch(url)", f"{world.listener.url}/calm")
    assert world.listener.wait_for("/calm")
    assert [path for path in world.listener.hits if path.startswith("/hit/")] == []


def assert_calm_when_touched(page, world):
    for link in page.locator(f"{PRINTED} a[href^='javascript:']").all()[:2]:
        # JupyterLab makes links of all that is printed; such a one opens an empty page.
        with page.expect_popup() as popup:
            link.click()
        assert popup.value.evaluate("window.pwned") is None
        popup.value.close()
    opened = page.evaluate("touchAll()")
    assert len(opened) > 50
    # The links beside headings run some, of the application's router; the attacks name this one.
    assert "help:about" not in page.evaluate("commands")
    assert_calm(page, world)


def run_all(page):
    page.evaluate("void jupyterapp.commands.execute('notebook:run-all-cells')")
    shown = page.locator(".jp-NotebookPanel:not(.lm-mod-hidden) .jp-OutputArea-output")
    shown.filter(has_text="all asked").wait_for(state="attached")


def outputs_of(path):
    cells = json.loads(path.read_text())["cells"]
    return [output for cell in cells for output in cell["outputs"]]


@pytest.fixture(scope="module")
def page(world):
    """The page on which all cells were run; the notebook is saved."""
    page = watched_page(world.chromium, world.url)
    page.evaluate("jupyterapp.commands.execute('toc:show-panel')")
    run_all(page)
    assert not world.script
    page.evaluate("settle()")
    page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    return page


@browser.needed
def test_nothing_happens_in_jupyterlab(world, page):
    assert_calm(page, world)
    assert world.listener.wait_for("/allowed/image")
    count = page.locator(".jp-OutputArea-output").count()
    assert count > 1.5 * len(ATTACKS)
    assert_calm_when_touched(page, world)

    bundles = [output["data"] for output in outputs_of(world.saved) if "data" in output]
    texts = [{name: "".join(text) for name, text in data.items()} for data in bundles]
    assert [
        harm for data in texts for harm in find_harm(data, "127[.]0[.]0[.]1") if "/allowed/" not in harm
    ] == []
    page.context.browser.close()

    page = watched_page(world.chromium, world.url)
    assert page.locator(".jp-OutputArea-output").count() == count
    assert page.evaluate(TRUSTED)
    assert_calm(page, world)
    page.context.browser.close()


@browser.needed
@pytest.mark.usefixtures("page")
def test_nothing_happens_in_a_notebook_of_somebody_else(world, tmp_path):
    """Another machine has not signed the outputs: JupyterLab draws them its own, careful way."""
    with browser.running_lab(tmp_path, world.folder, *world.options) as url:
        page = watched_page(world.chromium, url)
        assert not page.evaluate(TRUSTED)
        assert_calm(page, world)
        assert_calm_when_touched(page, world)
        page.context.browser.close()


CONTROL = """from IPython.display import Markdown, display
display(
    Markdown("![x](URL/control/image)"),
    Markdown("<img src=x onerror='window.pwned=1'>"),
    Markdown('[x]($" onmouseover="window.touched=1" x="$)'),
    Markdown("[x](javascript:1)"),
)
print("all", "asked")
"""


@browser.needed
def test_the_same_texts_as_plain_markdown_do_harm(world):
    """Else the tests above would find nothing, whatever the renderer lets through."""
    browser.write_notebook(world.folder, [CONTROL.replace("URL", world.listener.url)], "control.ipynb")
    # A workspace of its own: it does not open the other notebook, too.
    url = world.url.replace("/lab/tree/work.ipynb", "/lab/workspaces/control/tree/control.ipynb")
    page = watched_page(world.chromium, url)
    run_all(page)
    assert world.listener.wait_for("/control/image")
    page.wait_for_function("window.pwned === 1")
    page.evaluate("settle()")
    page.evaluate("touchAll()")
    assert page.evaluate("window.touched") == 1
    found = " ".join(page.evaluate("harm"))
    assert all(word in found for word in ("/control/image", "onerror", "onmouseover", "javascript:1"))
    page.context.browser.close()
