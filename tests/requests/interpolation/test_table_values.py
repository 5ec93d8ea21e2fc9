"""Tables and columns as text for a model."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pytest

from gemini_magic.errors import NotInserted
from gemini_magic.requests.interpolation.interpolate import interpolate


def insert(value):
    return interpolate("{value}", {"value": value})


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_tables(make):
    small = insert(make({"a": [1, 2], "b|c": ["x|y", "l\nm"]}))
    assert small.text == "| a | b\\|c |\n| --- | --- |\n| 1 | x\\|y |\n| 2 | l<br>m |"
    assert small.inserted == ("value (2 rows)",)
    large = insert(make({"n": list(range(1200))}))
    assert large.text.splitlines()[-3:] == ["| 19 |", "", "(20 of 1,200 rows)"]
    assert large.inserted == ("value (1,200 rows, 20 shown)",)
    wide = insert(make({f"c{n}": ["x" * 300] for n in range(50)}))
    assert wide.text.splitlines()[0].endswith("| c29 |")
    assert wide.text.endswith("(30 of 50 columns; cells cut at 200 characters)")
    assert wide.inserted == ("value (1 row, 30 of 50 columns, cells cut)",)
    long = insert(make({f"c{n}": ["x" * 300] * 60 for n in range(30)}))
    assert len(long.text) < 52_000
    assert "of 60 rows" in long.text
    assert insert(make({"a": []})).text == "| a |\n| --- |"


@pytest.mark.parametrize("make", [pd.Series, pl.Series], ids=["pandas", "polars"])
def test_columns(make):
    assert insert(make([1, 2], name="n") if make is pd.Series else make("n", [1, 2])).text == (
        "| n |\n| --- |\n| 1 |\n| 2 |"
    )


def test_an_index_of_pandas_that_says_something_is_shown():
    grouped = pd.DataFrame({"kind": ["x", "y"], "v": [1, 2]}).groupby("kind").sum()
    assert insert(grouped).text.splitlines()[0::2] == ["| kind | v |", "| x | 1 |"]
    double = pd.DataFrame({"a": [1], "b": [2], "c": [3]}).set_index(["a", "b"])
    assert insert(double).text.splitlines()[::2] == ["| a | b | c |", "| 1 | 2 | 3 |"]
    labelled = pd.Series([1], index=["p"])
    assert insert(labelled).text.splitlines()[::2] == ["|  | value |", "| p | 1 |"]


def test_odd_columns_of_pandas():
    assert insert(pd.DataFrame([[1, 2]], columns=["a", "a"])).text.splitlines()[0] == "| a | a |"
    assert insert(pd.DataFrame([[1, 2]])).text.splitlines()[0] == "| 0 | 1 |"


def test_a_lazy_table_is_not_computed():
    with pytest.raises(NotInserted, match=r"the table is lazy; compute it first"):
        insert(pl.LazyFrame({"a": [1]}))


def test_only_tables_are_shown_to_narwhals():
    """It asks for attributes, which may run code."""
    asked = []

    class Curious:
        def __getattr__(self, name):
            asked.append(name)
            return lambda *_, **__: self

        def __str__(self):
            return "curious"

    assert insert(Curious()).text == "curious"
    assert asked == []
