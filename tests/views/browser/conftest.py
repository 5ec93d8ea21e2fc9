"""JupyterLab whose kernels ask the emulator, and notebooks in it."""

from __future__ import annotations

import pytest

from gemini_magic.emulator import Emulator, EmulatorServer
from tests.support.browser import running_browser, running_lab
from tests.support.lab_notebook import EXPOSED, LOAD, REPLACE_CELLS, Lab
from tests.support.service import KEY


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    folder = home / "work"
    folder.mkdir()
    with EmulatorServer(Emulator(pace=0)) as server, running_browser() as browser:
        named = {"GOOGLE_GEMINI_BASE_URL": server.url, "GEMINI_API_KEY": KEY}
        with running_lab(home, folder, *EXPOSED, **named) as url:
            yield Lab(folder, url, browser, server)


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
    yield lambda *sources, **more: lab.open(LOAD, *sources, **more)
    lab.script.clear()
