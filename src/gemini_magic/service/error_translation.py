"""Translates exceptions of the SDK and the HTTP client into ours: one line, no cause, no key.

Our errors are raised without a cause on purpose: the SDK's exceptions carry the request with its key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gemini_magic import errors
from gemini_magic.errors import CHECK_URL
from gemini_magic.replies.numbers import read_number
from gemini_magic.runtime.secret import scrub
from gemini_magic.service.refusals import PASSING, explain_refusal
from gemini_magic.text.printable import to_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.genai.errors import APIError

    from gemini_magic.runtime.secret import Secret

__all__ = ["translate_error"]

_NO_REPLY = "what was answered is no Gemini reply"
_MOST_CAUSES = 20


def translate_error(
    error: BaseException,
    *,
    model: str,
    key: Secret | None = None,
    answered: bool = False,
    begun: bool = False,
) -> errors.GeminiError:
    """Return our error for one of the SDK's. It never raises: what it raised would have `error` as context.

    Parameters
    ----------
    error
        What the SDK or the HTTP client raised.
    model
        The model asked, for the message.
    key
        Scrubbed from the message.
    answered
        Whether the service had answered, with whatever it was.
    begun
        Whether a part of the reply had arrived.
    """
    try:
        return _translate(error, model, key, answered=answered, begun=begun)
    except Exception as failure:  # noqa: BLE001 - an answer that even this trips over is still an error of ours
        kind = type(failure).__name__
    return errors.UnexpectedAnswer(f"{_NO_REPLY} ({kind} while reading it)", CHECK_URL)


def _translate(
    error: BaseException, model: str, key: Secret | None, *, answered: bool, begun: bool
) -> errors.GeminiError:
    from google.genai.errors import APIError

    if isinstance(error, errors.GeminiError):
        # Raised below the SDK: its frames and its context hold the request.
        error.__traceback__ = error.__context__ = error.__cause__ = None
        ours: errors.GeminiError = error
    elif isinstance(error, APIError):
        ours = _from_answer(error, model, key)
    else:
        ours = _from_start(error, _reason(error, key), answered=answered)
    ours.causes = ours.causes or tuple(_chain(error, key))
    # An answer may repeat the key anywhere.
    ours.rewrite(lambda text: scrub(text, key))
    if begun:
        what = ours.what if isinstance(error, errors.GeminiError | APIError) else _reason(error, key)
        broken = errors.StreamBroken(
            f"the stream broke in the middle of the reply ({what})", "the text is kept"
        )
        broken.causes = ours.causes
        return broken
    return ours


def _chain(error: BaseException | None, key: Secret | None) -> Iterator[str]:
    """Yield what lies behind an error, outermost first, one scrubbed line each."""
    seen: list[BaseException] = []
    while error is not None and error not in seen and len(seen) < _MOST_CAUSES:
        seen.append(error)
        kind = type(error)
        yield to_line(f"{kind.__module__}.{kind.__qualname__}: {scrub(str(error), key)}", 2000)
        error = error.__cause__ or error.__context__


_FROM_CONNECTION = {"HTTPError", "NetworkError", "ProtocolError", "ProxyError", "TimeoutException"}


def _from_start(error: BaseException, reason: str, *, answered: bool) -> errors.GeminiError:
    """Return our error for an exception before anything of a reply had come."""
    from google.auth.exceptions import GoogleAuthError

    kinds = _http_kinds(error)
    if not kinds.isdisjoint({"UnsupportedProtocol", "InvalidURL"}):
        return errors.ConnectionFailed(f"the base URL cannot be used ({reason})", CHECK_URL)
    if isinstance(error, GoogleAuthError):
        return errors.PermissionRefused(
            f"the Google Cloud credentials do not work ({reason})",
            advice="run 'gcloud auth application-default login'",
        )
    is_unread = "DecodingError" in kinds
    if not (is_unread or kinds.isdisjoint(_FROM_CONNECTION)):
        return _from_connection(error, kinds, reason)
    if answered or is_unread or _is_odd_answer(error):
        return errors.UnexpectedAnswer(f"{_NO_REPLY} ({reason})", CHECK_URL)
    return errors.BadRequest(f"this request cannot be sent ({reason})")


def _http_kinds(error: BaseException) -> set[str]:
    """Return the names of an HTTP library's classes of errors that `error` is of; none if it is of no such.

    By name, because one process may have more than one of these libraries, with classes of the same names.
    """
    classes = type(error).__mro__
    return {one.__name__ for one in classes if one.__module__.startswith(("httpx", "httpcore"))}


def _from_connection(error: BaseException, kinds: set[str], reason: str) -> errors.ConnectionFailed:
    if "ReadTimeout" in kinds:
        what, advice = f"{_address(error)} has not answered in time", "wait longer with --timeout SECONDS"
    else:
        what = f"cannot reach {_address(error)} ({reason})"
        advice = f"check the network and proxy, or {CHECK_URL}"
    ours = errors.ConnectionFailed(what, advice)
    # A request that timed out is not sent again: it may be running, and billed.
    ours.is_passing = not kinds.isdisjoint({"NetworkError", "ConnectTimeout", "RemoteProtocolError"})
    return ours


def _is_odd_answer(error: BaseException) -> bool:
    """Return whether the SDK raises this for an answer that it cannot read."""
    from google.genai.errors import UnknownApiResponseError
    from pydantic import ValidationError

    return isinstance(error, UnknownApiResponseError | ValidationError | TypeError | AttributeError)


def _address(error: BaseException) -> str:
    """Return the host and port that was asked; the SDK keeps it only in the exception."""
    request = getattr(error, "_request", None)
    return str(request.url.netloc.decode("ascii")) if request is not None else "the Gemini API"


def _reason(error: BaseException, key: Secret | None) -> str:
    # Asynchronous ReadError and ReadTimeout have an empty message; the class name stands in.
    name = type(error).__name__
    text = scrub(str(error), key).strip()
    return to_line(f"{name}: {text}" if text else name, 200)


def _from_answer(error: APIError, model: str, key: Secret | None) -> errors.GeminiError:
    # The SDK takes the status from the body, where it may be missing or anything else.
    status = read_number(error.code, 599) or read_number(getattr(error.response, "status_code", None), 599)
    status = None if status is None else int(status)
    said = to_line(scrub(str(error.message or error.status or "no message"), key), 400).rstrip(".")
    is_page = said.startswith("<") and not _is_refusal(error.details)
    if is_page and status in PASSING:
        # A gateway's page: the status says more.
        said, is_page = to_line(str(error.status or "no message")), False
    if is_page or (status is not None and 300 <= status < 400):
        return errors.UnexpectedAnswer(f"{_NO_REPLY} (status {status}, {said[:60]!r})", CHECK_URL)
    headers = {name.lower(): value for name, value in getattr(error.response, "headers", {}).items()}
    return explain_refusal(status, said, error.details, model=scrub(model, key), headers=headers)


def _is_refusal(details: Any) -> bool:
    """Return whether an error answer was JSON of the service; of a page the SDK makes a message alone."""
    return isinstance(details, dict) and not {"error", "code"}.isdisjoint(details)
