"""Whatever a service answers, no output in any `%xmode` has the key, and no error has the SDK's behind it."""

from __future__ import annotations

import json
import random

import pytest

from gemini_magic.errors import GeminiError
from tests.support.fuzz import FUZZ_FACTOR, FUZZ_SEED
from tests.support.one_answer import one_answer
from tests.support.service import KEY

MODES = ("Plain", "Context", "Verbose", "Minimal", "Docs")
STATUSES = (200, 201, 204, 302, 400, 401, 403, 404, 408, 429, 431, 500, 503, 599, 999)
HEADERS = [
    b"Retry-After: Fri, 31 Dec 99999999999999999999 23:59:59 GMT",
    b"Retry-After: Fri, 31 Dec 9999 23:59:59 -2400",
    b"Retry-After: " + b"9" * 400,
    b"Retry-After: \xb2",
    b"Retry-After: -1",
    b"Location: http://127.0.0.1:1/",
    b"Content-Type: text/html; charset=nonsense",
    b"Content-Type: \xff",
    b"Content-Encoding: gzip",
    b"Set-Cookie: a=\xff",
    b"X-Key: " + KEY.encode(),
]


def deep(levels):
    return b"[" * levels + b"]" * levels


def error(**fields):
    fields = {"code": 429, "message": f"quota of {KEY}; wait", "status": "RESOURCE_EXHAUSTED", **fields}
    return json.dumps({"error": fields}).encode()


BODIES = [
    b"",
    b"null",
    b"[]",
    b"5",
    KEY.encode(),
    f"<html>{KEY}</html>".encode(),
    deep(700),
    deep(100_000),
    b'{"error": {"code": 429, "details": ' + deep(700) + b"}}",
    b'{"error": {"code": 429, "details": ' + deep(90) + b"}}",
    error(),
    error(code="429"),
    error(code="9" * 400),
    error(code=10**300),
    error(code="\u00b2"),
    error(code=None, message=None),
    error(message=[KEY], status={"a": KEY}),
    error(details="x"),
    error(details=[{"retryDelay": "9" * 400 + "s"}, {"retryDelay": "1e5s"}, {"retryDelay": 5}]),
    error(details=[{"reason": ["API_KEY_INVALID"], "quotaId": KEY, "detail": KEY}]),
    error(code=404, message=f"models/{KEY} is not found"),
    b'{"candidates": [{"content": {"parts": [{"text": "' + KEY.encode() + b'"}]}}]}',
    b"\xff\xfe\x00{",
]


def cases():
    """Every header, body and status at least once, in combinations that the seed draws."""
    draw = random.Random(FUZZ_SEED)
    number = max(len(STATUSES), len(HEADERS), len(BODIES)) * 6 * FUZZ_FACTOR
    columns = [draw.sample(kind * (number // len(kind) + 1), number) for kind in (STATUSES, HEADERS, BODIES)]
    return list(zip(*columns, strict=True))


@pytest.fixture
def service(shell, monkeypatch):
    with one_answer() as service:
        monkeypatch.setenv("GEMINI_API_KEY", KEY)
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", service.url)
        shell.run_line_magic("config", "GeminiMagics.tries = 1")
        yield service


@pytest.mark.parametrize("flags", ["", "--no-stream", "--count"])
@pytest.mark.parametrize("mode", MODES)
def test_no_answer_brings_the_key_into_an_output(shell, service, capsys, mode, flags):
    shell.run_line_magic("xmode", mode)
    failed = 0
    for status, header, body in cases()[MODES.index(mode) :: len(MODES)]:
        # As an event, too, and in the middle of a stream.
        for data in (body, b'data: {"modelVersion": "m"}\n\ndata: ' + body + b"\n\n"):
            service.say(status, data, header)
            error = shell.run_cell(f"%gemini --view none {flags} hello").error_in_exec
            said = "".join(capsys.readouterr())
            assert KEY not in said, (status, header, body)
            assert error is None or isinstance(error, GeminiError), (status, header, body)
            assert error is None or (error.__cause__, error.__context__) == (None, None)
            assert error is None or not any(KEY in one for one in (str(error), *error.causes))
            failed += error is not None
    assert failed > 20


def test_a_fault_of_our_own_while_translating_is_one_line(shell, service, capsys, monkeypatch):
    from gemini_magic.service import error_translation

    def trip(*_args, **_options):
        raise RecursionError

    monkeypatch.setattr(error_translation, "explain_refusal", trip)
    shell.run_line_magic("xmode", "Verbose")
    service.say(400, error())
    caught = shell.run_cell("%gemini hello").error_in_exec
    assert str(caught).startswith("what was answered is no Gemini reply (RecursionError")
    assert caught.__context__ is None
    assert KEY not in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    "event",
    [
        {"candidates": [{"content": {"parts": [{"text": ""}]}, "finishReason": f"NEW {KEY}"}]},
        {"promptFeedback": {"blockReason": KEY, "safetyRatings": [{"category": KEY, "probability": "HIGH"}]}},
        {"candidates": [{"content": {"parts": [{"text": "x"}]}, "finishReason": KEY}], "modelVersion": KEY},
        {
            "candidates": [
                {
                    "content": {"parts": [{"text": "x"}]},
                    "finishReason": "STOP",
                    "groundingMetadata": {"groundingChunks": [{"web": {"title": KEY}}], KEY: KEY},
                }
            ],
            "responseId": KEY,
        },
    ],
    ids=["finish", "block", "model", "metadata"],
)
@pytest.mark.parametrize("key", [KEY, "of-another-shape-0123456789"])
def test_no_name_in_a_reply_shows_the_key(shell, service, capsys, monkeypatch, event, key):
    monkeypatch.setenv("GEMINI_API_KEY", key)
    service.say(200, f"data: {json.dumps(event).replace(KEY, key)}\n\n".encode())
    for command in (
        "%gemini hello",
        "%gemini_usage",
        "%gemini_log",
        "%gemini --debug",
        "_gemini",
        "_gemini.metadata",
    ):
        shell.run_cell(command)
    assert key not in "".join(capsys.readouterr())


@pytest.mark.parametrize("key", [KEY, "of-another-shape-0123456789"])
def test_a_key_that_is_cut_is_hidden_before(shell, service, capsys, monkeypatch, key):
    monkeypatch.setenv("GEMINI_API_KEY", key)
    for body in (b"x" * 60 + key.encode(), f"<p>{key}".encode(), b"x" * 380 + key.encode()):
        service.say(200, body, b"Content-Encoding: " + key.encode())
        shell.run_cell("%gemini hello")
        service.say(200, body)
        shell.run_cell("%gemini hello")
    assert key[:12] not in "".join(capsys.readouterr())
