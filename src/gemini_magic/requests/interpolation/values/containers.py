"""Values that hold others: what is in them, read without code of their own."""

from __future__ import annotations

import dataclasses
import sys
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any

from gemini_magic.requests.interpolation.steps import read_attribute

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["elements_of", "is_container", "items_of"]

_LISTS = (list, tuple, set, frozenset, deque)


def is_container(value: Any) -> bool:
    """Return whether a value holds others: a dict, a list, a dataclass, a model."""
    return isinstance(value, (dict, *_LISTS)) or _is_index(value) or _field_names(value) is not None


def items_of(value: Any) -> Mapping[Any, Any] | None:
    """Return what a container holds by name; None for one whose items have none."""
    if isinstance(value, dict):
        return value
    names = _field_names(value)
    if names is None:
        return None
    if isinstance(value, tuple):
        return dict(zip(names, tuple.__iter__(value), strict=False))
    return {name: read_attribute(value, name) for name in names}


def elements_of(value: Any, most: int) -> Iterable[Any]:
    """Return the elements of a list or the like; those of a set in an order that is always the same."""
    if _is_index(value):
        return value[:most].tolist()  # type: ignore[no-any-return]
    if not isinstance(value, set | frozenset):
        kind = next(kind for kind in _LISTS if isinstance(value, kind))
        return kind.__iter__(value)
    elements = set.__iter__(value) if isinstance(value, set) else frozenset.__iter__(value)
    return sorted(islice(elements, most), key=lambda one: (type(one).__name__, str(one)))


def _field_names(value: Any) -> list[str] | None:
    """Return the public fields of a dataclass, a named tuple or a model; what a repr hides is none."""
    kind = type(value)
    if isinstance(value, tuple):
        return list(kind._fields) if hasattr(kind, "_fields") else None
    if dataclasses.is_dataclass(kind):
        names = [field.name for field in dataclasses.fields(kind) if field.repr]
    elif _is_model(value):
        fields = kind.model_fields.items()
        names = [name for name, field in fields if field.repr and not field.exclude]
        names += value.model_extra or {}
    else:
        return None
    return [name for name in names if not name.startswith("_")]


def _is_index(value: Any) -> bool:
    """Return whether a value is an index of pandas: the names of columns or rows."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(value, pandas.Index)


def _is_model(value: Any) -> bool:
    pydantic = sys.modules.get("pydantic")
    return pydantic is not None and isinstance(value, pydantic.BaseModel)
