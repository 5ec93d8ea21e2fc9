"""What a reply has beside its text, in a few words."""

from __future__ import annotations

import pytest

from gemini_magic.errors import ReplyStopped
from gemini_magic.replies import events as ev
from gemini_magic.replies.decoding import decode
from gemini_magic.replies.extras.drawn import extras_bundle, extras_line, extras_markdown
from gemini_magic.replies.reply import Reply
from gemini_magic.replies.reply_end import find_fault
from gemini_magic.views.usage_line import usage_line
from tests.support.parts import chunk


def reply_of(*chunks, reason="STOP"):
    reply = Reply("m")
    for one in (*chunks, chunk(finishReason=reason)):
        for event in decode(one):
            reply.apply(event)
    reply.apply(ev.Ended("complete", 1.0))
    return reply


def line_of(*parts, **candidate):
    return extras_line(reply_of(chunk(*parts, **candidate)).extras)


def call(name=None, args=None, **more):
    given = {"name": name, "args": args} | more
    return {"functionCall": {field: value for field, value in given.items() if value is not None}}


@pytest.mark.parametrize(
    ("part", "line"),
    [
        (call("get_weather", {"city": "Paris"}), "function call get_weather(city='Paris')"),
        (call("now"), "function call now()"),
        (
            call("f", {"a": {"b": [1, None, True]}, "c": 1.5}),
            "function call f(a={'b': [1, None, True]}, c=1.5)",
        ),
        ({"functionResponse": {"name": "now", "response": {}}}, "function result now"),
        ({"inlineData": {"mimeType": "image/png", "data": "AAAA" * 400_000}}, "image, 1.2 MB image/png"),
        ({"inlineData": {"mimeType": "audio/wav", "data": "A" * 16_000}}, "audio, 12 kB audio/wav"),
        ({"inlineData": {"mimeType": "text/csv", "data": "QQ=="}}, "data, 1 byte text/csv"),
        ({"fileData": {"mimeType": "video/mp4", "fileUri": "x:y"}}, "file, video/mp4 x:y"),
        ({"executableCode": {"language": "PYTHON", "code": "a\n" * 12}}, "Python code, 12 lines"),
        ({"executableCode": {"language": 1, "code": "a"}}, "code, 1 line"),
        ({"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1\n"}}, "code result, 1 line"),
        ({"codeExecutionResult": {"outcome": 2}}, "code result, failed, no lines"),
        ({"toolCall": {"toolType": "SEARCH", "args": {"q": ["x"]}}}, "tool call SEARCH(q=['x'])"),
        ({"toolResponse": {"toolType": "SEARCH"}}, "tool result SEARCH"),
        ({"brandNew": {"x": 1}}, "part of another kind: brand new"),
        ({"inlineData": {"mimeType": "image/png"}, "thought": True}, "thought: image, 0 bytes image/png"),
        ({"text": "a", "brandNew": 1}, ""),
        ({"text": "", "thoughtSignature": "AA=="}, ""),
    ],
)
def test_a_part_in_a_few_words(part, line):
    assert line_of(part) == line


def test_a_call_that_came_in_pieces_is_one():
    pieces = [
        call("read"),
        call("cook", willContinue=True),
        call(
            partialArgs=[{"jsonPath": "$.dish", "stringValue": "soup ", "willContinue": True}],
            willContinue=True,
        ),
        call(partialArgs=[{"jsonPath": "$.dish", "stringValue": "of day"}], willContinue=True),
        call(partialArgs=[{"jsonPath": "$.for", "numberValue": 2}], willContinue=True),
        {"functionCall": {}},
        call("bake", {"what": "bread"}, willContinue=True),
        {"inlineData": {"mimeType": "image/png"}},
        call(partialArgs=[{"jsonPath": "$.at", "numberValue": 200}]),
        call("serve", willContinue=True),
    ]
    reply = reply_of(*map(chunk, pieces))
    assert [extra.detail for extra in reply.extras] == [
        "read()",
        "cook(dish='soup of day', for=2)",
        "",
        "bake(what='bread', at=200)",
        "serve()",
    ]


def test_sources_are_named():
    chunks = [{"web": {"title": "sa.gov", "uri": "u"}}, {"retrievedContext": {"uri": "file.pdf"}}]
    line = line_of(
        {"text": "a"},
        groundingMetadata={"groundingChunks": chunks},
        citationMetadata={"citations": [{"uri": "b.example"}]},
        urlContextMetadata={"urlMetadata": [{"retrievedUrl": "c.example"}] * 2},
    )
    assert line == "2 sources: sa.gov, file.pdf · 1 citation: b.example · 2 pages read: c.example"


def test_sources_without_a_name_are_counted():
    assert line_of({"text": "a"}, citationMetadata={"citations": [{}]}) == "1 citation"


@pytest.mark.parametrize(
    ("part", "said"),
    [(call("f"), "what has come is kept"), ({"text": "a"}, "the text so far is kept")],
)
def test_a_stopped_reply_says_what_is_kept(part, said):
    assert str(ReplyStopped(reply_of(chunk(part)))) == f"stopped; {said}"


def test_a_line_has_a_bound():
    line = line_of(*[call("f", {"x": "y" * 10_000, **{f"n{n}": n for n in range(99)}})] * 50)
    assert line.endswith(" · and 42 more")
    assert len(line) < 2000


@pytest.mark.parametrize(
    "odd",
    [None, 5, "x", [1], {"name": 5, "args": 5, "data": 5, "code": 5, "mimeType": [], "partialArgs": {}}],
)
@pytest.mark.parametrize("kind", ["functionCall", "inlineData", "executableCode", "toolCall", "fileData"])
def test_odd_shapes_are_said_all_the_same(kind, odd):
    assert isinstance(
        line_of({kind: odd}, {"functionCall": {"partialArgs": [odd], "willContinue": True}}), str
    )
    hostile = {"groundingChunks": [odd, {"web": odd}], "citations": [odd], "urlMetadata": [odd]}
    names = ("groundingMetadata", "citationMetadata", "urlContextMetadata")
    assert isinstance(line_of(**dict.fromkeys(names, hostile)), str)


HOSTILE = "`</code><img src=x onerror=alert(1)> $x$ [a](javascript:b) \n\n# h\u202e ``"


def test_words_of_others_are_code_and_nothing_else():
    parts = [call(HOSTILE, {HOSTILE: HOSTILE}), {"inlineData": {"mimeType": HOSTILE, "data": "AA"}}]
    parts += [{HOSTILE: 1}, {"executableCode": {"language": HOSTILE, "code": ""}}]
    reply = reply_of(chunk(*parts, groundingMetadata={"groundingChunks": [{"web": {"title": HOSTILE}}]}))
    bundle = extras_bundle(reply.extras)
    assert "<img" not in bundle["text/html"]
    assert "<a " not in bundle["text/html"]
    assert bundle["text/html"].count("<code>") == bundle["text/html"].count("</code>") == 2
    assert bundle["text/html"].count("<p") == 1
    assert "\u202e" not in bundle["text/plain"] + repr(reply)
    assert "\n" not in bundle["text/plain"] + extras_markdown(reply.extras) + repr(reply)


def test_the_repr_and_the_drawn_value_say_it():
    reply = reply_of(chunk(call("f", {"x": 1})))
    assert repr(reply) == "<Reply complete, m: 0 characters; function call f(x=1)>"
    assert reply._repr_mimebundle_() == {
        "text/html": "<small><p>function call <code>f(x=1)</code></p>\n</small>\n"
    }
    both = reply_of(chunk({"text": "Let me see."}, call("f")))._repr_mimebundle_()["text/html"]
    assert both == "<p>Let me see.</p>\n<small><p>function call <code>f()</code></p>\n</small>\n"


@pytest.mark.parametrize("reason", ["STOP", "TOOL_CALL", "TOOL_CALLS", "tool_calls", "FUNCTION_CALL"])
def test_a_call_is_an_ordinary_end(reason):
    assert reply_of(chunk(call("f")), reason=reason).notes == ()


@pytest.mark.parametrize("reason", ["UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS", "MALFORMED_FUNCTION_CALL"])
def test_an_odd_end_of_calls_is_a_note_and_no_failure(reason):
    reply = reply_of(chunk(call("f")), reason=reason)
    assert find_fault(reply) is None
    assert reason in usage_line(reply)
