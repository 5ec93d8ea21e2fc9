"""A kernel on Colab, or on Kaggle, as far as their modules go: taken back when the test ends."""

from __future__ import annotations

import sys
from functools import partial

import pytest

from tests.support.colab import install_colab, install_kaggle


@pytest.fixture
def on_colab(monkeypatch):
    """Makes this a kernel of Colab with some secrets; gives the names that are asked for."""
    return partial(install_colab, put=partial(monkeypatch.setitem, sys.modules))


@pytest.fixture
def on_kaggle(monkeypatch):
    """Makes this a kernel of Kaggle with some secrets, on an image that has Colab's module, too."""
    monkeypatch.setenv("KAGGLE_KERNEL_RUN_TYPE", "Interactive")
    install_colab({}, put=partial(monkeypatch.setitem, sys.modules))
    return partial(install_kaggle, put=partial(monkeypatch.setitem, sys.modules))
