"""What a reader is told to install is there: until an index has gemini-magic, nothing asks one for that name.

Anybody could register the name first. The first cell of the lessons says which of the two times it is; see
docs/releasing.md.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.support.lessons import FIRST_CELL, NOTEBOOKS, source_of

ROOT = Path(__file__).parents[2]
# What is to be written there one day is no line for a reader.
NOT_YET = ROOT / "docs" / "releasing.md"
PAGES = [
    path
    for pattern in ("*.md", "docs/*.md", "notebooks/*.md", "bench/*.md", "src/**/*.py")
    for path in sorted(ROOT.glob(pattern))
    if path != NOT_YET
]
INSTALLS = re.compile(r"pip3?\W+(?:\w+\W+)?install\b(.*)")
BY_NAME = re.compile(r"(?<![\w./-])gemini[-_]magic(?![\w.-]|-….whl)")
ADDRESS = re.compile(r"<this repository>|git\+|your-?name|example\.(?:org|com)/gemini")
IS_ON_AN_INDEX = any(BY_NAME.search(one) for one in INSTALLS.findall(FIRST_CELL))


def text_of(path):
    if path.suffix != ".ipynb":
        return path.read_text(encoding="utf-8")
    return "\n".join(source_of(cell) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"])


def faults_of(text, *, is_on_an_index=IS_ON_AN_INDEX):
    """Return the lines that do not work as they stand."""
    lines = [line for line in text.splitlines() if ADDRESS.search(line)]
    for line in text.splitlines():
        for arguments in INSTALLS.findall(line):
            wrong = ".whl" in arguments if is_on_an_index else BY_NAME.search(arguments)
            lines += [line] if wrong else []
    return lines


@pytest.mark.parametrize("path", [*PAGES, *NOTEBOOKS], ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_line_works_as_it_stands(path):
    assert faults_of(text_of(path)) == []


def test_the_readme_has_the_first_cell_of_the_lessons():
    assert f"```python\n{FIRST_CELL}\n```" in text_of(ROOT / "README.md")


@pytest.mark.parametrize(
    "line",
    [
        "pip install gemini-magic",
        "- run: pip install -q 'gemini-magic[lab]' nbval",
        "%pip install -U gemini_magic==0.1.0",
        '[sys.executable, "-m", "pip", "install", "-q", "gemini-magic"]',
    ],
)
def test_names_are_seen(line):
    assert faults_of(line, is_on_an_index=False) == [line]
    assert faults_of(line, is_on_an_index=True) == []


@pytest.mark.parametrize("line", ["pip install gemini_magic-*.whl nbval", "pip install gemini_magic-….whl"])
def test_wheels_are_seen(line):
    assert faults_of(line, is_on_an_index=False) == []
    assert faults_of(line, is_on_an_index=True) == [line]


@pytest.mark.parametrize("line", ["pip install .", "pip install '.[lab]'", "%pip install matplotlib"])
def test_other_lines_are_left_alone(line):
    assert faults_of(line, is_on_an_index=False) == faults_of(line, is_on_an_index=True) == []


def test_addresses_that_nobody_has_are_seen():
    for line in ("git clone <this repository> gemini-magic", "%pip install -q git+https://…"):
        assert faults_of(line) == [line]


def test_the_cell_to_come_is_seen_as_what_it_is():
    [block] = re.findall(r"^```python\n(.*?)^```$", text_of(NOT_YET), re.MULTILINE | re.DOTALL)
    compile(block, "first_cell.txt", "exec")
    assert any(BY_NAME.search(one) for one in INSTALLS.findall(block))
    assert not IS_ON_AN_INDEX, "this block has become the first cell: take it out of docs/releasing.md"
