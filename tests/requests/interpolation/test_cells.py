"""Functions and classes that were written in a cell are inserted as their source."""

from __future__ import annotations

import pytest

from gemini_magic.errors import NotInserted
from gemini_magic.requests.interpolation.interpolate import interpolate
from tests.support.shell import run

CELL = '''\
import functools

def add(a, b):
    """Add."""
    return a + b

class Empty:
    x = 1

class Outer:
    class Inner:
        y = 2

    def method(self):
        return self

square = lambda n: n * n
'''


@pytest.mark.parametrize(
    ("field", "source"),
    [
        ("add", 'def add(a, b):\n    """Add."""\n    return a + b'),
        ("Empty", "class Empty:\n    x = 1"),
        ("Outer.Inner", "class Inner:\n    y = 2"),
        ("Outer.method", "def method(self):\n    return self"),
        ("square", "square = lambda n: n * n"),
    ],
)
def test_the_source_of_a_cell(shell, field, source):
    run(shell, CELL)
    run(shell, "'another cell'")
    assert interpolate(f"{{{field}}}", shell.user_ns).text == source


def test_the_latest_cell_counts(shell):
    run(shell, "class A:\n    x = 1")
    run(shell, "class A:\n    x = 2")
    assert interpolate("{A}", shell.user_ns).text == "class A:\n    x = 2"


def test_a_class_that_no_cell_has(shell):
    run(shell, "B = type('B', (), {})")
    with pytest.raises(NotInserted, match="its source is not known"):
        interpolate("{B}", shell.user_ns)
