"""JupyterLab and Notebook 7 with the extension, and pages of them."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import threading

import nbformat
import pytest
from nbformat.v4 import new_notebook

from tests.support.browser import TOKEN, end, free_port, new_page, running_browser
from tests.support.extension import SOURCE
from tests.support.pictures import take_picture

SIZE = {"width": 1100, "height": 1000}


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
        try:
            yield request.param, folder, f"http://127.0.0.1:{port}/{page}/{{}}?token={TOKEN}&reset"
        finally:
            end(process)


@pytest.fixture(scope="module")
def page(server):
    """One page for the tests of a file: a browser that has loaded the application once loads it sooner."""
    with running_browser() as chromium:
        page = new_page(chromium, viewport=SIZE, permissions=["clipboard-read", "clipboard-write"])
        page.set_default_timeout(60_000)
        # What a test before has left unsaved may go.
        page.on("dialog", lambda dialog: dialog.accept())
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
        page.set_viewport_size(SIZE)
        page.goto(url.format(path.name))
        page.locator(".jp-CodeCell").nth(len(cells) - 1).wait_for(state="attached")
        # "Idle" is shown before there is a kernel; the language of the cells comes from the kernel itself.
        page.locator(".cm-content[data-language=python]").first.wait_for()
        return path

    yield show
    take_picture(page, f"{request.node.originalname}_{application}")
