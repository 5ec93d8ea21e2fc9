"""Steps of a field: attributes and items of a value, without running code of anybody but known packages.

An attribute is read where it is plain data: in the object itself, in its class, in a slot. A property is
code; those of types that we know only compute what they show. Items are read of known types, too.
"""

from __future__ import annotations

import sys
from collections import deque
from enum import EnumMeta
from itertools import chain
from types import FunctionType, MemberDescriptorType, MethodType, ModuleType
from typing import Any

from gemini_magic.replies.numbers import count
from gemini_magic.requests.interpolation.fields import Attribute, Item
from gemini_magic.requests.interpolation.problems import Problem, say_what_there_is

__all__ = ["read_attribute", "take_step"]

_TYPES_OF_PYTHON = {"builtins", "collections", "datetime", "decimal", "enum", "fractions", "pathlib", "uuid"}
_LIBRARIES = {"gemini_magic", "narwhals", "numpy", "pandas", "polars", "pyarrow", "pydantic"}
_KNOWN_PACKAGES = _TYPES_OF_PYTHON | _LIBRARIES
"""Packages whose properties and items may be read: they compute what they show, and nothing else."""

_SEQUENCES = (list, tuple, str, range, deque)


def take_step(owner: Any, step: Attribute | Item) -> Any:
    """Return the attribute or item of a value.

    Raises
    ------
    Problem
        If it is not there, or if reading it would run code.
    """
    if isinstance(step, Attribute):
        return read_attribute(owner, step.name)
    return _read_item(owner, step.key)


def read_attribute(owner: Any, name: str) -> Any:
    """Return an attribute of a value.

    Raises
    ------
    Problem
        If it is not there, or if reading it would run code.
    """
    if name.startswith("_"):
        raise Problem(f"{name} is private; put what you need into a variable")
    own = _own_data(owner)
    classes = owner.__mro__ if isinstance(owner, type) else type(owner).__mro__
    home = next((one for one in classes if name in vars(one)), None)
    found = None if home is None else vars(home)[name]
    if name in own and (isinstance(owner, EnumMeta | tuple) or not hasattr(type(found), "__set__")):
        return own[name]
    if home is not None:
        return _read_class_attribute(owner, name, home, found)
    labels = _labels_of(owner)
    if name in labels:
        return _read_item(owner, name)
    names = chain(own, labels, *map(_insertable_names, classes))
    public = (one for one in names if not str(one).startswith("_"))
    raise Problem(f"{_this(owner)} has no attribute {name}{say_what_there_is(name, public)}")


def _insertable_names(kind: type) -> list[str]:
    """Return the names that a class gives its objects, without methods that are not inserted."""
    is_known = _package_of(kind) in _KNOWN_PACKAGES
    return [name for name, found in vars(kind).items() if not (is_known and callable(found))]


def _own_data(owner: Any) -> dict[str, Any]:
    """Return what an object has itself: its attributes, a module's names, what an enumeration names."""
    if isinstance(owner, type):
        return dict(vars(owner).get("_member_map_", {})) if isinstance(owner, EnumMeta) else {}
    if isinstance(owner, tuple):
        return dict(zip(getattr(type(owner), "_fields", ()), tuple.__iter__(owner), strict=False))
    try:
        data = object.__getattribute__(owner, "__dict__")
    except AttributeError:
        return {}
    return {**data, **_extra_fields(owner)}


def _extra_fields(owner: Any) -> dict[str, Any]:
    """Return what a model of pydantic holds beside its fields."""
    pydantic = sys.modules.get("pydantic")
    if pydantic is None or not isinstance(owner, pydantic.BaseModel):
        return {}
    return object.__getattribute__(owner, "__pydantic_extra__") or {}


def _read_class_attribute(owner: Any, name: str, home: type, found: Any) -> Any:
    """Return what the class `home` has under a name, as it is for `owner`."""
    if isinstance(found, staticmethod | classmethod):
        return found.__func__
    is_known = _package_of(home) in _KNOWN_PACKAGES
    if isinstance(found, FunctionType) and not is_known:
        # Its source can be inserted; it is not called.
        return found
    if not hasattr(type(found), "__get__"):
        return found
    if isinstance(owner, type):
        raise Problem(f"{name} belongs to the objects of {_name_of(owner)}; insert that of one object")
    # Accessors of pandas and polars, as `df.plot`, are made when they are read; anybody may add one.
    is_accessor = "_accessor" in getattr(found, "__dict__", {})
    if is_accessor or not (is_known or isinstance(found, MemberDescriptorType)):
        raise Problem(f"{name} is a property, which runs code; put its value into a variable")
    # Not `getattr`: a class may have its own way to look for attributes, which is code.
    return _not_a_method(found.__get__(owner, type(owner)), name)


def _not_a_method(value: Any, name: str) -> Any:
    if isinstance(value, MethodType | type([].append) | type([].__len__)):
        raise Problem(f"{name} is a method, and nothing is called; put its result into a variable")
    return value


def _read_item(owner: Any, key: int | str) -> Any:
    if isinstance(owner, dict):
        if dict.__contains__(owner, key):
            return dict.__getitem__(owner, key)
        there = say_what_there_is(key, dict.__iter__(owner))
        raise Problem(f"{_this(owner)} of {count(dict.__len__(owner), 'item')} has no {key!r}{there}")
    if isinstance(owner, _SEQUENCES):
        return _read_element(owner, key)
    home = next((one for one in type(owner).__mro__ if "__getitem__" in vars(one)), None)
    if home is None or _package_of(home) not in _KNOWN_PACKAGES:
        raise Problem(f"to read an item of {_this(owner)} runs code; put the item into a variable")
    return _read_known_item(owner, key)


def _read_element(owner: Any, key: int | str) -> Any:
    if isinstance(key, str):
        raise Problem(f"{_this(owner)} has numbered items and no {key!r}")
    kind = next(kind for kind in _SEQUENCES if isinstance(owner, kind))
    # The type's own: a class made from it may have others.
    length = kind.__len__(owner)
    if not -length <= key < length:
        raise Problem(f"{_this(owner)} of {count(length, 'item')} has no item {key}")
    return kind.__getitem__(owner, key)


def _read_known_item(owner: Any, key: int | str) -> Any:
    """Return an item of a table, a column, an array."""
    labels = _labels_of(owner)
    if key in labels:
        return owner[key]
    if isinstance(key, str) and len(labels):
        raise Problem(f"{_this(owner)} has no column {key!r}{say_what_there_is(key, labels)}")
    try:
        # A column of pandas takes labels; what is none is a position.
        return (owner.iloc if _is_pandas(owner, "Series") else owner)[key]
    except (LookupError, TypeError, ValueError):
        # Raised below: nothing of theirs may be the context of what a person sees.
        pass
    raise Problem(f"{_this(owner)} has no item {key!r}")


def _labels_of(owner: Any) -> Any:
    """Return the columns of a table, or the labels of a column of pandas; empty for anything else."""
    if _is_pandas(owner, "Series"):
        return owner.index
    frames = (one for one in type(owner).__mro__ if one.__name__ == "DataFrame")
    return owner.columns if any(_package_of(one) in {"pandas", "polars"} for one in frames) else ()


def _is_pandas(value: Any, name: str) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, getattr(pandas, name, ()))


def _package_of(kind: type) -> str:
    return str(getattr(kind, "__module__", "")).partition(".")[0]


def _this(value: Any) -> str:
    """Return what a message calls a value: its type, nothing of what it holds."""
    return "this module" if isinstance(value, ModuleType) else f"this {_name_of(type(value))}"


def _name_of(kind: type) -> str:
    return str(type.__getattribute__(kind, "__name__"))
