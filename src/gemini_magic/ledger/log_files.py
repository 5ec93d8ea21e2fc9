"""The log of requests for other programs: CSV, JSON, a data frame."""

from __future__ import annotations

import csv
import importlib
import io
import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from gemini_magic.errors import LogNotWritten
from gemini_magic.runtime.files import write_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gemini_magic.ledger.ledger import Entry, Ledger

__all__ = ["to_csv", "to_frame", "to_json", "totals_to_json", "write_log"]


_FORMULA = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""How a text begins that a spreadsheet may take for a formula; full-width signs count, too."""


_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
"""Control characters but tabs and ends of lines, which belong to texts."""


def to_csv(entries: Sequence[Entry]) -> str:
    """Return CSV (RFC 4180) with a header; unknown values are empty, times are ISO 8601.

    A text that a spreadsheet would take for a formula, because it begins with `=`, `+`, `-`, `@`, a tab or a
    line end, gets an apostrophe before it. So does one that begins with apostrophes before such a character:
    taking one apostrophe away where these begin a text gives the text again. What could drive a terminal that
    shows the file is replaced.
    Source: https://owasp.org/www-community/attacks/CSV_Injection
    """
    rows = [{name: _neutralize(value) for name, value in _plain_row(entry).items()} for entry in entries]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]) if rows else [], lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def to_json(entries: Sequence[Entry]) -> str:
    """Return a JSON list of objects; unknown values are null, times are ISO 8601."""
    return json.dumps([_plain_row(entry) for entry in entries], indent=1)


def totals_to_json(ledger: Ledger) -> str:
    """Return the totals of a ledger as JSON: in all, by model and by chat; costs are in US dollars."""
    groups = (("models", ledger.by_model), ("chats", ledger.by_chat))
    named = {kind: [{"name": name, **asdict(one)} for name, one in group.items()] for kind, group in groups}
    return json.dumps({"all": asdict(ledger.totals), **named}, indent=1)


def to_frame(entries: Sequence[Entry]) -> Any:
    """Return a pandas DataFrame, or a list of dicts where pandas is not installed."""
    rows = [entry.as_row() for entry in entries]
    try:
        pandas = importlib.import_module("pandas")
    except ModuleNotFoundError:
        return rows
    return pandas.DataFrame(rows)


def write_log(path: Path, text: str) -> None:
    """Write a log to a file.

    Raises
    ------
    LogNotWritten
        If the file cannot be written.
    """
    try:
        # A prompt may hold lone surrogates, which UTF-8 cannot encode.
        write_file(path, text.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise LogNotWritten(f"cannot write {path} ({error.strerror}); choose another file") from None


def _neutralize(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = _CONTROLS.sub("\ufffd", value)
    return f"'{text}" if _FORMULA.match(text) else text


def _plain_row(entry: Entry) -> dict[str, Any]:
    row = entry.as_row()
    return row | {"time": row["time"].isoformat()}
