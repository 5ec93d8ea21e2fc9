"""Errors and replies that stand in a stream without being an event of it."""

from __future__ import annotations

import json

import pytest

from gemini_magic import errors
from gemini_magic.emulator import ScriptedReply
from gemini_magic.transports.sse_decoder import SseDecoder
from gemini_magic.transports.stray_lines import StrayLines
from tests.support.asking import ask

ERROR = {"error": {"code": 503, "message": "overloaded {now}", "status": "UNAVAILABLE"}}
HALF = {"candidates": [{"content": {"parts": [{"text": "half"}]}}]}
THOUGHT = {"candidates": [{"content": {"parts": [{"text": "hm", "thought": True}]}}]}
END = {"candidates": [{"content": {"parts": [{"text": "end"}]}, "finishReason": "STOP"}]}


def stream(*bodies):
    """Events as they should be; a text stands as it is."""
    return "".join(b if isinstance(b, str) else f"data: {json.dumps(b)}\r\n\r\n" for b in bodies)


BARE = [
    json.dumps(ERROR),
    json.dumps(ERROR) + "\n",
    json.dumps(ERROR, indent=2) + "\r\n",
    json.dumps([ERROR], indent=2),
    f"[{json.dumps(ERROR)}\n]\n",
]


@pytest.mark.parametrize("bare", BARE)
@pytest.mark.parametrize("before", [(HALF,), (HALF, END), (END,)])
def test_an_error_after_events_is_that_error(session, server, emulator, bare, before):
    """Also after the event with STOP: else half an answer would pass for all of it."""
    emulator.script.append(ScriptedReply(raw=stream(*before, bare)))
    with pytest.raises(errors.StreamBroken, match="overloaded"):
        ask(session)
    assert session.last.text in {"half", "halfend", "end"}
    assert session.last.state == "failed"


@pytest.mark.parametrize("bare", BARE)
@pytest.mark.parametrize("before", [(), (THOUGHT,)])
def test_an_error_before_the_text_is_tried_again(session, server, emulator, bare, before):
    emulator.script.append(ScriptedReply(raw=stream(*before, bare)))
    emulator.script.append(ScriptedReply(pieces=("well",)))
    reply = ask(session, tries=2)
    assert (reply.text, reply.notes) == ("well", ("after 2 tries",))


@pytest.mark.parametrize("split", [1, 7, 1000])
def test_a_bare_error_is_found_as_soon_as_it_is_whole(split):
    decoder, found = SseDecoder(), []
    data = (stream(HALF) + json.dumps(ERROR, indent=2) + "\n").encode()
    for at in range(0, len(data), split):
        found += decoder.feed(data[at : at + split])
    assert [json.loads(one) for one in found] == [HALF, ERROR]


def test_replies_without_data_before_them_are_taken(session, server, emulator):
    emulator.script.append(ScriptedReply(raw=f"{json.dumps(HALF)}\n{json.dumps(END)}\n"))
    assert ask(session).text == "halfend"


def test_stray_lines_are_no_errors(session, server, emulator):
    emulator.script.append(ScriptedReply(raw=stream("hello\n", END, "{}\n", '{"ok": true}\n', "}\n")))
    assert ask(session).text == "end"


def test_hostile_lines_take_neither_memory_nor_time():
    lines, parsed = StrayLines(), 0
    for _ in range(100_000):
        parsed += lines.add('{"x": [') is not None
        parsed += lines.add("}") is not None
    assert parsed == 0
    assert sum(map(len, lines.lines)) < 70_000


@pytest.mark.parametrize(
    "bare",
    [
        f"data: [{json.dumps(ERROR)}]\n\n",
        f"junk\n{json.dumps([ERROR], indent=1)}\n",
        f"junk\n  {json.dumps(ERROR)}\n",
        f"error: {json.dumps(ERROR)}\n",
        f" data: {json.dumps(ERROR)}\n",
        f"{json.dumps(END)}{json.dumps(ERROR)}\n",
        "junk\n" * 20_000 + json.dumps(ERROR) + "\n",
    ],
    ids=range(7),
)
def test_an_error_in_other_company_is_found(session, server, emulator, bare):
    emulator.script.append(ScriptedReply(raw=stream(HALF, bare)))
    with pytest.raises(errors.StreamBroken, match="overloaded"):
        ask(session)


@pytest.mark.parametrize("nothing", [False, {}, "", 0, None])
def test_an_error_that_says_nothing_is_none(session, server, emulator, nothing):
    emulator.script.append(ScriptedReply(raw=stream({**END, "error": nothing})))
    assert ask(session).text == "end"
