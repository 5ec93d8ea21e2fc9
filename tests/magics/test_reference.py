"""docs/reference.md: made from the code, up to date, and complete."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from gemini_magic.magics.gemini_magics import GeminiMagics
from gemini_magic.magics.reference import write_reference
from gemini_magic.replies.reply import Reply

ROOT = Path(__file__).parents[2]
WRITTEN = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
ROWS = [line.split(" | ")[0] for line in WRITTEN.splitlines() if line.startswith("| ")]


def in_a_row(name):
    return any(f"`{name}`" in row for row in ROWS)


def test_it_is_what_the_code_says():
    assert write_reference() == WRITTEN, "make reference"


def test_the_command_prints_it():
    command = [sys.executable, "-X", "utf8", "-m", "gemini_magic", "reference"]
    assert subprocess.run(command, capture_output=True, check=True).stdout.decode() == WRITTEN


def test_every_magic_is_in_it(shell):
    tables = shell.magics_manager.magics
    ours = {
        f"{sign}{method.__name__}"
        for sign, kind in (("%", "line"), ("%%", "cell"))
        for method in tables[kind].values()
        if type(getattr(method, "__self__", None)).__module__.startswith("gemini_magic.")
    }
    headings = set(re.findall(r"`(%+\w+)`", "".join(re.findall(r"(?m)^### .*", WRITTEN))))
    assert headings == ours


@pytest.mark.parametrize("name", GeminiMagics.class_trait_names(config=True))
def test_every_trait_is_in_it(name):
    assert in_a_row(name)


def test_every_attribute_of_a_reply_is_in_it():
    properties = {name for name, value in inspect.getmembers(Reply) if isinstance(value, property)}
    public = {name for name in properties | set(vars(Reply("m"))) if not name.startswith("_")}
    _, _, section = WRITTEN.partition("## `Reply`")
    assert {name for name in public if f"`{name}`" not in section.partition("###")[0]} == set()


def test_every_environment_variable_is_in_it():
    text = "".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    read = set(re.findall(r'"((?:GOOGLE|GEMINI|JPY)_[A-Z_]+[A-Z])"', text))
    assert {name for name in read if not in_a_row(name)} == set()


def test_examples_and_commands_are_blocks_of_code():
    blocks = re.findall(r"(?s)```text\n(.*?)```", WRITTEN)
    assert any("%gemini_chat fork NAME" in block for block in blocks)
    assert any("%gemini Why is the sky blue?" in block for block in blocks)
    assert not re.search(r"(?m)^    ", WRITTEN)
