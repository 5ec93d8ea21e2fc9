"""Fixtures of the tests in this folder."""

from __future__ import annotations

import pytest

from tests.support.front import Front


@pytest.fixture
def front():
    return Front()
