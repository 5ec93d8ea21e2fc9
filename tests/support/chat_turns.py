"""Asking in chats, from cells."""

from __future__ import annotations

from gemini_magic.chats.history import make_history
from gemini_magic.chats.next_turn import NextTurn
from gemini_magic.options.cell_options import Options
from gemini_magic.options.settings import Settings
from gemini_magic.replies import events as ev
from gemini_magic.requests.prompt import make_prompt
from gemini_magic.requests.request import build_request
from gemini_magic.runtime.origin import Origin
from gemini_magic.views.base import NoView

MODEL = Settings().model


def take_turn(chat, text, origin=None, *, kept=None, fails=False):
    """Commit a turn as the session does; return the reply."""
    origin = origin or Origin()
    kept = chat.before(origin) if kept is None else kept
    prompt = make_prompt(text)
    request = build_request(prompt, Options(), Settings(), history=make_history(kept, MODEL, Settings()))
    turn = NextTurn(chat, kept, request, origin, prompt)
    reply = turn.begin_reply(Settings(), None, offline=False)
    if fails:
        reply.apply(ev.Failed("ServiceUnavailable"))
    else:
        reply.apply(ev.TextDelta(f"re {text}", {"text": f"re {text}"}))
        reply.apply(ev.Finished("STOP"))
        reply.apply(ev.Ended("complete", None))
    turn.commit(reply)
    return reply


def prompts(turns):
    return [turn.prompt.parts[0].text for turn in turns]


def ask(session, text, cell=None, run="1", **options):
    settings = Settings(tries=1, **{k: options.pop(k) for k in ("rerun", "max_turns") if k in options})
    origin = Origin(cell, run) if cell else Origin()
    return session.ask(text, Options(**options), settings, NoView(), origin)


def sent(emulator):
    return [c["parts"][0]["text"] for c in emulator.bodies[-1]["contents"] if c["role"] == "user"]
