"""The configuration of a request: system instruction, sampling and thinking."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from google.genai.types import GenerateContentConfig, ThinkingConfig

    from gemini_magic.options.cell_options import Options
    from gemini_magic.options.settings import Settings

__all__ = ["make_config"]


def make_config(options: Options, settings: Settings, system: str) -> GenerateContentConfig:
    """Return the SDK's configuration of a request; `system` may be empty."""
    from google.genai import types

    level = options.thinking or settings.thinking
    temperature = settings.temperature if options.temperature is None else options.temperature
    thoughts = options.thoughts or settings.thoughts
    config = types.GenerateContentConfig(
        system_instruction=system or None,
        max_output_tokens=options.max_tokens or settings.max_tokens,
        temperature=temperature,
        thinking_config=_make_thinking(level, thoughts=thoughts) if level or thoughts else None,
        # This and a continuation would send further requests by themselves (seen in google-genai 3.4).
        automatic_function_calling=types.AutomaticFunctionCallingConfig(disable=True),
    )
    if "automatic_continuation" in types.GenerateContentConfig.model_fields:
        # google-genai 2 has none.
        config.automatic_continuation = False
    return config


def _make_thinking(level: str | None, *, thoughts: bool) -> ThinkingConfig:
    from google.genai import types

    return types.ThinkingConfig(
        thinking_level=types.ThinkingLevel(level.upper()) if level else None,
        include_thoughts=True if thoughts else None,
    )
