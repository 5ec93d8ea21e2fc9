"""Parts of a reply."""

from __future__ import annotations

from google.genai import types


def text(value, **more):
    return types.Part(text=value, **more)
