"""JupyterLab on a folder of its own, without any of this machine's settings."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Lab", "running_lab"]

_TOKEN = "token-of-the-bench"


@dataclass(frozen=True)
class Lab:
    """A running server.

    Attributes
    ----------
    folder
        Where its notebooks are.
    base
        URL without a path.
    """

    folder: Path
    base: str

    def add_notebook(self, name: str, cells: list[str]) -> str:
        """Write a notebook and return the URL that opens it, and nothing else, in JupyterLab."""
        written = [_code_cell(f"cell-{number}", source) for number, source in enumerate(cells)]
        kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
        notebook = {"cells": written, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
        (self.folder / f"{name}.ipynb").write_text(json.dumps(notebook))
        return f"{self.base}/lab/workspaces/{name}/tree/{name}.ipynb?token={_TOKEN}"

    def end_kernels(self) -> None:
        """End all kernels, so that none of them takes a share of the next measurement."""
        for session in self._call("GET", "sessions"):
            self._call("DELETE", f"sessions/{session['id']}")

    def _call(self, method: str, path: str) -> Any:
        request = urllib.request.Request(f"{self.base}/api/{path}", method=method)
        request.add_header("Authorization", f"token {_TOKEN}")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")


@contextmanager
def running_lab(home: Path, environment: dict[str, str]) -> Iterator[Lab]:
    """Start JupyterLab with these environment variables, and end it."""
    folder = home / "work"
    folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={_TOKEN}"]
    command += [f"--ServerApp.root_dir={folder}", "--LabApp.news_url=None"]
    environment = os.environ | environment | {"HOME": str(home), "JUPYTER_CONFIG_DIR": str(home / "config")}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            if not any(f":{port}/lab" in line for line in process.stderr):
                raise RuntimeError("JupyterLab did not start")
            threading.Thread(target=process.stderr.read, daemon=True).start()
            yield Lab(folder, f"http://127.0.0.1:{port}")
        finally:
            process.terminate()


def _code_cell(name: str, source: str) -> dict[str, Any]:
    return {
        "id": name,
        "cell_type": "code",
        "source": source,
        "metadata": {},
        "outputs": [],
        "execution_count": None,
    }
