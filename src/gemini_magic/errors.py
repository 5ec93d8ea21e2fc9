"""The errors a user can meet.

Every error is raised. It shows as one line in a notebook and says what to do:

* GeminiError
    * OptionError: a wrong flag, an unclosed quote, a bad value
        * EmptyPrompt
        * UnknownVariable
        * NothingToShow
        * ChatNotFound
    * NoApiKey
    * BudgetExceeded: the budget is spent; the request was not sent
    * RequestRefused: the service refused the request
        * InvalidApiKey
        * PermissionRefused
        * ModelNotFound
        * BadRequest
        * QuotaExceeded
        * ServiceUnavailable
        * PromptBlocked
    * ConnectionFailed: no answer came
    * StreamBroken: the reply began and did not end
    * EmptyReply: the reply ended without anything to show
    * UnexpectedAnswer: the answer is not a Gemini reply
    * TranscriptError: a file with a chat cannot be read or written
    * LogNotWritten: a file with the log of requests cannot be written
    * CassetteError: a file with recorded replies cannot be read or written
        * NotRecorded: the file has no reply to this prompt
    * PackageMissing: an option needs a package that is not installed
* ReplyStopped (a KeyboardInterrupt): the user stopped the reply
"""

from __future__ import annotations

from typing import Any

from gemini_magic.text.printable import to_line

__all__ = [
    "CHECK_URL",
    "BadRequest",
    "BudgetExceeded",
    "CassetteError",
    "ChatNotFound",
    "ConnectionFailed",
    "EmptyPrompt",
    "EmptyReply",
    "GeminiError",
    "InvalidApiKey",
    "LogNotWritten",
    "ModelNotFound",
    "NoApiKey",
    "NotRecorded",
    "NothingToShow",
    "OptionError",
    "PackageMissing",
    "PermissionRefused",
    "PromptBlocked",
    "QuotaExceeded",
    "ReplyStopped",
    "RequestRefused",
    "ServiceUnavailable",
    "StreamBroken",
    "TranscriptError",
    "UnexpectedAnswer",
    "UnknownVariable",
]

CHECK_URL = "check GOOGLE_GEMINI_BASE_URL if you set it"
"""Advice for errors that a wrong base URL can cause."""


class _OneLine:
    """Makes an exception show as one line in IPython, in every `%xmode`."""

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self}"]


class GeminiError(_OneLine, Exception):
    """Root of everything gemini-magic raises on purpose.

    Parameters
    ----------
    message
        What happened; what to do. It is folded into one line.

    Attributes
    ----------
    is_passing : bool
        Whether the same request may succeed a little later.
    retry_after_s : float or None
        Seconds the service asks to wait before the next try.
    reply : Reply or None
        The reply as far as it arrived; None outside a turn.
    causes : tuple of str
        Details of what caused it, without secrets (shown by `%gemini --debug`).
    """

    def __init__(self, message: str) -> None:
        super().__init__(to_line(message))
        self.is_passing = False
        self.retry_after_s: float | None = None
        self.reply: Any = None
        self.causes: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """What happened, without the advice that follows."""
        return str(self).partition("; ")[0]


class OptionError(GeminiError):
    """The options of a cell cannot be understood."""


class EmptyPrompt(OptionError):
    """There is nothing to ask."""


class UnknownVariable(OptionError):
    """An option names a notebook variable that does not exist."""


class NothingToShow(OptionError):
    """There is no reply yet."""


class ChatNotFound(OptionError):
    """There is no chat of this name."""


class NoApiKey(GeminiError):
    """No API key was found anywhere."""


class BudgetExceeded(GeminiError):
    """The budget of this kernel is spent; nothing was sent."""


class RequestRefused(GeminiError):
    """The service refused the request.

    Attributes
    ----------
    status : int or None
        HTTP status of the answer.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
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


class TranscriptError(GeminiError):
    """A file with a chat cannot be read or written."""


class LogNotWritten(GeminiError):
    """The log of requests cannot be written to a file."""


class CassetteError(GeminiError):
    """A cassette cannot be read or written."""


class NotRecorded(CassetteError):
    """A cassette has no reply to this prompt; `causes` is a diff from the most similar recorded request."""


class PackageMissing(GeminiError):
    """An option needs a package that is not installed."""


class ReplyStopped(_OneLine, KeyboardInterrupt):
    """The user stopped the reply; what arrived is kept.

    Attributes
    ----------
    reply : Reply or None
        The partial reply; None if no reply was interrupted.
    """

    def __init__(self, reply: Any) -> None:
        super().__init__("stopped before any text had come")
        if reply is not None and reply.text:
            self.args = ("stopped; the text so far is kept" + (", also in the chat" if reply.chat else ""),)
        self.reply = reply
