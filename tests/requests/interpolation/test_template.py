"""Which prompts a text can have become, where nobody knows its variables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_magic.requests.interpolation.interpolate import interpolate
from gemini_magic.requests.interpolation.template import Template


@pytest.mark.parametrize(
    ("text", "prompt", "fits"),
    [
        ("hello", "hello", True),
        ("hello", "hello ", False),
        ("Hi {name}!", "Hi Ada!", True),
        ("Hi {name}!", "Hi {name}!", True),
        ("Hi {name}!", "Ho Ada!", False),
        ("Hi {name}!", "Hi!", False),
        ("{a}-{b}-{c}", "x-y-z", True),
        ("{a}-{b}-{c}", "x-y", False),
        ("{{name}} of {a}", "{name} of 1", True),
        ("x_{i} {a}", "x_3 1", False),
        ("aba{x}ba", "aba", False),
    ],
)
def test_fits(text, prompt, fits):
    assert Template(text).fits(prompt) is fits


@given(st.text(alphabet="{}ab $_\\", max_size=30), st.text(max_size=9), st.text(max_size=9))
def test_what_became_of_a_text_fits(text, a, b):
    template = Template(text)
    assert template.fits(interpolate(text, {"a": a, "b": b}).text)
    assert template.fits(interpolate(text, {}).text)
