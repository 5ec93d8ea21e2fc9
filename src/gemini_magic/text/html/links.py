"""Which addresses a link or an image of a reply may lead to."""

from __future__ import annotations

import re

__all__ = ["host_of", "is_allowed"]

_URL = re.compile(r"https?://(?P<host>[a-z0-9.-]+)(?::\d{1,5})?(?:[/?#]\S*)?", re.IGNORECASE)
_MAIL = re.compile(r"mailto:[\w.+%-]+@[\w.-]+", re.IGNORECASE)


def is_allowed(url: str) -> bool:
    """Return whether a link may lead to `url`; links that may not stay text."""
    return (_URL.fullmatch(url) or _MAIL.fullmatch(url)) is not None


def host_of(url: str) -> str:
    """Return the host of a web address, "" for any other."""
    found = _URL.fullmatch(url)
    return found["host"] if found else ""
