"""The emulator speaks the API's wire format, inside the process and over loopback."""

from __future__ import annotations

import json

import pytest

from gemini_magic.emulator import Emulator, EmulatorServer, ScriptedReply
from gemini_magic.emulator.emulator import SCRIPT_HEADER
from gemini_magic.models import DEFAULT_MODEL, KNOWN_MODELS
from gemini_magic.transports.http_library import httpx

BODY = {"contents": [{"role": "user", "parts": [{"text": "Explain *attention*."}]}]}


@pytest.fixture
def http(server):
    with httpx.Client(base_url=f"{server.url}/v1", timeout=10) as client:
        yield client


def generate(http, verb="streamGenerateContent?alt=sse", model=DEFAULT_MODEL, body=BODY):
    return http.post(f"/models/{model}:{verb}", json=body)


def events_of(response):
    assert response.text.endswith("\r\n\r\n")
    return [json.loads(event.removeprefix("data: ")) for event in response.text.strip().split("\r\n\r\n")]


def text_of(events):
    return "".join(event["candidates"][0]["content"]["parts"][0]["text"] for event in events)


def test_a_stream_in_wire_format(http):
    response = generate(http)
    assert response.headers["content-type"] == "text/event-stream"
    events = events_of(response)
    assert len(events) >= 5
    totals = [event["usageMetadata"]["totalTokenCount"] for event in events]
    assert totals == sorted(set(totals))
    assert ["finishReason" in event["candidates"][0] for event in events] == [False] * (len(events) - 1) + [
        True
    ]
    text = text_of(events)
    assert "offline emulator, not Gemini" in text
    assert r"\*attention\*" in text
    assert {event["modelVersion"] for event in events} == {"offline-emulator"}


def test_it_is_deterministic(http):
    assert generate(http).content == generate(http).content


def test_whole_replies_models_and_tokens(http):
    whole = generate(http, "generateContent").json()
    assert whole["candidates"][0]["finishReason"] == "STOP"
    assert whole["usageMetadata"] == events_of(generate(http))[-1]["usageMetadata"]
    assert "not Gemini" in "".join(p["text"] for p in whole["candidates"][0]["content"]["parts"])
    names = [model["name"] for model in http.get("/models").json()["models"]]
    assert names == [f"models/{name}" for name in KNOWN_MODELS]
    assert http.get(f"/models/{DEFAULT_MODEL}").json()["name"] == f"models/{DEFAULT_MODEL}"
    assert generate(http, "countTokens").json() == {"totalTokens": 5}


def test_it_remembers_as_the_api_would_and_keeps_max_tokens(http):
    body = {
        "contents": [
            {"role": "user", "parts": [{"text": "first question"}]},
            {"role": "model", "parts": [{"text": "an answer"}]},
            *BODY["contents"],
        ],
        "systemInstruction": {"parts": [{"text": "be terse"}]},
    }
    text = text_of(events_of(generate(http, body=body)))
    assert "1. first question" in text
    assert "> be terse" in text
    body["generationConfig"] = {"maxOutputTokens": 3}
    last = events_of(generate(http, body=body))[-1]
    assert last["candidates"][0]["finishReason"] == "MAX_TOKENS"
    assert last["usageMetadata"]["candidatesTokenCount"] == 3


@pytest.mark.parametrize(
    ("request_of", "status", "says"),
    [
        (lambda http: generate(http, model="gemini-0"), 404, "models/gemini-0 is not found"),
        (lambda http: generate(http, body={}), 400, "contents is not specified"),
        (
            lambda http: http.post(f"/models/{DEFAULT_MODEL}:generateContent", content=b"{"),
            400,
            "Invalid JSON",
        ),
        (lambda http: generate(http, "embedContent"), 404, "not part of the offline emulator"),
        (lambda http: generate(http, body={"contents": "hi"}), 400, "Invalid JSON payload"),
        (lambda http: generate(http, body={"contents": [{"parts": "x"}]}), 400, "Invalid JSON payload"),
        (lambda http: generate(http, body={"contents": [{"parts": [{"text": 5}]}]}), 400, "Invalid JSON"),
        (lambda http: http.get("/nothing"), 404, "not part of this API"),
    ],
)
def test_refusals_in_wire_format(http, request_of, status, says):
    response = request_of(http)
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (status, status)
    assert says in error["message"]


def test_only_its_key_is_accepted():
    with EmulatorServer(Emulator(key="right", pace=0)) as server:
        url = f"{server.url}/v1/models"
        assert httpx.get(url, headers={"x-goog-api-key": "right"}).status_code == 200
        refused = httpx.get(url, headers={"x-goog-api-key": "wrong"})
        assert refused.status_code == 400
        assert refused.json()["error"]["details"][0]["reason"] == "API_KEY_INVALID"


def test_scripted_replies_come_first(http, emulator):
    raw = {"candidates": [{"content": {"parts": [{"text": "raw"}]}}]}
    emulator.script.append(ScriptedReply(pieces=("a ", "b", raw), model="gemini-x", finish_reason="SAFETY"))
    events = events_of(generate(http))
    assert events[-1] == raw
    assert events[0]["modelVersion"] == "gemini-x"
    assert events[1]["candidates"][0]["finishReason"] == "SAFETY"
    assert "not Gemini" in generate(http).text


def test_the_server_notices_when_a_client_goes_away(server, emulator):
    emulator.script.append(ScriptedReply(pieces=("one", "two"), pause_s=60))
    with httpx.Client() as client:
        url = f"{server.url}/v1/models/{DEFAULT_MODEL}:streamGenerateContent"
        with client.stream("POST", url, json=BODY) as response:
            assert b"one" in next(response.iter_raw())
    [exchange] = server.exchanges
    assert exchange.ended.wait(10)
    assert (exchange.outcome, exchange.sent) == ("disconnected", 1)


def test_a_request_can_script_its_own_answer(http):
    headers = {SCRIPT_HEADER: json.dumps({"pieces": ["one ", "two"], "fault": "truncate", "after": 1})}
    url = f"/models/{DEFAULT_MODEL}:streamGenerateContent?alt=sse"
    assert text_of(events_of(http.post(url, json=BODY, headers=headers))) == "one "
    refused = http.post(url, json=BODY, headers={SCRIPT_HEADER: '{"fualt": "reset"}'})
    assert refused.status_code == 400
    assert "has no fualt" in refused.json()["error"]["message"]
