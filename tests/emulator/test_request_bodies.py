"""Whatever JSON a client sends, it gets an answer, or an error as the API writes it."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_magic.emulator import Emulator, EmulatorServer
from gemini_magic.emulator.request_body import LARGEST_BODY
from gemini_magic.models import DEFAULT_MODEL
from gemini_magic.transports.emulator import EmulatorTransport
from gemini_magic.transports.http_library import httpx

BODY = {"contents": [{"role": "user", "parts": [{"text": "hello"}]}]}
TARGETS = [
    f"/v1/models/{DEFAULT_MODEL}:{verb}"
    for verb in ("generateContent", "streamGenerateContent?alt=sse", "countTokens")
]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def shaped(**members):
    """Objects that have some of these members, mostly as they ought to be, sometimes as anything."""
    mostly = {name: st.one_of(*[kind] * 7, JSON) for name, kind in members.items()}
    return st.fixed_dictionaries({}, optional=mostly)


CONTENT = shaped(role=st.sampled_from(["user", "model"]), parts=st.lists(shaped(text=st.text()), max_size=3))
CONFIG = shaped(
    maxOutputTokens=st.integers(-2, 50) | st.floats(),
    thinkingConfig=shaped(includeThoughts=st.booleans(), include_thoughts=st.booleans()),
)
CONTENTS = st.lists(CONTENT, min_size=1, max_size=3)
BODIES = st.one_of(
    JSON,
    shaped(contents=CONTENTS, systemInstruction=CONTENT, generationConfig=CONFIG),
    st.fixed_dictionaries({"contents": CONTENTS}, optional={"generationConfig": CONFIG}),
)


def assert_is_an_answer(status, content_type, data):
    if status == 200 and content_type == "text/event-stream":
        events = data.decode().removesuffix("\r\n\r\n").split("\r\n\r\n")
        assert all("candidates" in json.loads(event.removeprefix("data: ")) for event in events)
    elif status == 200:
        assert {"candidates", "totalTokens"} & json.loads(data).keys()
    else:
        error = json.loads(data)["error"]
        assert (status, error["code"], error["status"]) == (400, 400, "INVALID_ARGUMENT")


@pytest.fixture(scope="module")
def http():
    with EmulatorServer(Emulator(pace=0)) as server, httpx.Client(base_url=server.url, timeout=30) as client:
        yield client


def ask_transport(target, content):
    async def ask():
        transport = EmulatorTransport(Emulator(pace=0))
        async with httpx.AsyncClient(base_url="http://emulator", transport=transport) as client:
            return await client.post(target, content=content)

    return asyncio.run(ask())


@given(st.sampled_from(TARGETS), BODIES)
def test_any_json_is_answered(http, target, body):
    response = http.post(target, content=json.dumps(body))
    assert_is_an_answer(response.status_code, response.headers["content-type"], response.content)


@given(st.sampled_from(TARGETS), BODIES.map(json.dumps).map(str.encode) | st.binary(max_size=50))
def test_any_body_is_answered_below_the_sdk(target, body):
    response = ask_transport(target, body)
    assert_is_an_answer(response.status_code, response.headers["content-type"], response.content)


def with_config(**config):
    return BODY | {"generationConfig": config}


def saying(text):
    return {"contents": [{"parts": [{"text": text}]}]}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"contents": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested"),
        (b'{"contents": ' + b'{"a":' * 100 + b"1" + b"}" * 101, "nested"),
        (b'{"contents": [{"parts": [{"text": "\xff"}]}]}', "utf-8"),
        (json.dumps(BODY).encode("utf-16"), "utf-8"),
        (with_config(temperature=float("nan")), "NaN"),
        (b'{"contents": [1e999]}', "1e999"),
        (saying("half a \ud83d character"), "half of a surrogate pair"),
        ([BODY], "not an object"),
        (BODY | {"generationConfig": []}, "generationConfig is"),
        (with_config(thinkingConfig=5), "generationConfig.thinkingConfig is"),
        (with_config(thinkingConfig={"includeThoughts": "x"}), "thinkingConfig.includeThoughts is"),
        (with_config(thinkingConfig={"include_thoughts": 1}), "thinkingConfig.include_thoughts is"),
        *(
            (with_config(maxOutputTokens=limit), "generationConfig.maxOutputTokens is")
            for limit in ("x", True, -1, 0, 1.5, 1e308, 2**31, [])
        ),
        (BODY | {"systemInstruction": "x"}, "systemInstruction is"),
        (BODY | {"systemInstruction": []}, "systemInstruction is"),
        (BODY | {"systemInstruction": {"parts": [5]}}, "systemInstruction.parts[0] is"),
        ({"contents": BODY["contents"][0]}, "contents is"),
        ({"contents": [None]}, "contents[0] is"),
        ({"contents": [{"role": 5}]}, "contents[0].role is"),
        ({"contents": [{"parts": {}}]}, "contents[0].parts is"),
        ({"contents": [*BODY["contents"], {"parts": [{"text": 5}]}]}, "contents[1].parts[0].text is"),
    ],
)
def test_what_is_wrong_is_named(http, body, says):
    content = body if isinstance(body, bytes) else json.dumps(body)
    for target in TARGETS:
        response = http.post(target, content=content)
        assert response.status_code == 400
        assert_is_an_answer(400, "", response.content)
        assert response.json()["error"]["message"].startswith("Invalid JSON payload received. ")
        assert says in response.json()["error"]["message"]
        assert ask_transport(target, content).json() == response.json()


@pytest.mark.parametrize(
    "body",
    [
        BODY | {"systemInstruction": None, "generationConfig": None},
        with_config(maxOutputTokens=None, thinkingConfig=None),
        with_config(maxOutputTokens=7.0, thinkingConfig={"includeThoughts": None}),
        {"contents": [{"role": None, "parts": None}, {"parts": [{"text": None, "functionCall": {}}]}]},
        saying("a whole \ud83d\ude00 character"),
    ],
)
def test_what_the_api_takes_is_answered(http, body):
    assert [http.post(target, content=json.dumps(body)).status_code for target in TARGETS] == [200] * 3


def test_a_body_beyond_the_limit_is_refused_below_the_sdk():
    refused = ask_transport(TARGETS[0], b" " * (LARGEST_BODY + 1))
    assert refused.status_code == 413
    assert refused.json()["error"]["code"] == 413
