"""Functions and classes as their source, also those that were written in a cell."""

from __future__ import annotations

import ast
import inspect
import linecache
import sys
import textwrap
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from gemini_magic.replies.numbers import count
from gemini_magic.requests.interpolation.problems import Problem
from gemini_magic.requests.interpolation.values.written import Written

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["has_source", "write_source"]


def has_source(value: Any) -> bool:
    """Return whether a value is written as its source."""
    return isinstance(value, FunctionType | MethodType | type) or inspect.isbuiltin(value)


def write_source(value: Any) -> Written:
    """Return the source of a function or a class.

    Raises
    ------
    Problem
        If it is not known: the value was not written in Python, or not in a file or a cell.
    """
    source = _find_class(value) if isinstance(value, type) else None
    source = source or _inspect(value)
    if source is None:
        raise Problem("its source is not known; put what you want to show into a text")
    source = textwrap.dedent(source).strip("\n")
    return Written(source, count(source.count("\n") + 1, "line"), is_block=True)


def _inspect(value: Any) -> str | None:
    try:
        return inspect.getsource(value)
    except (OSError, TypeError, SyntaxError, ValueError, IndexError):
        return None


def _find_class(kind: type) -> str | None:
    """Return the source of a class of a cell: `inspect` knows only those of files."""
    if hasattr(sys.modules.get(kind.__module__), "__file__"):
        return None
    for lines in _cells_of(kind):
        try:
            tree = ast.parse("".join(lines))
        except (SyntaxError, ValueError, RecursionError):
            continue
        found = _find_definition(tree, kind.__qualname__.split("."))
        if found is not None:
            first = min([found.lineno, *(one.lineno for one in found.decorator_list)])
            return "".join(lines[first - 1 : found.end_lineno])
    return None


def _cells_of(kind: type) -> Iterator[list[str]]:
    """Yield the lines of cells in which a class may be: that of its methods, or all, the latest first."""
    codes = (getattr(one, "__code__", None) for one in vars(kind).values() if isinstance(one, FunctionType))
    names = {code.co_filename for code in codes if code is not None} & linecache.cache.keys()
    if names:
        yield from (linecache.getlines(name) for name in names)
        return
    # IPython keeps each cell among the files, without a time; before IPython 8, in a cache of its own, too.
    cells = getattr(linecache, "_ipython_cache", None)
    if cells is None:
        cells = {name: entry for name, entry in linecache.cache.items() if entry[1:2] == (None,)}
    yield from (entry[2] for entry in reversed([*cells.values()]))


def _find_definition(tree: ast.AST, path: list[str]) -> ast.ClassDef | None:
    """Return the last definition of a class, by its qualified name."""
    kinds = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    found: Any = tree
    for name in path:
        if name == "<locals>":
            continue
        inside = [one for one in ast.walk(found) if isinstance(one, kinds) and one.name == name]
        if not inside:
            return None
        found = inside[-1]
    return found if isinstance(found, ast.ClassDef) else None
