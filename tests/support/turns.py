"""Turns for chats and their files."""

from __future__ import annotations

import base64

from gemini_magic.chats.turns import Turn
from gemini_magic.options.cell_options import Options
from gemini_magic.replies.usage import Usage
from gemini_magic.runtime.origin import Origin

SIGNATURE = base64.b64encode(bytes(range(256))).decode()


def turn(text, base=None, size=1):
    from google.genai import types

    prompt = types.Content(role="user", parts=[types.Part(text=text)])
    reply = {"parts": [{"text": f"reply to {text}" * size, "thoughtSignature": SIGNATURE}], "role": "model"}
    usage = Usage(prompt=1, output=2, total=3)
    return Turn(prompt, reply, "complete", "STOP", usage, Options(), "m", Origin(f"cell {text}", "run"), base)


def prompts(chats, name="main"):
    return [turn.prompt_text for turn in chats[name].turns]
