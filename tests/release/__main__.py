"""`python -m tests.release`: check the files in dist/ before they are published; `make dist`."""

from __future__ import annotations

import json
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from tests.stacks.definitions import StackError
from tests.stacks.environment import ROOT, Environment, build_wheel, call
from tests.stacks.interpreters import find_python

LESSON = ROOT / "notebooks" / "01_quickstart.ipynb"
PYTHON = "3.11"
"""The oldest that pyproject.toml allows."""


def main() -> int:
    """Check all; return the exit status."""
    [wheel] = (ROOT / "dist").glob("*.whl")
    [sdist] = (ROOT / "dist").glob("*.tar.gz")
    try:
        with tempfile.TemporaryDirectory() as name:
            check_sdist(sdist, wheel, Path(name))
            check_wheel(wheel, Path(name))
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    print(
        f"{sdist.name} has the tests and builds {wheel.name}, which passes the quickstart on Python {PYTHON}"
    )
    return 0


def check_sdist(sdist: Path, wheel: Path, folder: Path) -> None:
    """Check that the sdist has the tests, and that the wheel, which was made from it, is that of the tree.

    Raises
    ------
    StackError
        If not.
    """
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    # Of the listing, because what is not in git is no part of a release.
    missing = {*call("git", "ls-files", "tests", "bench", "notebooks", "docs").split("\n"), ""} - names - {""}
    if missing:
        raise StackError(f"{sdist.name} has no {', '.join(sorted(missing))}")
    if build_wheel(folder / "tree").read_bytes() != wheel.read_bytes():
        raise StackError(f"the tree builds another {wheel.name} than {sdist.name} does")


def check_wheel(wheel: Path, folder: Path) -> None:
    """Check that the quickstart has its saved outputs where nothing was installed but what runs notebooks.

    Raises
    ------
    StackError
        If a cell fails, or shows something else.
    """
    python = find_python(PYTHON)
    if python is None:
        raise StackError(f"there is no Python {PYTHON} here, on which the wheel is to be tried")
    environment = Environment(folder / "environment", python)
    environment.install("ipykernel", "nbclient")
    place = folder / "lesson"
    place.mkdir()
    for path in (LESSON, LESSON.with_suffix(".gemini.jsonl"), wheel):
        shutil.copy(path, place)
    call(environment.folder / "bin" / "jupyter-execute", "--inplace", LESSON.name, folder=place)
    saved, shown = texts_of(LESSON), texts_of(place / LESSON.name)
    saved[0] = ["gemini-magic is installed now.\n"]
    wrong = [f"{text} instead of {other}" for other, text in zip(saved, shown, strict=True) if text != other]
    if wrong:
        raise StackError("the quickstart shows " + "\n".join(wrong))


def texts_of(path: Path) -> list[list[str]]:
    """Return the texts of the outputs of each code cell."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [[_text_of(one) for one in cell["outputs"]] for cell in cells if cell["cell_type"] == "code"]


def _text_of(output: dict[str, Any]) -> str:
    return "".join(output.get("text") or output.get("data", {}).get("text/plain") or output.get("evalue", ""))


if __name__ == "__main__":
    sys.exit(main())
