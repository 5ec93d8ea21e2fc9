"""The code cells of a saved notebook."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gemini_magic.errors import OptionError
from gemini_magic.runtime.files import read_file

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["CodeCell", "read_code_cells"]


@dataclass(frozen=True)
class CodeCell:
    """A code cell.

    Attributes
    ----------
    number
        From 1; code cells only are counted.
    source
        Its text.
    may_fail
        Whether it is tagged `raises-exception`.
    """

    number: int
    source: str
    may_fail: bool


def read_code_cells(path: Path) -> list[CodeCell]:
    """Return the code cells of a notebook.

    Raises
    ------
    OptionError
        If it cannot be read.
    """
    try:
        cells = json.loads(read_file(path))["cells"]
        code = (cell for cell in cells if cell["cell_type"] == "code")
        return [_read_cell(number, cell) for number, cell in enumerate(code, 1)]
    except OSError as error:
        raise OptionError(f"{path.name} cannot be read ({error.strerror}); save the notebook first") from None
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise OptionError(f"{path.name} is no notebook") from None


def _read_cell(number: int, cell: dict[str, Any]) -> CodeCell:
    tags = cell.get("metadata", {}).get("tags", [])
    return CodeCell(number, "".join(cell["source"]), "raises-exception" in tags)
