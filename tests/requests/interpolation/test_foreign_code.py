"""Values whose own code would run when they are read: it is not run, or what it raises stays inside."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pytest

from gemini_magic.errors import NotInserted
from gemini_magic.requests.interpolation.interpolate import interpolate

RAN = []


class Table(pd.DataFrame):
    def __getitem__(self, key):
        RAN.append(key)
        return super().__getitem__(key)


class Accessor:
    def __init__(self, _table):
        RAN.append("accessor")


@pytest.fixture
def accessors():
    """Registered with pandas and polars, as `df.mine` and `df.ours`."""
    pd.api.extensions.register_dataframe_accessor("mine")(Accessor)
    pl.api.register_dataframe_namespace("ours")(Accessor)
    yield
    del pd.DataFrame.mine, pl.DataFrame.ours


@pytest.mark.parametrize(("library", "name"), [(pd, "mine"), (pd, "plot"), (pl, "ours")])
def test_an_accessor_of_a_table_is_not_made(accessors, library, name):
    RAN.clear()
    with pytest.raises(NotInserted, match=f"{name} is a property, which runs code"):
        interpolate(f"{{df.{name}}}", {"df": library.DataFrame({"a": [1]})})
    assert RAN == []


@pytest.mark.parametrize("field", ["table.a", "table['a']"])
def test_a_table_with_a_way_of_its_own_to_read_columns_runs_nothing(field):
    RAN.clear()
    with pytest.raises(NotInserted, match="to read an item of this Table runs code"):
        interpolate(f"{{{field}}}", {"table": Table({"a": [1]})})
    assert RAN == []


def test_a_class_that_raises_and_an_exit_are_refused_like_other_values():
    class Odd:
        @property
        def __class__(self):
            raise RuntimeError("confidential")

    class Leaving:
        def __str__(self):
            raise SystemExit("confidential")

    for value, name in ((Odd(), "RuntimeError"), (Leaving(), "SystemExit")):
        with pytest.raises(NotInserted, match=rf"it cannot be written \({name}\)") as caught:
            interpolate("{value}", {"value": value})
        assert "confidential" not in str(caught.value)
        assert caught.value.__context__ is None


def test_containers_with_ways_of_their_own_run_nothing():
    def fail(*_):
        raise AssertionError

    ways = dict.fromkeys(("__len__", "__iter__", "__getitem__", "__contains__", "keys", "items"), fail)
    variables = {"d": type("D", (dict,), ways)(a=1), "l": type("L", (list,), ways)([1, 2])}
    assert interpolate("{d['a']} {l[1]}", variables).text == "1 2"
    with pytest.raises(NotInserted, match="this D of 1 item has no 'q'; there is a"):
        interpolate("{d['q']}", variables)
    with pytest.raises(NotInserted, match="this L of 2 items has no item 5"):
        interpolate("{l[5]}", variables)
