"""JupyterLab on copies of the lessons."""

from __future__ import annotations

import pytest

from tests.support.browser import NOTEBOOK, new_page, running_browser, running_lab
from tests.support.lesson_pages import LESSONS, QUICKSTART, lay_out


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """JupyterLab on copies of the lessons, without any of this machine's settings."""
    home = tmp_path_factory.mktemp("home")
    folder = home / "work"
    folder.mkdir()
    for lesson in LESSONS:
        lay_out(folder, lesson)
    with running_lab(home, folder, "--expose-app-in-browser") as url:
        yield folder, url.replace(NOTEBOOK, QUICKSTART.name)


@pytest.fixture(scope="module")
def page():
    """One page for the tests of a file: a browser that has loaded JupyterLab once loads it sooner."""
    with running_browser() as chromium:
        page = new_page(chromium, viewport={"width": 1100, "height": 1400})
        page.set_default_timeout(60_000)
        # What a test before has left unsaved may go.
        page.on("dialog", lambda dialog: dialog.accept())
        yield page
