"""Attributes and items: plain data is read, code is not run, and errors say what there is."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import enum
import os
import pathlib
import types

import numpy as np
import pandas as pd
import polars as pl
import pydantic
import pytest

from gemini_magic.errors import NotInserted
from gemini_magic.replies import events as ev
from gemini_magic.replies.reply import Reply
from gemini_magic.requests.interpolation.interpolate import interpolate

RAN = []


class Plain:
    constant = "of the class"

    def __init__(self):
        self.data = "of the object"
        self._private = "hidden"

    @property
    def computed(self):
        RAN.append("property")
        return "computed"

    def __getattr__(self, name):
        RAN.append("getattr")
        return name

    def __getitem__(self, key):
        RAN.append("getitem")
        return key

    def __dir__(self):
        RAN.append("dir")
        return ["data"]

    def method(self):
        return "called"


class Slots:
    __slots__ = ("data", "unset")

    def __init__(self):
        self.data = "in a slot"


@dataclasses.dataclass
class Point:
    x: int = 1


class Model(pydantic.BaseModel):
    model_config = {"extra": "allow"}
    count: int = 2


class Sneaky(dict):
    def __getitem__(self, key):
        RAN.append("dict")
        return "sneaky"

    def __missing__(self, key):
        RAN.append("missing")
        return "sneaky"


class Watched(datetime.date):
    def __getattribute__(self, name):
        # Python itself asks for the class.
        RAN.extend({name} - {"__class__"})
        return super().__getattribute__(name)


Color = enum.Enum("Color", ["RED", "BLUE"])
Pair = collections.namedtuple("Pair", "left right")
FRAME = pd.DataFrame({"price": [1.5, 2.5], "a b": ["x", "y"]})
REPLY = Reply("gemini-3.8-flash")
REPLY.apply(ev.TextDelta("the reply", {"text": "the reply"}))

VARIABLES = {
    "plain": Plain(),
    "slots": Slots(),
    "point": Point(),
    "model": Model(more="extra"),
    "sneaky": Sneaky(k="v"),
    "default": collections.defaultdict(list, k="v"),
    "Color": Color,
    "red": Color.RED,
    "pair": Pair("l", "r"),
    "df": FRAME,
    "row": FRAME.iloc[0],
    "frame": pl.DataFrame({"a": [1, 2]}),
    "array": np.arange(6).reshape(2, 3),
    "day": datetime.date(2026, 1, 2),
    "watched": Watched(2026, 1, 2),
    "path": pathlib.PurePosixPath("/data/x.csv"),
    "module": types.SimpleNamespace(answer=42),
    "os": os,
    "environment": os.environ,
    "reply": REPLY,
    "rows": [10, 20, 30],
    "queue": collections.deque([1, 2]),
    "text": "hello",
}


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("plain.data", "of the object"),
        ("plain.constant", "of the class"),
        ("slots.data", "in a slot"),
        ("point.x", "1"),
        ("model.count", "2"),
        ("model.more", "extra"),
        ("sneaky['k']", "v"),
        ("default['k']", "v"),
        ("Color.RED", "Color.RED"),
        ("red.name", "RED"),
        ("pair.left", "l"),
        ("pair[1]", "r"),
        ("df.shape", "[2, 2]"),
        ("df.columns", '["price", "a b"]'),
        ("df.columns[1]", "a b"),
        ("df.price[0]", "1.5"),
        ("df['a b'][1]", "y"),
        ("row.price", "1.5"),
        ("row['a b']", "x"),
        ("frame.shape", "[2, 1]"),
        ("frame['a'][1]", "2"),
        ("array.shape[1]", "3"),
        ("array.dtype", "int64"),
        ("array[1][2]", "5"),
        ("day.year", "2026"),
        ("watched.year", "2026"),
        ("path.name", "x.csv"),
        ("module.answer", "42"),
        ("os.sep", os.sep),
        ("reply.text", "the reply"),
        ("reply", "the reply"),
        ("rows[-1]", "30"),
        ("queue[0]", "1"),
        ("text[1]", "e"),
    ],
)
def test_data_is_read(field, expected):
    RAN.clear()
    assert interpolate(f"{{{field}}}", VARIABLES).text == expected
    assert RAN == []


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("plain.computed", "computed is a property, which runs code; put its value into a variable"),
        ("plain.dat", "this Plain has no attribute dat; did you mean data"),
        ("plain.nothing_like_it", "this Plain has no attribute nothing_like_it; there is data, constant, "),
        ("plain._private", "_private is private"),
        ("plain.__class__", "__class__ is private"),
        ("plain['k']", "to read an item of this Plain runs code; put the item into a variable"),
        ("Plain.computed", "computed belongs to the objects of Plain"),
        ("slots.unset", "it cannot be written (AttributeError)"),
        ("sneaky['x']", "this Sneaky of 1 item has no 'x'; there is k"),
        ("default['x']", "this defaultdict of 1 item has no 'x'"),
        ("df.colums", "this DataFrame has no attribute colums; did you mean columns"),
        ("df['prize']", "this DataFrame has no column 'prize'; did you mean price"),
        ("df.mean", "mean is a method, and nothing is called; put its result into a variable"),
        ("frame['b']", "this DataFrame has no column 'b'; there is a"),
        ("array[7]", "this ndarray has no item 7"),
        ("rows[3]", "this list of 3 items has no item 3"),
        ("rows['k']", "this list has numbered items and no 'k'"),
        ("text.upper", "upper is a method"),
        ("environment['HOME']", "runs code"),
        ("os.nothing", "this module has no attribute nothing"),
        ("reply.txt", "this Reply has no attribute txt; did you mean text"),
    ],
)
def test_errors_say_what_there_is(field, message):
    RAN.clear()
    with pytest.raises(NotInserted) as caught:
        interpolate(f"{{{field}}}", VARIABLES | {"Plain": Plain})
    assert message in str(caught.value)
    assert str(caught.value).startswith(f"{{{field}}}: ")
    assert str(caught.value).endswith(f"; write {{{{{field}}}}} to send it as it is")
    assert "\n" not in str(caught.value)
    assert caught.value.__context__ is None
    assert RAN == []


def test_the_value_of_another_key_is_in_no_message():
    with pytest.raises(NotInserted) as caught:
        interpolate("{d['b']}", {"d": {"a": "confidential"}})
    assert "confidential" not in str(caught.value)


def test_what_there_is_leaves_out_methods_and_the_rest_of_long_names():
    with pytest.raises(NotInserted, match="there is a, b, axes, shape, ") as caught:
        interpolate("{df.nothing}", {"df": pd.DataFrame({"a": [1], "b": [2]})})
    assert "to_string" not in str(caught.value)
    with pytest.raises(NotInserted, match=r"write \{\{d\['q'\]\}\} to send it as it is$"):
        interpolate("{d['q']}", {"d": {"k" * 5000 + str(number): 1 for number in range(5)}})


def test_a_format_is_named_as_it_was_written():
    with pytest.raises(NotInserted, match=r"^\{name:d\}: .*; write \{\{name:d\}\} to send it as it is$"):
        interpolate("{name:d}", {"name": "Ada"})
