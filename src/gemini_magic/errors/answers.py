"""Errors of a request: the service refused it, or did not answer as it should."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gemini_magic.errors.base import GeminiError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "BadRequest",
    "ConnectionFailed",
    "EmptyReply",
    "InvalidApiKey",
    "ModelNotFound",
    "PermissionRefused",
    "PromptBlocked",
    "QuotaExceeded",
    "RequestRefused",
    "ServiceUnavailable",
    "StreamBroken",
    "UnexpectedAnswer",
]


class RequestRefused(GeminiError):
    """The service refused the request.

    Attributes
    ----------
    status : int or None
        HTTP status of the answer.
    """

    def __init__(self, what: str, status: int | None = None, advice: str = "") -> None:
        super().__init__(what, advice)
        self.status = status


class InvalidApiKey(RequestRefused):
    """The service does not accept the API key."""


class PermissionRefused(RequestRefused):
    """The key is known but may not do this."""


class ModelNotFound(RequestRefused):
    """The service does not offer this model (any more).

    Attributes
    ----------
    close_to : tuple of str
        Models with similar names that the service does offer.
    """

    close_to: tuple[str, ...] = ()


class BadRequest(RequestRefused):
    """The service cannot use the request."""


class QuotaExceeded(RequestRefused):
    """A rate limit or quota is used up.

    Attributes
    ----------
    quota : str or None
        The service's name for the quota.
    """

    quota: str | None = None

    def rewrite(self, change: Callable[[str], str]) -> None:
        """Change every text of the error."""
        super().rewrite(change)
        self.quota = self.quota and change(self.quota)


class ServiceUnavailable(RequestRefused):
    """The service failed or is overloaded."""


class PromptBlocked(RequestRefused):
    """The service refused to answer this prompt."""


class ConnectionFailed(GeminiError):
    """The service could not be reached, or did not answer in time."""


class StreamBroken(GeminiError):
    """The connection broke after the reply had begun; what arrived is kept."""


class EmptyReply(GeminiError):
    """The reply ended without anything that can be shown."""


class UnexpectedAnswer(GeminiError):
    """The answer is not a Gemini reply."""
