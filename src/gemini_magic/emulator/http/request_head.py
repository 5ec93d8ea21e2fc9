"""The head of a request: what is refused before anything else is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemini_magic.emulator.answers import Refusal
from gemini_magic.emulator.http.hosts import host_of, is_loopback
from gemini_magic.emulator.request_body import check_size

if TYPE_CHECKING:
    import h11

__all__ = ["check_head"]


def check_head(request: h11.Request, own_host: str) -> None:
    """Refuse a request by its head.

    Parameters
    ----------
    request
        What h11 has made of the head.
    own_host
        The name or address that the server was told to listen on.

    Raises
    ------
    Refusal
        If it is of another version of HTTP, is meant for another host, says in two ways how long its body
        is, or says it is too long.
    """
    if request.http_version not in {b"1.0", b"1.1"}:
        raise Refusal(400, f"This is not HTTP/1.1 but {request.http_version.decode()}.")
    headers = dict(request.headers)
    if {b"content-length", b"transfer-encoding"} <= headers.keys():
        raise Refusal(400, "This is not HTTP: it has a Content-Length and a Transfer-Encoding.")
    _check_host(headers.get(b"host", b"localhost").decode("latin-1"), own_host)
    check_size(int(headers.get(b"content-length", 0)))


def _check_host(authority: str, own_host: str) -> None:
    host = host_of(authority)
    if host is None or not (is_loopback(host) or host == own_host.lower()):
        raise Refusal(
            403, f"The emulator serves names of loopback such as localhost, not {authority[:80]!r}."
        )
