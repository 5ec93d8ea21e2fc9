"""Plain google-genai code through a cassette: recorded once, replayed without key and network."""

from __future__ import annotations

import asyncio
import os
import socket

import pytest
from google import genai
from google.genai import _api_client, errors

from gemini_magic.emulator import ScriptedReply
from gemini_magic.errors import CassetteError, NoApiKey, NotRecorded
from gemini_magic.runtime.keys.found import PLACEHOLDER_KEY
from gemini_magic.transports.http_library import httpx
from tests.support.sdk_code import MODEL, texts
from tests.support.service import KEY

LIBRARIES = ("httpx2", "httpx")


@pytest.fixture(params=LIBRARIES)
def library(request, monkeypatch):
    pytest.importorskip(request.param)
    monkeypatch.setenv("GOOGLE_GENAI_HTTP_CLIENT", request.param)


@pytest.fixture
def unplug(server, monkeypatch):
    """Takes key and network away."""

    def unplug():
        monkeypatch.delenv("GEMINI_API_KEY")
        monkeypatch.delenv("GOOGLE_GEMINI_BASE_URL")

        def refuse(*_):
            raise AssertionError("the network was touched")

        for name in ("connect", "connect_ex", "sendto"):
            monkeypatch.setattr(socket.socket, name, refuse)
        monkeypatch.setattr(socket, "getaddrinfo", refuse)
        monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", refuse)

    return unplug


def ask_sync():
    client = genai.Client()
    chat = client.chats.create(model=MODEL)
    return [
        client.models.generate_content(model=MODEL, contents="one").text,
        texts(client.models.generate_content_stream(model=MODEL, contents="two")),
        chat.send_message("three").text,
        texts(chat.send_message_stream("four")),
        client.models.count_tokens(model=MODEL, contents="five").total_tokens,
        [model.name for model in client.models.list()],
    ]


async def ask_async():
    client = genai.Client().aio
    chat = client.chats.create(model=MODEL)
    stream = await client.models.generate_content_stream(model=MODEL, contents="two")
    return [
        (await client.models.generate_content(model=MODEL, contents="one")).text,
        [chunk.text async for chunk in stream],
        (await chat.send_message("three")).text,
        [chunk.text async for chunk in await chat.send_message_stream("four")],
        (await client.models.count_tokens(model=MODEL, contents="five")).total_tokens,
        [model.name async for model in await client.models.list()],
    ]


def test_what_is_recorded_replays_without_key_and_network(sdk_tape, server, library, unplug):
    sdk_tape.on("record")
    recorded = ask_sync()
    asked = len(server.exchanges)
    unplug()
    cassette = sdk_tape.on("replay")
    assert ask_sync() == recorded
    assert (len(server.exchanges), len(cassette.used)) == (asked, 6)


def test_async_code_records_and_replays_too(sdk_tape, server, library, unplug):
    sdk_tape.on("record")
    recorded = asyncio.run(ask_async())
    asked = len(server.exchanges)
    # An asyncio loop of another thread needs no network, and pytest's own none of its sockets.
    unplug()
    sdk_tape.on("replay")
    assert asyncio.run(ask_async()) == recorded
    # Sync and async ask the same.
    assert ask_sync() == recorded
    assert len(server.exchanges) == asked


def test_a_client_that_was_made_before_is_taken_too(sdk_tape, server):
    client = genai.Client()
    cassette = sdk_tape.on("record")
    text = client.models.generate_content(model=MODEL, contents="one").text
    assert asyncio.run(client.aio.models.generate_content(model=MODEL, contents="one")).text == text
    assert cassette.recorded == 2


def test_a_refusal_is_recorded_as_the_sdk_raises_it(sdk_tape, server):
    def fail():
        with pytest.raises(errors.ClientError) as caught:
            sdk_tape.client().models.generate_content(model="gemini-3.8-flesh", contents="one")
        with pytest.raises(errors.ClientError):
            texts(sdk_tape.client().models.generate_content_stream(model="gemini-3.8-flesh", contents="one"))
        return caught.value.code, caught.value.message

    sdk_tape.on("record")
    recorded = fail()
    asked = len(server.exchanges)
    sdk_tape.on("replay")
    assert fail() == recorded
    assert len(server.exchanges) == asked


def test_a_miss_is_one_error_that_names_the_nearest_prompt(sdk_tape, server):
    sdk_tape.on("record")
    sdk_tape.client().models.generate_content(model=MODEL, contents="Name three colours.")
    sdk_tape.on("replay")
    with pytest.raises(NotRecorded, match=r"no reply to 'Name four colours\.'.*\[-three-\] \{\+four\+\}"):
        sdk_tape.client().models.generate_content(model=MODEL, contents="Name four colours.")
    with pytest.raises(NotRecorded):
        asyncio.run(sdk_tape.client().aio.models.generate_content(model=MODEL, contents="Name four colours."))


def test_what_the_sdk_tries_again_has_one_recording(sdk_tape, server, emulator):
    busy = {"error": {"code": 503, "message": "busy", "status": "UNAVAILABLE"}}
    emulator.script += [ScriptedReply(status=503, body=busy), ScriptedReply(pieces=("fine",))]
    options = {"retry_options": {"attempts": 2, "initial_delay": 0.0, "jitter": 0.0, "max_delay": 0.0}}

    def ask():
        return sdk_tape.client(http_options=options).models.generate_content(model=MODEL, contents="x").text

    sdk_tape.on("auto")
    assert ask() == "fine"
    sdk_tape.on("auto")
    assert ask() == "fine"
    assert len(server.exchanges) == 2


def test_afterwards_everything_is_as_before(sdk_tape, server, monkeypatch):
    def state():
        found = [httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request]
        return [*found, _api_client.has_aiohttp, dict(os.environ)]

    for before in (KEY, "", None):
        monkeypatch.delenv("GEMINI_API_KEY", raising=False)
        if before is not None:
            monkeypatch.setenv("GEMINI_API_KEY", before)
        expected = state()
        sdk_tape.on("replay")
        assert state() != expected
        assert os.environ["GEMINI_API_KEY"] == (before or PLACEHOLDER_KEY)
        sdk_tape.off()
        assert state() == expected
    sdk_tape.on("replay")
    os.environ["GEMINI_API_KEY"] = "set by the user"
    sdk_tape.off()
    assert os.environ["GEMINI_API_KEY"] == "set by the user"
    sdk_tape.on("live")
    sdk_tape.playback = None
    assert sdk_tape.client().models.generate_content(model=MODEL, contents="one").text
    assert len(server.exchanges) == 1
    assert not sdk_tape.path.exists()


def test_other_code_is_let_through(sdk_tape, server):
    sdk_tape.on("replay")
    assert httpx.get(server.url + "/v1beta/models").status_code == 200
    assert (
        httpx.get(server.url + "/v1beta/models", headers={"x-goog-api-client": "gl-python"}).status_code
        == 200
    )


def test_a_key_in_a_prompt_is_not_sent_and_what_is_lost_is_said(sdk_tape, server, emulator):
    sdk_tape.on("record")
    with pytest.raises(CassetteError, match="not asked: the prompt has what looks like an API key"):
        sdk_tape.client().models.generate_content(model=MODEL, contents=f"is {KEY} good?")
    assert not server.exchanges
    emulator.script.append(ScriptedReply(pieces=(f"I found {KEY}",)))
    with pytest.warns(UserWarning, match=r"not recorded in sdk\.gemini\.jsonl"):
        assert "found" in sdk_tape.client().models.generate_content(model=MODEL, contents="x").text
    assert not sdk_tape.path.exists()


@pytest.mark.parametrize("mode", ["auto", "record"])
def test_the_placeholder_is_never_sent_for_a_key(sdk_tape, server, emulator, monkeypatch, tmp_path, mode):
    """Where the key is somewhere the SDK does not look, it is taken from there; else nothing is sent."""
    monkeypatch.delenv("GEMINI_API_KEY")
    server.emulator._key = KEY
    sdk_tape.on(mode)
    client = sdk_tape.client()
    with pytest.raises(NoApiKey):
        client.models.generate_content(model=MODEL, contents="one")
    assert not server.exchanges
    (tmp_path / ".env").write_text(f"GEMINI_API_KEY={KEY}\n")
    monkeypatch.chdir(tmp_path)
    assert client.models.generate_content(model=MODEL, contents="one").text
    sdk_tape.playback = None
    assert texts(client.models.generate_content_stream(model=MODEL, contents="live"))
    assert KEY not in sdk_tape.path.read_text()
