"""The HTTP library that the installed SDK speaks: httpx before google-genai 2.18, httpx2 from then on.

Their names are the same; the SDK takes clients, and raises errors, of its own one only.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx2 as httpx

__all__ = ["httpx"]

_FIRST_WITH_HTTPX2 = (2, 18)


def _name_of_library() -> str:
    try:
        major, minor = version("google-genai").split(".")[:2]
    except PackageNotFoundError:
        return "httpx2"
    return "httpx2" if (int(major), int(minor)) >= _FIRST_WITH_HTTPX2 else "httpx"


if not TYPE_CHECKING:
    httpx = import_module(_name_of_library())
