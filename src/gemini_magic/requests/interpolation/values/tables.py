"""Tables as Markdown: data frames and columns of pandas, polars and what else narwhals knows."""

from __future__ import annotations

from typing import Any

from gemini_magic.replies.numbers import count
from gemini_magic.requests.interpolation.problems import Problem
from gemini_magic.requests.interpolation.values.written import Written

__all__ = ["describe_table", "is_table", "write_table"]

_LIBRARIES = {"cudf", "dask", "duckdb", "ibis", "modin", "narwhals", "pandas", "polars", "pyarrow", "pyspark"}

_WHOLE_ROWS = 60
_FIRST_ROWS = 20
"""Rows of a longer table; as in pandas, which shows 60 rows whole."""

_MOST_COLUMNS = 30
_LONGEST_CELL = 200
"""Characters; so a table has at most some 100,000, or with long cells its rows are fewer."""

_MOST_CHARACTERS = 50_000


def is_table(value: Any) -> bool:
    """Return whether a value is a data frame or a column of one, or a lazy one, which has no rows yet."""
    return _wrap(value) is not None


def describe_table(value: Any) -> str | None:
    """Return the size of a table that stands among other values; None if the value is none."""
    frame = _wrap(value)
    if frame is None:
        return None
    return f"({type(value).__name__}, {_size_of(frame)})" if hasattr(frame, "shape") else "(a lazy table)"


def write_table(value: Any) -> Written:
    """Return a table as Markdown, and below it what was left out.

    Raises
    ------
    Problem
        If it is lazy: its rows would have to be computed first.
    """
    frame = _wrap(value)
    if not hasattr(frame, "shape"):
        raise Problem("the table is lazy; compute it first, as with .collect(), into another variable")
    rows, columns = frame.shape[0], (*frame.shape, 1)[1]
    names, cells = _read(value, rows if rows <= _WHOLE_ROWS else _FIRST_ROWS)
    lines, shown, is_cut = _draw(names, cells)
    left_out = [f"{shown:,} of {rows:,} rows"] * (shown < rows)
    left_out += [f"{_MOST_COLUMNS} of {columns:,} columns"] * (columns > _MOST_COLUMNS)
    left_out += [f"cells cut at {_LONGEST_CELL} characters"] * is_cut
    text = "\n".join(lines) + (f"\n\n({'; '.join(left_out)})" if left_out else "")
    size = [_size_of(frame)] + [f"{shown:,} shown"] * (shown < rows)
    size += [f"{_MOST_COLUMNS} of {columns:,} columns"] * (columns > _MOST_COLUMNS) + ["cells cut"] * is_cut
    return Written(text, ", ".join(size), is_block=True)


def _wrap(value: Any) -> Any:
    """Return the table as narwhals has it; None if the value is none.

    Only values of these libraries are shown to narwhals: it asks others for attributes, which may run code.
    """
    if not {str(one.__module__).partition(".")[0] for one in type(value).__mro__} & _LIBRARIES:
        return None
    import narwhals

    return _as_narwhals(narwhals, _with_texts_as_names(narwhals, value))


def _as_narwhals(narwhals: Any, value: Any) -> Any:
    frame = narwhals.from_native(value, pass_through=True, allow_series=True)
    return frame if isinstance(frame, narwhals.DataFrame | narwhals.LazyFrame | narwhals.Series) else None


def _with_texts_as_names(narwhals: Any, value: Any) -> Any:
    """Return a data frame of pandas with columns that narwhals takes: texts, each once."""
    if not narwhals.dependencies.is_pandas_dataframe(value):
        return value
    # The cells are not copied: there may be millions.
    renamed = value.copy(deep=False)
    renamed.columns = [str(number) for number in range(value.shape[1])]
    return renamed


def _size_of(frame: Any) -> str:
    return count(frame.shape[0], "row" if len(frame.shape) > 1 else "value")


def _read(value: Any, rows: int) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return names and cells of the first rows; of pandas with the index, where it says something."""
    import narwhals

    frame = _wrap(value)
    head = frame.head(rows)
    if len(frame.shape) == 1:
        names, columns = [_name_of(value)], [head.to_list()]
    else:
        # Its own names: those of pandas may be of any type.
        is_pandas = narwhals.dependencies.is_pandas_dataframe(value)
        names = [_to_text(name) for name in (value if is_pandas else frame).columns[:_MOST_COLUMNS]]
        columns = [head[:, number].to_list() for number in range(len(names))]
    index_names, index = _read_index(narwhals.maybe_get_index(head))
    return [*index_names, *names], list(zip(*index, *columns, strict=True))


def _name_of(series: Any) -> str:
    name = getattr(series, "name", None)
    return "value" if name in {None, ""} else _to_text(name)


def _read_index(index: Any) -> tuple[list[str], list[list[Any]]]:
    """Return names and values of an index; nothing for one that only numbers the rows."""
    if index is None or (type(index).__name__ == "RangeIndex" and index.name is None):
        return [], []
    names = ["" if name is None else _to_text(name) for name in index.names]
    values = index.tolist()
    levels = [values] if len(names) == 1 else [list(level) for level in zip(*values, strict=True)]
    return names, levels or [[] for _ in names]


def _draw(names: list[str], cells: list[tuple[Any, ...]]) -> tuple[list[str], int, bool]:
    """Return the lines of a table, how many rows are in them, and whether cells were cut."""
    lines = [_to_line(map(_escape, names)), _to_line("---" for _ in names)]
    is_cut, left = False, _MOST_CHARACTERS
    for row in cells:
        texts = [_to_text(cell) for cell in row]
        is_cut = is_cut or any(len(text) > _LONGEST_CELL for text in texts)
        line = _to_line(_escape(text) for text in texts)
        left -= len(line)
        if left < 0:
            break
        lines.append(line)
    return lines, len(lines) - 2, is_cut


def _to_line(cells: Any) -> str:
    return f"| {' | '.join(cells)} |"


def _to_text(cell: Any) -> str:
    return str.__str__(cell) if isinstance(cell, str) else str(cell)


def _escape(text: str) -> str:
    """Return a text for a cell, cut and on one line."""
    if len(text) > _LONGEST_CELL:
        text = text[:_LONGEST_CELL] + "…"
    return text.replace("|", "\\|").replace("\r\n", "\n").replace("\r", "\n").replace("\n", "<br>")
