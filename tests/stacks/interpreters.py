"""Pythons of this machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path


def find_python(version: str) -> Path | None:
    """Return an interpreter of a version such as `3.13`, or None where there is none.

    `python3.13` on the path goes first, then the newest of pyenv's.
    """
    on_path = shutil.which(f"python{version}")
    candidates = ([Path(on_path)] if on_path else []) + _of_pyenv(version)
    return next((one for one in candidates if _works(one)), None)


def _of_pyenv(version: str) -> list[Path]:
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    # Releases only: 3.14.0rc1 and 3.13.0t are others.
    names = (path for path in root.glob(f"versions/{version}.*") if re.fullmatch(r"[\d.]+", path.name))
    newest_first = sorted(names, key=lambda path: int(path.name.split(".")[2]), reverse=True)
    return [path / "bin" / "python" for path in newest_first]


def _works(python: Path) -> bool:
    # pyenv puts names on the path that only say which version it would need; Debian splits off ensurepip.
    done = subprocess.run([python, "-c", "import ensurepip, venv"], capture_output=True, check=False)
    return done.returncode == 0
