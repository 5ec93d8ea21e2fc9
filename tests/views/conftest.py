"""A front end for views."""

from __future__ import annotations

import pytest

from tests.support.front import Front


@pytest.fixture
def front():
    return Front()
