"""docs/testing-notebooks.md: its files make a course that records, replays, misses and records again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[2] / "docs" / "testing-notebooks.md"
BLOCKS = re.findall(r"^```(\w+) (\S+)\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)


class Course:
    def __init__(self, folder, url):
        self.folder = folder
        self.lesson = folder / "notebooks" / "lesson.ipynb"
        self.cassette = folder / "notebooks" / "lesson.gemini.jsonl"
        self._url = url
        cells = [text.rstrip() for _, name, text in BLOCKS if name == "lesson.ipynb"]
        for kind, name, text in BLOCKS:
            if kind != "sh" and name != "lesson.ipynb":
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(text)
        self.lesson.parent.mkdir()
        self.write(cells)

    def write(self, cells):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, self.lesson)

    def edit(self, old, new):
        text = self.lesson.read_text()
        assert old in text
        self.lesson.write_text(text.replace(old, new))

    def run(self, name, *, key=""):
        """Run a command of the page: with a key against the emulator, or where nobody answers."""
        [command] = [text for kind, found, text in BLOCKS if (kind, found) == ("sh", name)]
        env = {k: v for k, v in os.environ.items() if not k.startswith(("GEMINI", "GOOGLE", "PYTEST"))}
        env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env["PATH"]])
        env["GOOGLE_GEMINI_BASE_URL"] = self._url if key else "http://127.0.0.1:9"
        if key:
            env["GEMINI_API_KEY"] = key
        return subprocess.run(
            ["bash", "-e", "-c", command],
            cwd=self.folder,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def course(tmp_path, server):
    return Course(tmp_path, server.url)


def test_a_course_records_replays_misses_and_records_again(course, server):
    done = course.run("record", key="a-key")
    assert done.returncode == 0, done.stderr
    assert "0 recordings dropped, 3 kept" in done.stdout
    assert len(server.exchanges) == 3
    before = course.cassette.read_text().splitlines()
    assert "a-key" not in course.cassette.read_text()

    done = course.run("test")
    assert done.returncode == 0, done.stdout
    assert " 4 passed" in done.stdout

    course.edit("Now for a child of ten.", "Now for a child of six.")
    done = course.run("test")
    assert done.returncode == 1
    assert "NotRecorded: lesson.gemini.jsonl has no reply to" in done.stdout
    assert "[-ten.-] {+six.+}" in done.stdout
    assert len(server.exchanges) == 3

    done = course.run("record", key="a-key")
    assert done.returncode == 0, done.stderr
    assert "1 recording dropped, 3 kept" in done.stdout
    assert len(server.exchanges) == 4
    assert course.run("test").returncode == 0
    after = course.cassette.read_text().splitlines()
    blocks = [_blocks(lines) for lines in (before, after)]
    assert [old == new for old, new in zip(*blocks, strict=True)] == [True, False, True]

    for name in ("record-again", "nbconvert"):
        done = course.run(name, key="a-key")
        assert done.returncode == 0, done.stderr
    assert len(server.exchanges) == 10
    assert course.run("test").returncode == 0, "a course that was recorded all again passes"


def test_the_tests_of_a_course_record_and_replay(course, server):
    assert course.run("test-tests").returncode == 1
    done = course.run("record-tests", key="a-key")
    assert done.returncode == 0, done.stdout
    assert course.run("test-tests").returncode == 0
    assert len(server.exchanges) == 1


def _blocks(lines):
    """The lines of each recording."""
    starts = [number for number, line in enumerate(lines) if line.startswith('{"request"')]
    return [lines[a:b] for a, b in zip(starts, [*starts[1:], len(lines)], strict=True)]
