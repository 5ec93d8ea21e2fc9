"""Error answers of the Gemini API as our errors: statuses, quotas, and hints on what to change."""

from __future__ import annotations

import difflib
import re
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from gemini_magic import errors
from gemini_magic.errors import CHECK_URL
from gemini_magic.models import KNOWN_MODELS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["PASSING", "explain_refusal", "name_close_models"]

PASSING = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed a little later."""

_HINTS = (
    (r"thinking", "change --thinking, or leave it out"),
    (r"temperature|top_?p|top_?k", "leave --temperature out"),
    (r"max_?output_?tokens", "change --max-tokens"),
    (r"token count.*exceeds|too long", "shorten the prompt, or begin anew with --new"),
    (r"user location|not available in your country", "the Gemini API is not offered where you are"),
    (r"signature", "begin anew with --new"),
    (r"model name", "check the id after -m"),
)
"""Advice by the message of a 400."""


def explain_refusal(
    status: int | None, said: str, details: Any, *, model: str, headers: Mapping[str, str]
) -> errors.GeminiError:
    """Return our error for an error answer.

    Parameters
    ----------
    status
        HTTP status.
    said
        The service's message, one line, without secrets.
    details
        The answer's JSON body, whatever its shape.
    model
        The model asked.
    headers
        The answer's headers, with lower-case names.
    """
    if "API_KEY_INVALID" in _values(details, "reason") or status == 401:
        return errors.InvalidApiKey(
            "the service does not accept this API key; check GOOGLE_API_KEY and GEMINI_API_KEY (or get a "
            "new key at https://aistudio.google.com/apikey)",
            status,
        )
    if status == 404 and re.search(r"\bmodels?\b(?!.*cache)", said, re.IGNORECASE):
        return name_close_models(
            errors.ModelNotFound(f"{model}: not found ({said})", 404), model, KNOWN_MODELS
        )
    if status == 429:
        return _explain_quota(said, details, headers)
    error = _from_status(status, said, " ".join(_values(details, "detail")))
    error.retry_after_s = _retry_after(details, headers) if error.is_passing else None
    return error


def name_close_models(
    error: errors.ModelNotFound, model: str, offered: Iterable[str]
) -> errors.ModelNotFound:
    """Return the error with the names of the offered models that are most similar to `model`."""
    names = [name.rpartition("/")[2] for name in offered if not name.endswith(model)]
    close = difflib.get_close_matches(model.rpartition("/")[2], names, n=3, cutoff=0.5) or names[:3]
    named = errors.ModelNotFound(f"{error.what}; there is {', '.join(close)}: choose with -m", error.status)
    named.close_to, named.causes = tuple(close), error.causes
    return named


def _from_status(status: int | None, said: str, hidden: str = "") -> errors.GeminiError:
    if status == 403:
        return errors.PermissionRefused(f"{said}; check what this key or project may do", status)
    if status == 404:
        return errors.BadRequest(f"the service does not know this ({said}); {CHECK_URL}", 404)
    if status in PASSING:
        error = errors.ServiceUnavailable(
            f"the service failed ({status}: {said}); run the cell again in a moment", status
        )
        error.is_passing = True
        return error
    hint = next((hint for pattern, hint in _HINTS if re.search(pattern, said + hidden, re.IGNORECASE)), None)
    return errors.BadRequest(
        f"the service refused the request ({status}: {said}); {hint or 'change it'}", status
    )


def _explain_quota(said: str, details: Any, headers: Mapping[str, str]) -> errors.QuotaExceeded:
    quotas = _values(details, "quotaId")
    quota = next((name for name in quotas if "PerDay" in name), next(iter(quotas), None))
    wait_s = _retry_after(details, headers)
    is_daily = quota is not None and "PerDay" in quota
    if is_daily:
        advice = "that is all for today: ask another model with -m, or come back tomorrow"
    else:
        advice = f"wait {wait_s:.0f} s" if wait_s else "wait a little, or ask another model with -m"
    named = f"quota {_plain_quota(quota)} is used up" if quota else f"quota used up ({said})"
    error = errors.QuotaExceeded(f"{named}; {advice}", 429)
    error.quota, error.retry_after_s, error.is_passing = quota, wait_s, not is_daily
    return error


def _plain_quota(quota: str) -> str:
    """Return a quota's name as the service writes it, with the tier in words."""
    name, _, tier = quota.partition("-")
    return name + {"FreeTier": " of the free tier"}.get(tier, f" ({tier})" if tier else "")


def _retry_after(details: Any, headers: Mapping[str, str]) -> float | None:
    """Return the seconds the service asks to wait: `RetryInfo.retryDelay`, else `Retry-After`."""
    for text in (*_values(details, "retryDelay"), headers.get("retry-after", "")):
        number = re.fullmatch(r"(\d+(?:\.\d+)?)s?", text.strip())
        if number:
            return float(number.group(1))
    try:
        due = parsedate_to_datetime(headers.get("retry-after", ""))
    except ValueError:
        return None
    return max(0.0, due.timestamp() - time.time())


def _values(tree: Any, name: str) -> list[str]:
    """Return every text under the key `name`, anywhere in a JSON body."""
    if isinstance(tree, dict):
        own = [tree[name]] if isinstance(tree.get(name), str) else []
        return own + [text for value in tree.values() for text in _values(value, name)]
    if isinstance(tree, list):
        return [text for value in tree for text in _values(value, name)]
    return []
