"""API keys are never inserted."""

from __future__ import annotations

import os
import types

import pandas as pd
import pytest

from gemini_magic.errors import NotInserted
from gemini_magic.requests.interpolation.interpolate import interpolate
from gemini_magic.runtime.secret import Secret

OWN = "a-key-of-no-known-shape"
SHAPED = "AIza" + "x" * 35


@pytest.mark.parametrize("key", [OWN, SHAPED])
@pytest.mark.parametrize("field", ["key", "key:.12", "config", "config['key']", "frame", "text"])
def test_a_value_with_a_key_is_refused(key, field):
    variables = {
        "key": key,
        "config": {"key": key},
        "frame": pd.DataFrame({"k": [key]}),
        "text": f"the key is {key}",
    }
    with pytest.raises(NotInserted, match="it holds an API key; nothing was sent") as caught:
        interpolate(f"{{{field}}}", variables, lambda: [Secret(OWN)])
    assert key not in str(caught.value)


@pytest.mark.parametrize("key", [OWN, SHAPED])
@pytest.mark.parametrize("before", [170, 185, 187])
def test_a_part_of_a_key_is_refused_where_the_text_is_cut(key, before):
    frame = pd.DataFrame({"k": ["x" * before + " " + key]})
    long = ["x" * (99_800 + before) + " " + key]
    for value in (frame, long):
        with pytest.raises(NotInserted, match="it holds an API key"):
            interpolate("{value}", {"value": value}, lambda: [Secret(OWN)])
    assert interpolate("{value}", {"value": ["a" * 100_001]}, lambda: [Secret(OWN)]).inserted


@pytest.mark.parametrize("key", [OWN, SHAPED])
def test_no_error_names_a_key(key):
    variables = {
        "config": {key: 1},
        "frame": pd.DataFrame({key: [1]}),
        "space": types.SimpleNamespace(**{key: 1}),
        "typed": type(key, (), {})(),
    }
    for field in ("config['no']", "frame.no", "frame['no']", "space.no", "typed.no", "typed"):
        with pytest.raises(NotInserted) as caught:
            interpolate(f"{{{field}}}", variables, lambda: [Secret(OWN)])
        assert key not in f"{caught.value} {caught.value.what}"
        assert caught.value.__context__ is None


def test_the_environment_is_refused():
    with pytest.raises(NotInserted, match="it is the environment, in which secrets are"):
        interpolate("{env}", {"env": os.environ})
    assert interpolate("{config}", {"config": {"env": os.environ}}).text == '{"env": "(the environment)"}'


def test_keys_are_looked_for_only_where_something_is_inserted():
    def fail():
        raise AssertionError

    assert interpolate("{nobody} {{name}}", {"name": "x"}, fail).text == "{nobody} {name}"
