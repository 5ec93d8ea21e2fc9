"""What is checked before files are published."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile

import pytest

from tests.release.__main__ import LESSON, check_sdist, texts_of
from tests.stacks.definitions import StackError
from tests.stacks.environment import ROOT


def test_an_sdist_without_tests_is_found(tmp_path):
    if subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, check=False).returncode:
        pytest.skip("this tree is no git repository")
    sdist = tmp_path / "x-1.tar.gz"
    with tarfile.open(sdist, "w:gz") as archive:
        archive.addfile(tarfile.TarInfo("x-1/README.md"), io.BytesIO())
    with pytest.raises(StackError, match=r"x-1\.tar\.gz has no .*tests/conftest\.py"):
        check_sdist(sdist, tmp_path / "x-1.whl", tmp_path)


def test_the_texts_of_a_lesson_are_those_that_its_reader_sees(tmp_path):
    texts = texts_of(LESSON)
    assert texts[0] == ["gemini-magic is installed already.\n"]
    assert any("tokens in" in text for cell in texts for text in cell)
    lesson = json.loads(LESSON.read_text(encoding="utf-8"))
    lesson["cells"] = [cell for cell in lesson["cells"] if cell["cell_type"] != "code"]
    (tmp_path / "x.ipynb").write_text(json.dumps(lesson))
    assert texts_of(tmp_path / "x.ipynb") == []
