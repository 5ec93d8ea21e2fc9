"""Which Python a stack gets."""

from __future__ import annotations

import pytest

from tests.stacks.interpreters import find_python


@pytest.fixture
def pyenv(tmp_path, monkeypatch):
    """A machine whose Pythons are those that the test makes."""
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    return tmp_path


def make_python(path, status=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\nexit {status}\n")
    path.chmod(0o755)
    return path


def test_none_is_found_where_none_is(pyenv):
    make_python(pyenv / "versions" / "3.13.0" / "bin" / "python")
    assert find_python("3.1") is None
    assert find_python("3.14") is None


def test_the_newest_release_of_pyenvs(pyenv):
    for name in ("3.13.2", "3.13.10", "3.13.9", "3.13.11rc1", "3.13.12t"):
        make_python(pyenv / "versions" / name / "bin" / "python")
    assert find_python("3.13") == pyenv / "versions" / "3.13.10" / "bin" / "python"


def test_the_path_goes_first(pyenv):
    make_python(pyenv / "versions" / "3.13.2" / "bin" / "python")
    assert find_python("3.13") == pyenv / "versions" / "3.13.2" / "bin" / "python"
    on_path = make_python(pyenv / "path" / "python3.13")
    assert find_python("3.13") == on_path


def test_a_name_on_the_path_that_does_not_run_is_passed_over(pyenv):
    """As pyenv's are, where no version is chosen."""
    make_python(pyenv / "path" / "python3.13", status=127)
    assert find_python("3.13") is None
    chosen = make_python(pyenv / "versions" / "3.13.2" / "bin" / "python")
    assert find_python("3.13") == chosen
