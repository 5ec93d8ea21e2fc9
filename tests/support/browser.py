"""A real JupyterLab, and Chromium."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
TOKEN = "token-of-a-test"
NOTEBOOK = "work.ipynb"
# Nothing that moves is looked at, and drawing it would keep a processor busy.
FLAGS = [
    "--force-prefers-reduced-motion",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
]
TIMEOUT_MS = 120_000
EXTENSION = Path(__file__).parents[2] / "src" / "gemini_magic" / "labextension"
WATCH = Path(__file__).with_name("watch.js").read_text()

# Chromium's own: a server that has ended, a file that JupyterLab looks for and that need not be there.
# And Notebook 7's: it asks for settings and commands that it does not have, in every notebook that it opens.
# And JupyterLab's: questions to a kernel that restarts; a widget in a saved notebook, before we replace it.
NOT_OURS = re.compile(
    r"WebSocket connection to |Failed to load resource: |(?:TypeError: )?Failed to fetch$"
    r"|Invalid response: 404 Not Found$"
    r"|Cannot read properties of undefined \(reading 'schema'\)$"
    r"|Command 'filebrowser:open-path' not registered"
    r"|.*Canceled future for \w+ message before replies were done"
    r"|Error: widget model not found"
)
_ERRORS: list[str] = []

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


def lay_out_extension(home: Path) -> Path:
    """Put our extension where a server finds it that has the answer as its JUPYTER_PATH."""
    shutil.copytree(EXTENSION, home / "data" / "labextensions" / "gemini-magic", dirs_exist_ok=True)
    return home / "data"


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
    # The extension as it is in src: what is installed may be older.
    own["JUPYTER_PATH"] = lay_out_extension(home)
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
            end(process)


def end(process: subprocess.Popen[str]) -> None:
    """End a server; one that waits for its kernels may take for ever."""
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()


def new_page(browser: Any, **options: Any) -> Any:
    """Open a page in a window of its own; what it says goes wrong fails the test that runs."""
    page = browser.new_context(**options).new_page()
    page.on("pageerror", lambda error: _ERRORS.append(str(error)))
    page.on("console", lambda said: said.type == "error" and _ERRORS.append(said.text))
    return page


def take_errors() -> list[str]:
    """Return, once, what pages said went wrong, without what is not ours."""
    errors = [error for error in _ERRORS if not NOT_OURS.match(error)]
    _ERRORS.clear()
    return errors


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


def watch_notebook(page: Any, url: str) -> None:
    """Open the notebook in a new page that notes what outputs do, from the beginning."""
    page.add_init_script(f"({WATCH})()")
    open_notebook(page, url)


def open_notebook(page: Any, url: str) -> None:
    """Open the notebook, and wait until its kernel is there."""
    page.set_default_timeout(TIMEOUT_MS)
    page.goto(url)
    name = url.rpartition("/")[2].partition("?")[0]
    page.wait_for_function(
        "name => window.jupyterapp?.shell?.currentWidget?.context?.path === name", arg=name
    )
    page.evaluate("jupyterapp.shell.currentWidget.sessionContext.ready")
    page.wait_for_function("jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'")
