"""A real JupyterLab, Chromium, and a listener that notes what a page fetches."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
TOKEN = "token-of-a-test"
NOTEBOOK = "work.ipynb"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
TIMEOUT_MS = 120_000


MARKS = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None and "CI" not in os.environ, reason="no Chromium here: browser tests did not run"
    ),
]
"""Of a file all of whose tests need Chromium."""


def needed(test: Any) -> Any:
    """Mark a test that needs Chromium: skipped, saying so, where there is none."""
    for mark in MARKS:
        test = mark(test)
    return test


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def write_notebook(folder: Path, sources: list[str], name: str = NOTEBOOK) -> Path:
    """Write a notebook of code cells."""
    empty = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    cells = [{**empty, "id": f"c{i}", "source": source} for i, source in enumerate(sources)]
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / name
    path.write_text(
        json.dumps(
            {"cells": cells, "metadata": {"kernelspec": spec}, "nbformat": 4, "nbformat_minor": 5},
        )
    )
    return path


@contextmanager
def running_lab(home: Path, folder: Path, *options: str, **environment: str) -> Iterator[str]:
    """Run JupyterLab on `folder` without any of this machine's settings; give the notebook's address."""
    port = free_port()
    settings = home / "settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True, exist_ok=True)
    # A question about news would lie over what is to be clicked.
    tracker = home / "settings" / "@jupyterlab" / "notebook-extension"
    tracker.mkdir(parents=True, exist_ok=True)
    # Cells that are out of sight stay in the page, so that all of them are looked at.
    (tracker / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", *options]
    command += [f"--ServerApp.root_dir={folder}", f"--port={port}", "--ServerApp.port_retries=0"]
    command += [f"--IdentityProvider.token={TOKEN}"]
    own = {"HOME": home, "JUPYTER_CONFIG_DIR": home / "config", "JUPYTERLAB_SETTINGS_DIR": home / "settings"}
    own |= {"JUPYTER_DATA_DIR": home / "data", "IPYTHONDIR": home / "ipython"}
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("GOOGLE_", "GEMINI_"))}
    environment = clean | {name: str(path) for name, path in own.items()} | environment
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if f":{port}/lab" in line:
                break
        threading.Thread(target=process.stderr.read, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{port}/lab/tree/{NOTEBOOK}?token={TOKEN}"
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


@contextmanager
def running_browser() -> Iterator[Any]:
    """Run Chromium headless."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = launch(playwright.chromium)
        try:
            yield browser
        finally:
            browser.close()


def launch(chromium: Any) -> Any:
    """Start one more Chromium, for one page: a process can always be ended, a single page of it may hang."""
    return chromium.launch(executable_path=CHROMIUM, args=FLAGS)


def open_notebook(page: Any, url: str) -> None:
    """Open the notebook, watched from the beginning, and wait until its kernel is there."""
    page.set_default_timeout(TIMEOUT_MS)
    page.add_init_script(f"({WATCH})()")
    page.goto(url)
    name = url.rpartition("/")[2].partition("?")[0]
    page.wait_for_function(
        "name => window.jupyterapp?.shell?.currentWidget?.context?.path === name", arg=name
    )
    page.evaluate("jupyterapp.shell.currentWidget.sessionContext.ready")
    page.wait_for_function("jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'")


PIXEL = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)


class Listener:
    """Answers on loopback with an image of one pixel, and notes who asked for what.

    Attributes
    ----------
    url
        Where it listens, without a slash at the end.
    hits
        The paths that were asked for.
    """

    def __init__(self) -> None:
        self.hits: list[str] = []
        self._arrived = threading.Condition()
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                listener._note(self.path)
                self.send_response(200)
                self.send_header("content-type", "image/gif")
                self.send_header("content-length", str(len(PIXEL)))
                self.send_header("access-control-allow-origin", "*")
                self.end_headers()
                self.wfile.write(PIXEL)

            do_POST = do_HEAD = do_OPTIONS = do_PUT = do_GET

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def wait_for(self, path: str) -> bool:
        """Return whether `path` is asked for, sooner or later."""
        with self._arrived:
            return self._arrived.wait_for(lambda: path in self.hits, TIMEOUT_MS / 1000)

    def _note(self, path: str) -> None:
        with self._arrived:
            self.hits.append(path)
            self._arrived.notify_all()

    def __enter__(self) -> Listener:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


WATCH = r"""() => {
  const FORBIDDEN = new Set(('script iframe frame frameset object embed applet form style meta base link ' +
    'svg image video audio source track picture textarea select button template title portal').split(' '));
  const ATTRIBUTES = new RegExp('^(on.*|data-commandlinker.*|srcdoc|formaction|action|background|poster|' +
    'srcset|ping|xlink:href|http-equiv|autofocus|contenteditable|accesskey)$', 'i');
  const ALLOWED = /^http:\/\/127\.0\.0\.1:\d+\/allowed\//;
  const STYLE = /url|fixed|expression/;
  // Widgets are in a panel of their own; what they show is checked, too, but for their own tags and styles.
  const OURS = '.jp-OutputArea-output.lm-Panel, .gemini-magic-copy';
  const OUR_TAGS = new Set(['style', 'button', 'svg']);
  const PRINTED = '[data-mime-type^="application/vnd.jupyter."]';
  window.harm = [];
  window.commands = [];

  const isGoodLink = link => {
    const value = link.getAttribute('href');
    // JupyterLab itself makes links of what is printed: files in the notebook, all else apart from the page.
    const isApart = link.rel === 'noopener' && link.target === '_blank';
    if (link.closest(PRINTED)) return isApart || link.origin === location.origin;
    // Headings of Markdown and equation numbers lead to places in the page.
    if (value.startsWith('#')) return link.matches('.jp-InternalAnchorLink, mjx-container a');
    return /^(https?|mailto):$/.test(link.protocol) && link.origin !== location.origin;
  };

  const harmOfAttribute = (element, tag, name, value) => {
    if (ATTRIBUTES.test(name)) return true;
    if (name === 'href') return tag !== 'a' && !value.startsWith('#');
    const isMath = () => element.closest('mjx-container');
    if (name === 'style') return !(isMath() ? !STYLE.test(value) : element.closest(OURS));
    return (name === 'id' || name === 'name') && !(/^mjx-/i.test(value) && isMath());
  };

  const harmOf = element => {
    const found = [];
    const tag = element.localName;
    if (FORBIDDEN.has(tag) && !(OUR_TAGS.has(tag) && element.closest(OURS))) found.push(`<${tag}>`);
    if (tag === 'img' && !ALLOWED.test(element.src)) found.push(`<img ${element.src}>`);
    if (tag === 'input' && !(element.type === 'checkbox' && element.disabled)) found.push('<input>');
    if (tag === 'a' && element.hasAttribute('href') && !isGoodLink(element)) found.push(`to ${element}`);
    for (const { name, value } of element.attributes) {
      if (harmOfAttribute(element, tag, name, value)) found.push(`<${tag} ${name}=${value}>`);
    }
    return found;
  };

  window.findHarm = root => {
    const found = [root, ...root.querySelectorAll('*')].flatMap(harmOf);
    return found.length ? [...new Set(found), root.textContent.slice(0, 300)] : [];
  };

  const look = node => {
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    const inside = node.parentElement?.closest('.jp-OutputArea-output');
    const roots = inside ? [node] : [...node.querySelectorAll('.jp-OutputArea-output > *')];
    roots.forEach(root => window.harm.push(...window.findHarm(root)));
  };
  let changed = performance.now();
  new MutationObserver(records => {
    changed = performance.now();
    for (const record of records) {
      if (record.type === 'attributes') {
        const { target } = record;
        const isInside = target.parentElement?.closest('.jp-OutputArea-output');
        if (isInside) window.harm.push(...harmOf(target));
      } else {
        record.addedNodes.forEach(look);
      }
    }
  }).observe(document, { childList: true, subtree: true, attributes: true });

  // Typesetting goes on for a while after an output has come.
  window.settle = async () => {
    const latest = performance.now() + 10000; // something may move for ever
    const rest = () => new Promise(done => setTimeout(done, 50));
    while (performance.now() < Math.min(changed + 400, latest)) await rest();
  };
  window.lookAtAll = () => {
    const roots = document.querySelectorAll('.jp-OutputArea-output > *, .jp-TableOfContents-tree');
    return [...roots].flatMap(window.findHarm);
  };
  window.touchAll = async () => {
    const opened = [];
    jupyterapp.commands.commandExecuted.connect((_, { id }) => window.commands.push(id));
    // Last in line: whatever else listens has had the click, and only where it leads is left out.
    window.addEventListener('click', event => {
      const link = event.target.closest?.('a[href]');
      if (link && isGoodLink(link) && !link.getAttribute('href').startsWith('#')) {
        opened.push(link.href);
        event.preventDefault();
      }
    });
    const things = '.jp-OutputArea-output :is(a, summary, [tabindex], input, button, b)';
    // A path in what is printed opens that file, or asks for the debugger: nothing that a reply could change.
    const isPath = thing => thing.closest(PRINTED) && thing.origin === location.origin;
    for (const thing of [...document.querySelectorAll(things)].filter(thing => !isPath(thing))) {
      for (const type of ['pointerover', 'pointerenter', 'mouseover', 'mouseenter', 'mousemove', 'toggle']) {
        thing.dispatchEvent(new MouseEvent(type, { bubbles: true }));
      }
      thing.focus();
      thing.click();
      thing.blur();
    }
    await window.settle();
    return opened;
  };
}"""
"""Put into a page before anything else: notes in `harm` what an output must never have, even briefly."""
