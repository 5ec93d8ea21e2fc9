"""Kernel-wide defaults: traits, so that `%config GeminiMagics.…` and ipython_config.py can set them.

A turn gets them frozen, as `Settings`; only the magics read the traits.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from traitlets import Bool, CaselessStrEnum, Float, Int, List, TraitError, TraitType, Unicode, validate
from traitlets.config import Config, Configurable

from gemini_magic.errors import OptionError
from gemini_magic.models import DEFAULT_MODEL, THINKING_LEVELS
from gemini_magic.options.cell_options import VIEWS
from gemini_magic.options.chat_names import MAIN, check_chat_name
from gemini_magic.replies.costs.prices import Prices, read_prices
from gemini_magic.runtime.secret import Secret
from gemini_magic.text.rendering import Rendering

__all__ = ["CASSETTE_MODES", "Settings", "SettingsTraits"]

RERUNS = ("replace", "append")
CASSETTE_MODES = ("auto", "replay", "record", "live")
_TRUE = {"1", "true", "yes", "on"}


if TYPE_CHECKING:
    _SecretBase = TraitType[Secret, Any]
    _PricesBase = TraitType[dict[str, dict[str, float]], Any]
else:
    # Before traitlets 5.8 they take no types.
    _SecretBase = _PricesBase = TraitType


@dataclass(frozen=True)
class Settings:
    """The defaults as they were when a turn began."""

    model: str = DEFAULT_MODEL
    system: str = ""
    chat: str = MAIN
    rerun: str = "replace"
    interpolate: bool = True
    max_turns: int | None = None
    max_history_tokens: int | None = None
    thinking: str | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    timeout: float | None = None
    tries: int = 4
    view: str = "auto"
    quiet: bool = False
    thoughts: bool = False
    bar: bool | None = None
    rendering: Rendering = field(default_factory=Rendering)
    budget_usd: float | None = None
    prices: Prices = field(default_factory=dict)
    cassette: str = ""
    cassette_mode: str | None = None
    cassette_speed: float | None = None
    offline: bool = False
    api_key: Secret | None = None


class SecretTrait(_SecretBase):
    """A trait that takes a text and hides it; `%config` prints `[hidden]`."""

    info_text = "a text (kept hidden)"
    default_value = Secret("")

    def validate(self, obj: Any, value: Any) -> Secret:  # noqa: ARG002 - traitlets' signature
        """Return the value as a `Secret`; the error never repeats the value."""
        if isinstance(value, Secret):
            return value
        if isinstance(value, str):
            return Secret(value)
        raise TraitError(f"api_key takes a text, not a {type(value).__name__}")


class PricesTrait(_PricesBase):
    """A trait that takes prices by model, in US dollars per million tokens."""

    info_text = "prices by model, in USD per million tokens"
    default_value: dict[str, dict[str, float]] = {}

    def validate(self, obj: Any, value: Any) -> dict[str, dict[str, float]]:  # noqa: ARG002 - traitlets' signature
        """Return the prices, if each model has an input and an output price."""
        try:
            read_prices(value)
        except ValueError as error:
            raise TraitError(
                f'{error}; prices takes {{"model": {{"input": 0.30, "cached": 0.03, "output": 2.50}}}}, '
                "in USD per million tokens"
            ) from None
        return {model: dict(rates) for model, rates in value.items()}


class SettingsTraits(Configurable):
    """The traits; the magics inherit them, so `%config GeminiMagics.model = "…"` sets one."""

    model = Unicode(DEFAULT_MODEL, help="Model to ask.").tag(config=True)
    system = Unicode("", help="System instruction of chats that have none of their own.").tag(config=True)
    chat = Unicode(MAIN, help="Chat that cells without -c belong to.").tag(config=True)
    rerun = CaselessStrEnum(
        RERUNS,
        default_value="replace",
        help="What running a cell again does: replace its turn, setting later ones aside, or append one.",
    ).tag(config=True)
    interpolate = Bool(True, help="Put notebook variables into prompts where {name} stands.").tag(config=True)
    autosave = Unicode(
        "",
        help="Folder that keeps the chats of each notebook over kernel restarts (empty: they are not kept).",
    ).tag(config=True)
    autosave_name = Unicode(
        "", help="Name under which autosave keeps the chats (empty: the notebook's, where it is known)."
    ).tag(config=True)
    max_turns = Int(None, allow_none=True, min=0, help="Most earlier turns to send along.").tag(config=True)
    max_history_tokens = Int(
        None, allow_none=True, min=0, help="Most tokens of earlier turns to send along, roughly."
    ).tag(config=True)
    thinking = CaselessStrEnum(
        THINKING_LEVELS,
        default_value=None,
        allow_none=True,
        help="How hard to think (None: the model's way).",
    ).tag(config=True)
    max_tokens = Int(None, allow_none=True, min=1, help="Most tokens of output per reply.").tag(config=True)
    temperature = Float(
        None, allow_none=True, min=0, max=2, help="Sampling temperature; newer models ignore it."
    ).tag(config=True)
    timeout = Float(
        None,
        allow_none=True,
        min=0.1,
        help="Longest wait between two bytes, in seconds (None: 60; 600 where the model is silent for long).",
    ).tag(config=True)
    tries = Int(4, min=1, help="Most requests for one prompt, when the service is busy or unreachable.").tag(
        config=True
    )
    view = CaselessStrEnum(VIEWS, default_value="auto", help="How replies are drawn.").tag(config=True)
    quiet = Bool(False, help="Leave the usage line out.").tag(config=True)
    bar = Bool(
        None,
        allow_none=True,
        help="Show a bar with a Stop button while a reply streams (False: a line of text; None: the bar "
        "where the front end shows widgets, so not in Colab).",
    ).tag(config=True)
    thoughts = Bool(False, help="Show the model's thoughts above the reply.").tag(config=True)
    toc = Bool(False, help="List headings of replies in the notebook's table of contents.").tag(config=True)
    remote_images = List(
        Unicode(),
        help="Hosts whose images replies may load, like 'upload.wikimedia.org' or '*.example.org'; "
        "other images become links.",
    ).tag(config=True)
    budget_usd = Float(
        None, allow_none=True, min=0, help="Most US dollars to spend in this kernel (None or 0: no limit)."
    ).tag(config=True)
    prices = PricesTrait(
        help="Own prices by model, in USD per million tokens: "
        '{"gemini-3.8-flash": {"input": 0.30, "cached": 0.03, "output": 2.50}}.'
    ).tag(config=True)
    cassette = Unicode(
        "", help="File with recorded replies, like 'lesson.gemini.jsonl' (empty: none); see %gemini_cassette."
    ).tag(config=True)
    cassette_mode = CaselessStrEnum(
        CASSETTE_MODES,
        default_value=None,
        allow_none=True,
        help="What is done with the cassette: replay what there is and record the rest (auto), never ask "
        "(replay), ask all again (record), or ignore it (live). None: auto with an API key, else replay.",
    ).tag(config=True)
    cassette_speed = Float(
        None, allow_none=True, min=0, help="Speed of replayed replies; 1 is the recorded one (None: at once)."
    ).tag(config=True)
    offline = Bool(
        None,
        allow_none=True,
        help="Answer from the offline emulator instead of Gemini (None: as GEMINI_MAGIC_OFFLINE says).",
    ).tag(config=True)
    api_key = SecretTrait(help="Gemini API key; better set GEMINI_API_KEY, also in a .env file.").tag(
        config=True
    )

    @validate("chat")
    def _check_chat(self, proposal: Any) -> str:
        try:
            return check_chat_name(proposal["value"])
        except OptionError as error:
            raise TraitError(str(error)) from None

    def update_config(self, config: Config) -> None:
        """Apply a configuration, and hide its API key: `%config` stores the text it is given."""
        super().update_config(config)
        section = self.config.get(type(self).__name__, {})
        if "api_key" in section:
            section["api_key"] = self.api_key

    def freeze(self) -> Settings:
        """Return the present values as one immutable `Settings`."""
        return Settings(
            model=self.model,
            system=self.system,
            chat=self.chat,
            rerun=self.rerun,
            interpolate=self.interpolate,
            max_turns=self.max_turns,
            max_history_tokens=self.max_history_tokens,
            thinking=self.thinking,
            max_tokens=self.max_tokens,
            temperature=self.temperature,
            timeout=self.timeout,
            tries=self.tries,
            view=self.view,
            quiet=self.quiet,
            thoughts=self.thoughts,
            bar=self.bar,
            rendering=Rendering(tuple(self.remote_images), toc=self.toc),
            budget_usd=self.budget_usd or None,
            prices=read_prices(self.prices),
            cassette=self.cassette,
            cassette_mode=self.cassette_mode,
            cassette_speed=self.cassette_speed,
            offline=_offline_by_environment() if self.offline is None else self.offline,
            api_key=self.api_key or None,
        )


def _offline_by_environment() -> bool:
    return os.environ.get("GEMINI_MAGIC_OFFLINE", "").strip().lower() in _TRUE
