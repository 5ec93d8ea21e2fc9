"""A kernel with widgets, and the ways a page's messages take to it."""

from __future__ import annotations

import pytest

from tests.support.kernel import CONTROL, running_kernel
from tests.support.service import KEY


@pytest.fixture(scope="module")
def started():
    """One kernel for the whole file; each test loads the extension anew."""
    with running_kernel() as kernel:
        yield kernel


@pytest.fixture
def kernel(started, server):
    environment = {"GOOGLE_GEMINI_BASE_URL": server.url, "GEMINI_API_KEY": KEY}
    started.run(f"import os; os.environ |= {environment!r}")
    started.run("%load_ext gemini_magic")
    started.run("%gemini --once warm up")
    server.emulator.bodies.clear()
    server.exchanges.clear()
    yield started
    assert started.run("%unload_ext gemini_magic").status == "ok"


@pytest.fixture
def subshell(kernel):
    return kernel.create_subshell() or pytest.skip("this ipykernel has no subshells")


@pytest.fixture(params=["subshell", CONTROL])
def way(request):
    """Where a click reaches the kernel while a cell runs."""
    return CONTROL if request.param == CONTROL else request.getfixturevalue("subshell")
