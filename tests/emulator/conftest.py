"""What all tests of the emulator check besides: no error stays behind."""

from __future__ import annotations

import gc
import logging

import pytest


class Noise(logging.Handler):
    """Keeps what is logged."""

    def __init__(self):
        super().__init__()
        self.heard = []

    def emit(self, record):
        # A client of the SDK that is collected is closed in a task that nobody awaits.
        if "/google/genai/client.py" not in (said := record.getMessage()):
            self.heard.append(said)


@pytest.fixture(autouse=True, scope="module")
def no_noise():
    """asyncio logs what goes wrong in a server, and what a task has raised that nobody awaits."""
    noise = Noise()
    logging.getLogger("asyncio").addHandler(noise)
    yield
    gc.collect()
    logging.getLogger("asyncio").removeHandler(noise)
    assert noise.heard == []
