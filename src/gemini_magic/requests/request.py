"""The request: everything that is sent for one turn, fixed before it is sent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gemini_magic.errors import EmptyPrompt
from gemini_magic.requests.config import make_config
from gemini_magic.requests.retry import RetryPolicy

if TYPE_CHECKING:
    from google.genai.types import Content, GenerateContentConfig

    from gemini_magic.options.cell_options import Options
    from gemini_magic.options.settings import Settings
    from gemini_magic.requests.prompt import Prompt

__all__ = ["History", "Request", "build_request", "build_resumption"]

_GO_ON = (
    "Your last reply was cut off. Go on exactly where it ended, in the middle of the word if need be; "
    "repeat nothing and do not comment on this."
)

_TIMEOUT_S = 60.0
_SILENT_TIMEOUT_S = 600.0


@dataclass(frozen=True)
class History:
    """The earlier turns of a request.

    Attributes
    ----------
    contents
        As JSON, in the API's format, oldest first.
    left_out
        Turns that were left out, because of `max_turns` or `max_history_tokens`.
    """

    contents: tuple[str, ...] = ()
    left_out: int = 0


@dataclass(frozen=True)
class Request:
    """One turn, ready to be sent.

    Attributes
    ----------
    model
        Id of the model to ask.
    prompt
        The user's content.
    asked
        What is sent last: `prompt`, or the request to continue a reply.
    history
        The earlier turns of the chat, sent before it.
    system
        The system instruction that the chat keeps; None leaves it to the setting, empty means none.
    config
        The SDK's configuration: system instruction and sampling.
    stream
        Whether to stream; otherwise the reply comes in one piece.
    timeout_s
        Longest wait between two bytes of the answer, in seconds.
    retry
        When to try again.
    options
        The cell's options.
    resumed
        The partial reply that is resumed, as the API's JSON, if one is; then `prompt` is the one it answers.
    """

    model: str
    prompt: Content
    asked: Content
    history: History
    system: str | None
    config: GenerateContentConfig
    stream: bool
    timeout_s: float
    retry: RetryPolicy
    options: Options
    resumed: dict[str, Any] | None = None


def build_request(
    prompt: Prompt,
    options: Options,
    settings: Settings,
    *,
    history: History | None = None,
    system: str | None = None,
) -> Request:
    """Return the request for one prompt.

    Parameters
    ----------
    prompt
        What the cell asks.
    options, settings
        The cell's options; the settings fill in what they leave open.
    history
        The chat's earlier turns.
    system
        The chat's own; `--system` overrides it, and it overrides the setting.

    Raises
    ------
    EmptyPrompt
        If there is nothing but white space.
    """
    from google.genai import types

    if not prompt.text.strip():
        raise EmptyPrompt("the prompt is empty; write it below %%gemini, or after %gemini on one line")
    content = types.Content(role="user", parts=[types.Part(text=prompt.text)])
    return _make_request((content, content), history or History(), options, settings, system=system)


def build_resumption(
    cut_off: tuple[Content, dict[str, Any]],
    options: Options,
    settings: Settings,
    *,
    history: History,
    system: str | None,
) -> Request:
    """Return the request that resumes a reply that was cut off.

    Parameters
    ----------
    cut_off
        The user's content and the partial reply; both are in `history`, within its limits.
    options, settings, history, system
        As for `build_request`.
    """
    from google.genai import types

    prompt, partial = cut_off
    go_on = types.Content(role="user", parts=[types.Part(text=_GO_ON)])
    request = _make_request((prompt, go_on), history, options, settings, system=system)
    return replace(request, resumed=partial)


def _make_request(
    prompts: tuple[Content, Content],
    history: History,
    options: Options,
    settings: Settings,
    *,
    system: str | None,
) -> Request:
    system = system if options.system is None else options.system
    return Request(
        model=options.model or settings.model,
        prompt=prompts[0],
        asked=prompts[1],
        history=history,
        system=system,
        config=make_config(options, settings, settings.system if system is None else system),
        stream=not options.no_stream,
        timeout_s=_choose_timeout(options, settings),
        retry=RetryPolicy(tries=settings.tries),
        options=options,
    )


def _choose_timeout(options: Options, settings: Settings) -> float:
    timeout_s = settings.timeout if options.timeout is None else options.timeout
    if timeout_s is not None:
        return timeout_s
    # With high thinking, or without streaming, nothing comes while the model works.
    is_silent = options.no_stream or (options.thinking or settings.thinking) in {"high", "xhigh"}
    return _SILENT_TIMEOUT_S if is_silent else _TIMEOUT_S
