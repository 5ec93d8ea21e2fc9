"""Fixtures of the magics."""

from __future__ import annotations

import pytest

from tests.support.shell import run


@pytest.fixture
def talked(offline):
    for text in ("one", "two", "three"):
        run(offline, f"%gemini {text}")
    return offline
