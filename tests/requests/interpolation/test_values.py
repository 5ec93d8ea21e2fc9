"""Values as text for a model: bounded, the same in every run, and what was left out is said."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import json
import pathlib

import numpy as np
import pandas as pd
import pydantic
import pytest

from gemini_magic.errors import NotInserted
from gemini_magic.requests.interpolation.interpolate import interpolate
from gemini_magic.runtime.secret import Secret


def insert(value):
    return interpolate("{value}", {"value": value})


class Color(enum.Enum):
    RED = 1


class Word(enum.StrEnum):
    YES = "yes"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a {b}\n", "a {b}\n"),
        (None, "None"),
        (True, "True"),
        (1234567, "1234567"),
        (0.1, "0.1"),
        (decimal.Decimal("1.50"), "1.50"),
        (datetime.date(2026, 1, 2), "2026-01-02"),
        (datetime.datetime(2026, 1, 2, 3, 4), "2026-01-02 03:04:00"),
        (pathlib.PurePosixPath("/x/y.csv"), "/x/y.csv"),
        (Color.RED, "Color.RED"),
        (Word.YES, "yes"),
        (np.float64(2.5), "2.5"),
        (np.int64(3), "3"),
        (pd.Timestamp("2026-01-02"), "2026-01-02 00:00:00"),
        (ValueError("too large"), "ValueError: too large"),
        ("half a pair \ud83d", "half a pair \ufffd"),
    ],
)
def test_plain_values(value, expected):
    assert insert(value).text == expected
    assert insert(value).inserted == ("value",)


@dataclasses.dataclass
class Point:
    x: int
    label: str = "p"
    password: str = dataclasses.field(default="hidden", repr=False)


class Model(pydantic.BaseModel):
    sizes: list[int] = [1, 2]
    token: pydantic.SecretStr = pydantic.SecretStr("confidential")
    left_out: str = pydantic.Field("confidential", exclude=True)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": [1, None, True], 2: "ü"}, '{"a": [1, null, true], "2": "ü"}'),
        ([], "[]"),
        ((1, 2), "[1, 2]"),
        ({"b", "a"}, '["a", "b"]'),
        (Point(1), '{"x": 1, "label": "p"}'),
        (Model(), '{"sizes": [1, 2], "token": "**********"}'),
        ({"when": datetime.date(2026, 1, 2), "n": np.int64(3)}, '{"when": "2026-01-02", "n": 3}'),
        ([np.arange(3), pathlib.PurePosixPath("x")], '[[0, 1, 2], "x"]'),
        ([b"xy", object(), Secret("confidential")], '["(2 bytes)", "<object object>", "[hidden]"]'),
        ({"df": pd.DataFrame({"a": [1]})}, '{"df": "(DataFrame, 1 row)"}'),
        ({1: "number", "1": "text"}, '{"1": "number", "\'1\'": "text"}'),
    ],
)
def test_data_is_json(value, expected):
    assert json.loads(insert(value).text) == json.loads(expected)
    assert "confidential" not in insert(value).text


def test_large_and_endless_data_is_cut_and_says_so():
    numbers = insert(list(range(1_000_000)))
    assert json.loads(numbers.text)[-1] == "… (990,000 more)"
    assert numbers.inserted == ("value (1,000,000 items, 10,000 shown)",)
    texts = insert({"long": "x" * 1_000_000, "next": 1})
    assert "… (900,004 more characters)" in texts.text
    assert len(texts.text) < 101_000
    assert texts.inserted == ("value (2 items, 1 shown)",)
    endless: list = [1]
    endless.append(endless)
    assert insert(endless).text == '[1, "… (it holds itself)"]'
    assert insert(endless).inserted == ("value (2 items, cut)",)
    deep: list = []
    for _ in range(5000):
        deep = [deep]
    assert "too deep" in insert(deep).text
    wide = insert([[0] * 1000 for _ in range(1000)])
    assert len(wide.text) < 200_000


def test_long_texts_are_whole():
    prompt = insert("x" * 300_000)
    assert len(prompt.text) == 300_000
    assert prompt.inserted == ("value (300,000 characters)",)


def test_arrays():
    assert insert(np.arange(6).reshape(2, 3)).text == "array of 2 x 3, int64:\n[[0, 1, 2],\n [3, 4, 5]]"
    large = insert(np.zeros((1000, 1000)))
    assert large.text.startswith("array of 1,000 x 1,000, float64; of each axis, the first and last 5 are")
    assert len(large.text) < 1000
    assert large.inserted == ("value (1,000 x 1,000, ends shown)",)


def test_a_block_stands_apart_from_prose_and_not_from_quotes():
    frame = pd.DataFrame({"a": [1]})
    table = "| a |\n| --- |\n| 1 |"
    assert interpolate("See {df}, please\nNow.", {"df": frame}).text == f"See \n\n{table}\n\n, please\nNow."
    assert interpolate("See:\n{df}\nNow.", {"df": frame}).text == f"See:\n{table}\nNow."
    assert interpolate('"{df}" <t>{df}</t>', {"df": frame}).text == f'"{table}" <t>{table}</t>'


def test_sources():
    assert insert(test_long_texts_are_whole).text.startswith("def test_long_texts_are_whole():\n    prompt")
    assert insert(Point).text.startswith("@dataclasses.dataclass\nclass Point:\n    x: int")
    assert insert(Point).inserted == ("value (5 lines)",)
    with pytest.raises(NotInserted, match="its source is not known"):
        insert(print)


def repr_of_type(value):
    return type(value).__name__ if not isinstance(value, str) else ""


class Breaks:
    def __str__(self):
        raise ValueError("confidential")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (Breaks(), r"it cannot be written \(ValueError\)"),
        ([Breaks()], r"it cannot be written \(ValueError\)"),
        (pd.DataFrame({"a": [Breaks()]}), r"it cannot be written \(ValueError\)"),
        (object(), "a value of type object has no text of its own"),
        ((n for n in [1]), "a value of type generator has no text of its own"),
        (b"xy", "bytes are no text; decode them first"),
        (Secret("confidential"), "it is an API key, which is never sent"),
    ],
    ids=repr_of_type,
)
def test_what_cannot_be_written(value, message):
    with pytest.raises(NotInserted, match=message) as caught:
        insert(value)
    assert caught.value.__context__ is None
    assert "confidential" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "spec"),
    [("text", ".2f"), ([1], ".2f"), (1.5, "d"), (Breaks(), "s"), (None, ".1f")],
    ids=repr_of_type,
)
def test_formats_that_do_not_fit(value, spec):
    with pytest.raises(NotInserted, match="format") as caught:
        interpolate(f"{{value:{spec}}}", {"value": value})
    assert caught.value.__context__ is None


def test_formats_of_dates():
    assert interpolate("{day:%d.%m.%Y}", {"day": datetime.date(2026, 1, 2)}).text == "02.01.2026"


def test_addresses_in_memory_are_left_out():
    """Else a recorded prompt would never be found again."""

    class Named:
        def __repr__(self):
            return f"Named(inner={object.__repr__(self)})"

    assert "0x" not in insert(Named()).text
