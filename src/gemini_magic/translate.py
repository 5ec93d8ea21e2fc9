"""From the SDK's and the HTTP client's exceptions to ours: one line, no cause, no key.

Our errors are raised without a cause on purpose: the SDK's exceptions carry the request with its key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gemini_magic import errors
from gemini_magic.secret import scrub

if TYPE_CHECKING:
    from google.genai.errors import APIError

    from gemini_magic.secret import Secret

__all__ = ["translate_error"]

_SERVER_TROUBLE = frozenset({408, 500, 502, 503, 504})


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
        return error
    if isinstance(error, APIError):
        return _from_answer(error, model, key)
    reason = _reason(error, key)
    if begun:
        return errors.StreamBroken(
            f"the connection broke in the middle of the reply ({reason}); the text so far is kept, "
            "run the cell again for a whole one"
        )
    return _from_start(error, reason)


_CHECK_URL = "check GOOGLE_GEMINI_BASE_URL if you set it"


def _from_start(error: BaseException, reason: str) -> errors.GeminiError:
    """Return our error for one that struck before anything of a reply had come."""
    import httpx2
    from google.auth.exceptions import GoogleAuthError
    from google.genai.errors import UnknownApiResponseError
    from pydantic import ValidationError

    match error:
        case httpx2.UnsupportedProtocol() | httpx2.InvalidURL():
            text = f"the base URL cannot be used ({reason}); {_CHECK_URL}"
        case httpx2.ReadTimeout():
            text = f"{_address(error)} has not answered in time; wait longer with --timeout SECONDS"
        case httpx2.HTTPError():
            text = f"cannot reach {_address(error)} ({reason}); check the network and proxy, or {_CHECK_URL}"
        case GoogleAuthError():
            return errors.PermissionRefused(
                f"the Google Cloud credentials do not work ({reason}); "
                "run 'gcloud auth application-default login'"
            )
        case UnknownApiResponseError() | ValidationError() | TypeError() | AttributeError():
            return errors.UnexpectedAnswer(f"what was answered is no Gemini reply ({reason}); {_CHECK_URL}")
        case _:
            return errors.BadRequest(f"this request cannot be sent ({reason})")
    return errors.ConnectionFailed(text)


def _address(error: BaseException) -> str:
    """Return the host and port that was asked; the SDK keeps it only in the exception."""
    request = getattr(error, "_request", None)
    return str(request.url.netloc.decode("ascii")) if request is not None else "the Gemini API"


def _reason(error: BaseException, key: Secret | None) -> str:
    # Asynchronous ReadError and ReadTimeout have an empty message: their class says it then.
    name = type(error).__name__
    text = scrub(str(error), key).strip()
    return errors.to_line(f"{name}: {text}" if text else name, 200)


def _from_answer(error: APIError, model: str, key: Secret | None) -> errors.GeminiError:
    # The SDK takes the status from the body where it can, so a text body may leave it out.
    status = error.code if isinstance(error.code, int) else None
    said = errors.to_line(scrub(str(error.message or error.status or "no message"), key), 400).rstrip(".")
    if "API_KEY_INVALID" in _reasons(error.details) or status == 401:
        return errors.InvalidApiKey(
            "the service does not accept this API key; check GOOGLE_API_KEY and GEMINI_API_KEY (or get a "
            "new key at https://aistudio.google.com/apikey)",
            status,
        )
    if said.startswith("<") or (status is not None and 300 <= status < 400):
        return errors.UnexpectedAnswer(
            f"what was answered is no Gemini reply (status {status}, {said[:60]!r}); {_CHECK_URL}"
        )
    if status == 404:
        return _not_found(said, model, key)
    return _from_status(status, said)


def _not_found(said: str, model: str, key: Secret | None) -> errors.GeminiError:
    if "model" not in said.lower():
        return errors.BadRequest(f"the service does not know this ({said}); {_CHECK_URL}", 404)
    return errors.ModelNotFound(
        f"{scrub(model, key)}: not found ({said}); ask another model with -m, for example "
        f"%%gemini -m {_other_than(model)}",
        404,
    )


def _from_status(status: int | None, said: str) -> errors.GeminiError:
    if status == 403:
        return errors.PermissionRefused(f"{said}; check what this key or project may do", status)
    if status == 429:
        return errors.QuotaExceeded(f"{said}; wait a little, or ask a smaller model with -m", status)
    if status in _SERVER_TROUBLE:
        return errors.ServiceUnavailable(
            f"the service failed ({status}: {said}); run the cell again in a moment", status
        )
    return errors.BadRequest(f"the service refused the request ({status}: {said})", status)


def _reasons(details: Any) -> set[str]:
    """Return the `reason` fields of an error body's details, whatever its shape."""
    body = details.get("error", details) if isinstance(details, dict) else {}
    items = body.get("details", []) if isinstance(body, dict) else []
    return {str(item.get("reason")) for item in items if isinstance(item, dict)}


def _other_than(model: str) -> str:
    from gemini_magic.models import KNOWN_MODELS

    return next(known for known in KNOWN_MODELS if known != model)
