"""What is installed beside the kernel, and where it runs: facts for a bug report."""

from __future__ import annotations

import os
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

__all__ = [
    "describe_colab_widgets",
    "describe_folder",
    "describe_python",
    "describe_widgets",
    "has_extension",
    "version_of",
]

_EXTENSION = Path("labextensions", "gemini-magic", "package.json")


def describe_python() -> str:
    """Return the versions of Python and of the system below it."""
    return f"{platform.python_version()}, {platform.system()} {platform.machine()}"


def version_of(package: str) -> str:
    """Return the name and the installed version of a package."""
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return f"{package} not installed"


def describe_widgets() -> str:
    """Return the versions of the packages that widgets need, and whether ours can be made with them."""
    from gemini_magic.views.choose import find_widget_fault

    versions, fault = f"{version_of('ipywidgets')}, {version_of('anywidget')}", find_widget_fault()
    return versions if fault is None else f"{versions}; cannot be imported ({type(fault).__name__})"


def describe_colab_widgets() -> str:
    """Return whether Colab's manager for widgets of other packages is switched on."""
    # As anywidget finds it out: there is no public way.
    widgets: Any = getattr(sys.modules.get("google.colab.output"), "_widgets", None)
    if not hasattr(widgets, "_installed_url"):
        return "unknown"
    return "on" if widgets._installed_url else "off"


def has_extension() -> bool:
    """Return whether our JupyterLab extension lies where a Jupyter beside the kernel looks for it."""
    return any((place / _EXTENSION).is_file() for place in _data_folders())


def _data_folders() -> list[Path]:
    try:
        from jupyter_core.paths import jupyter_path
    except ImportError:
        return [Path(sys.prefix, "share", "jupyter")]
    return [Path(place) for place in jupyter_path()]


def describe_folder() -> str:
    """Return the folder in which the notebook runs, and whether files can be made there."""
    folder = Path.cwd()
    return f"{folder}, {'writable' if os.access(folder, os.W_OK) else 'not writable'}"
