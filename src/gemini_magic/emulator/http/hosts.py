"""Which hosts are this machine talking to itself.

A web page can have its own name resolved to 127.0.0.1 and so send requests to what listens there, as to a
server of its own (DNS rebinding); its name in the Host header gives it away.
"""

from __future__ import annotations

import ipaddress
import re

__all__ = ["host_of", "is_loopback"]

_AUTHORITY = re.compile(r"(?:\[(?P<ipv6>[0-9a-f:.]+)\]|(?P<name>[a-z0-9_.-]+))(?::[0-9]*)?", re.IGNORECASE)
_LOCALHOST = re.compile(r"(?:[a-z0-9_-]+\.)*localhost")


def host_of(authority: str) -> str | None:
    """Return the name or the address in a Host header, in lower case; None if it is malformed."""
    found = _AUTHORITY.fullmatch(authority)
    return (found["ipv6"] or found["name"]).lower() if found else None


def is_loopback(host: str) -> bool:
    """Return whether a name or an address can only be this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return bool(_LOCALHOST.fullmatch(host))
