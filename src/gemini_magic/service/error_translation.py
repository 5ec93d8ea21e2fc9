"""Translates exceptions of the SDK and the HTTP client into ours: one line, no cause, no key.

Our errors are raised without a cause on purpose: the SDK's exceptions carry the request with its key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemini_magic import errors
from gemini_magic.errors import CHECK_URL
from gemini_magic.runtime.secret import scrub
from gemini_magic.service.refusals import PASSING, explain_refusal
from gemini_magic.text.printable import to_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.genai.errors import APIError

    from gemini_magic.runtime.secret import Secret

__all__ = ["translate_error"]


def translate_error(
    error: BaseException, *, model: str, key: Secret | None = None, begun: bool = False
) -> errors.GeminiError:
    """Return our error for one of the SDK's.

    Parameters
    ----------
    error
        What the SDK or the HTTP client raised.
    model
        The model asked, for the message.
    key
        Scrubbed from the message.
    begun
        Whether a part of the reply had arrived.
    """
    from google.genai.errors import APIError

    if isinstance(error, errors.GeminiError):
        # Raised below the SDK: its frames and its context hold the request.
        error.__traceback__ = error.__context__ = error.__cause__ = None
        ours: errors.GeminiError = error
    elif isinstance(error, APIError):
        ours = _from_answer(error, model, key)
    else:
        ours = _from_start(error, _reason(error, key))
    ours.causes = ours.causes or tuple(_chain(error, key))
    if begun:
        what = ours.what if isinstance(error, errors.GeminiError | APIError) else _reason(error, key)
        broken = errors.StreamBroken(
            f"the stream broke in the middle of the reply ({what}); the text is kept"
        )
        broken.causes = ours.causes
        return broken
    return ours


def _chain(error: BaseException | None, key: Secret | None) -> Iterator[str]:
    """Yield what lies behind an error, outermost first, one scrubbed line each."""
    while error is not None:
        kind = type(error)
        yield to_line(f"{kind.__module__}.{kind.__qualname__}: {scrub(str(error), key)}", 2000)
        error = error.__cause__ or error.__context__


def _from_start(error: BaseException, reason: str) -> errors.GeminiError:
    """Return our error for an exception before anything of a reply had come."""
    import httpx2
    from google.auth.exceptions import GoogleAuthError
    from google.genai.errors import UnknownApiResponseError
    from pydantic import ValidationError

    match error:
        case httpx2.UnsupportedProtocol() | httpx2.InvalidURL():
            text = f"the base URL cannot be used ({reason}); {CHECK_URL}"
        case httpx2.ReadTimeout():
            text = f"{_address(error)} has not answered in time; wait longer with --timeout SECONDS"
        case httpx2.HTTPError():
            where = f"cannot reach {_address(error)} ({reason})"
            text = f"{where}; check the network and proxy, or {CHECK_URL}"
        case GoogleAuthError():
            return errors.PermissionRefused(
                f"the Google Cloud credentials do not work ({reason}); "
                "run 'gcloud auth application-default login'"
            )
        case UnknownApiResponseError() | ValidationError() | TypeError() | AttributeError():
            return errors.UnexpectedAnswer(f"what was answered is no Gemini reply ({reason}); {CHECK_URL}")
        case _:
            return errors.BadRequest(f"this request cannot be sent ({reason})")
    ours = errors.ConnectionFailed(text)
    # A request that timed out is not sent again: it may be running, and billed.
    ours.is_passing = isinstance(
        error, httpx2.NetworkError | httpx2.ConnectTimeout | httpx2.RemoteProtocolError
    )
    return ours


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
    # The SDK takes the status from the body, so with a text body it may be missing.
    status = error.code if isinstance(error.code, int) else None
    said = to_line(scrub(str(error.message or error.status or "no message"), key), 400).rstrip(".")
    if said.startswith("<") and status in PASSING:
        # A gateway's page: the status says more.
        said = to_line(str(error.status or "no message"))
    if said.startswith("<") or (status is not None and 300 <= status < 400):
        return errors.UnexpectedAnswer(
            f"what was answered is no Gemini reply (status {status}, {said[:60]!r}); {CHECK_URL}"
        )
    headers = {name.lower(): value for name, value in getattr(error.response, "headers", {}).items()}
    return explain_refusal(status, said, error.details, model=scrub(model, key), headers=headers)
