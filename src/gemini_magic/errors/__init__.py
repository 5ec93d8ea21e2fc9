"""The errors a user can meet.

Every error is raised. It shows as one line in a notebook and says what to do:

* GeminiError
    * OptionError: a wrong flag, an unclosed quote, a bad value
        * EmptyPrompt
        * UnknownVariable
        * NotInserted: a variable in a prompt cannot be put there; nothing was sent
        * NothingToShow
        * ChatNotFound
    * NoApiKey
    * BudgetExceeded: the budget is spent; nothing more was sent
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
    * EmulatorError (of `gemini_magic.emulator`): the offline emulator is asked for what it cannot do
    * PackageMissing: an option needs a package that is not installed
* ReplyStopped (a KeyboardInterrupt): the user stopped the reply
"""

from __future__ import annotations

from gemini_magic.errors.answers import (
    BadRequest,
    ConnectionFailed,
    EmptyReply,
    InvalidApiKey,
    ModelNotFound,
    PermissionRefused,
    PromptBlocked,
    QuotaExceeded,
    RequestRefused,
    ServiceUnavailable,
    StreamBroken,
    UnexpectedAnswer,
)
from gemini_magic.errors.asking import (
    BudgetExceeded,
    ChatNotFound,
    EmptyPrompt,
    NoApiKey,
    NothingToShow,
    NotInserted,
    OptionError,
    PackageMissing,
    UnknownVariable,
)
from gemini_magic.errors.base import (
    CHECK_URL,
    GeminiError,
    ReplyStopped,
)
from gemini_magic.errors.files import (
    CassetteError,
    LogNotWritten,
    NotRecorded,
    TranscriptError,
)

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
    "NotInserted",
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
