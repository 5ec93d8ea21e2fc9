"""Error answers of the Gemini API as our errors: statuses, quotas, and hints on what to change."""

from __future__ import annotations

import difflib
import re
import time
from collections import deque
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from gemini_magic import errors
from gemini_magic.errors import CHECK_URL
from gemini_magic.models import KNOWN_MODELS
from gemini_magic.replies.numbers import MOST_SECONDS, read_number

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


_QUOTA = re.compile(r"[\w.-]{1,100}")
_SEARCHED = 4000
"""Characters of details that are searched for a hint."""

_MOST_VALUES = 10_000
"""Values of an error body that are looked at."""


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
        is_named = re.search(rf"(?<![\w.-]){re.escape(model)}(?![\w.-])", said) is not None
        what = said if is_named else f"{model}: not found ({said})"
        missing = errors.ModelNotFound(what, 404, "choose another with -m")
        return name_close_models(missing, model, KNOWN_MODELS)
    if status == 429:
        return _explain_quota(said, details, headers)
    error = _from_status(status, said, " ".join(_values(details, "detail"))[:_SEARCHED])
    error.retry_after_s = _retry_after(details, headers) if error.is_passing else None
    return error


def name_close_models(
    error: errors.ModelNotFound, model: str, offered: Iterable[str]
) -> errors.ModelNotFound:
    """Return the error with the names of the offered models that are most similar to `model`."""
    asked = model.rpartition("/")[2]
    names = [name for name in (one.rpartition("/")[2] for one in offered) if name != asked]
    if not names:
        return error
    close = difflib.get_close_matches(asked, names, n=3, cutoff=0.5) or names[:3]
    named = errors.ModelNotFound(error.what, error.status, f"there is {', '.join(close)}: choose with -m")
    named.close_to, named.causes = tuple(close), error.causes
    return named


def _from_status(status: int | None, said: str, hidden: str = "") -> errors.GeminiError:
    if status == 403:
        return errors.PermissionRefused(said, status, "check what this key or project may do")
    if status == 404:
        return errors.BadRequest(f"the service does not know this ({said})", 404, CHECK_URL)
    if status in PASSING:
        error = errors.ServiceUnavailable(
            f"the service failed ({status}: {said})", status, "run the cell again in a moment"
        )
        error.is_passing = True
        return error
    hint = next((hint for pattern, hint in _HINTS if re.search(pattern, said + hidden, re.IGNORECASE)), None)
    what = f"the service refused the request ({said if status is None else f'{status}: {said}'})"
    return errors.BadRequest(what, status, hint or "change it")


def _explain_quota(said: str, details: Any, headers: Mapping[str, str]) -> errors.QuotaExceeded:
    quotas = [name for name in _values(details, "quotaId") if _QUOTA.fullmatch(name)]
    quota = next((name for name in quotas if "PerDay" in name), next(iter(quotas), None))
    wait_s = _retry_after(details, headers)
    is_daily = quota is not None and "PerDay" in quota
    if is_daily:
        advice = "that is all for today: ask another model with -m, or come back tomorrow"
    else:
        advice = f"wait {wait_s:.0f} s" if wait_s else "wait a little, or ask another model with -m"
    named = f"quota {_plain_quota(quota)} is used up" if quota else f"quota used up ({said})"
    error = errors.QuotaExceeded(named, 429, advice)
    error.quota, error.retry_after_s, error.is_passing = quota, wait_s, not is_daily
    return error


def _plain_quota(quota: str) -> str:
    """Return a quota's name as the service writes it, with the tier in words."""
    name, _, tier = quota.partition("-")
    return name + {"FreeTier": " of the free tier"}.get(tier, f" ({tier})" if tier else "")


def _retry_after(details: Any, headers: Mapping[str, str]) -> float | None:
    """Return the seconds the service asks to wait: `RetryInfo.retryDelay`, else `Retry-After`."""
    for text in (*_values(details, "retryDelay"), headers.get("retry-after", "")):
        seconds = read_number(text.strip().removesuffix("s"), MOST_SECONDS)
        if seconds is not None:
            return seconds
    try:
        left_s = parsedate_to_datetime(headers.get("retry-after", "")).timestamp() - time.time()
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        # What the standard library raises for texts that are no date, and for dates of other ages.
        return None
    return read_number(max(0.0, left_s), MOST_SECONDS)


def _values(tree: Any, name: str) -> list[str]:
    """Return every text under the key `name`, anywhere in a JSON body, however deep."""
    found, waiting = [], deque([tree])
    for _ in range(_MOST_VALUES):
        if not waiting:
            break
        value = waiting.popleft()
        if isinstance(value, dict):
            found += [value[name]] if isinstance(value.get(name), str) else []
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return found
