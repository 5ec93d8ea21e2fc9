"""A virtual environment that was made for a try, outside of which nothing counts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from packaging.utils import canonicalize_name

from tests.stacks.definitions import StackError

ROOT = Path(__file__).parents[2]
WORK = ROOT / ".stacks"

_NOT_PASSED_ON = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
_OURS = ("GOOGLE_", "GEMINI_")


class Environment:
    """A virtual environment in a folder, made anew."""

    def __init__(self, folder: Path, python: Path) -> None:
        call(python, "-m", "venv", "--clear", folder)
        self.folder = folder
        self.python = folder / "bin" / "python"

    def run(self, *arguments: str | Path, folder: Path = ROOT) -> str:
        """Run Python with arguments in a folder, return what it prints."""
        return call(self.python, *arguments, folder=folder)

    def install(self, *arguments: str | Path) -> None:
        """Install with pip; it says nothing but errors."""
        self.run("-m", "pip", "install", "-qq", "--disable-pip-version-check", *arguments)

    def packages(self) -> dict[str, str]:
        """Return the version of every package, by its name."""
        listed = json.loads(self.run("-m", "pip", "list", "--format", "json", "--disable-pip-version-check"))
        return {canonicalize_name(one["name"]): one["version"] for one in listed}


def call(*command: str | Path, folder: Path = ROOT) -> str:
    """Run a command, return what it prints.

    Raises
    ------
    StackError
        If it fails; with all that it said.
    """
    done = subprocess.run(command, cwd=folder, env=clean(), capture_output=True, text=True, check=False)
    if done.returncode:
        raise StackError(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}".strip())
    return done.stdout


def clean() -> dict[str, str]:
    """Return the variables of all processes: no key, and no way to another gemini-magic than the wheel."""
    return {
        name: text
        for name, text in os.environ.items()
        if name not in _NOT_PASSED_ON and not name.startswith(_OURS)
    }


def build_wheel(folder: Path) -> Path:
    """Build the wheel of this tree in a folder that holds no other."""
    for old in folder.glob("*.whl"):
        old.unlink()
    call(sys.executable, "-m", "pip", "wheel", "-qq", "--no-deps", "--wheel-dir", folder, ROOT)
    [wheel] = folder.glob("*.whl")
    return wheel
