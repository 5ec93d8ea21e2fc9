"""Plain google-genai code through a cassette: recorded once, replayed without key and network."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import socket
import threading

import httpx2
import pytest
from google import genai
from google.genai import _api_client, errors

from gemini_magic.cassettes.cassette import Cassette
from gemini_magic.cassettes.playback import Playback
from gemini_magic.cassettes.recording.sdk_hook import SdkHook
from gemini_magic.emulator import ScriptedReply
from gemini_magic.errors import CassetteError, NoApiKey, NotRecorded
from gemini_magic.runtime.api_keys import PLACEHOLDER_KEY
from gemini_magic.runtime.event_loop import BackgroundLoop
from tests.conftest import KEY, read_request

MODEL = "gemini-3.8-flash"
LIBRARIES = ("httpx2", "httpx")


class Tape:
    """Turns hooks on and off, as a kernel or a fixture does."""

    def __init__(self, path):
        self.path = path
        self.hooks = []
        self.clients = []

    def on(self, mode):
        self.off()
        loop = BackgroundLoop()
        self.playback = Playback(Cassette(self.path), mode)
        hook = SdkHook(loop, lambda: self.playback)
        self.hooks.append((hook, loop))
        hook.install()
        return self.playback.cassette

    def client(self, **options):
        """A client that lives as long: the SDK closes it when it is collected."""
        self.clients.append(genai.Client(**options))
        return self.clients[-1]

    def off(self):
        while self.hooks:
            hook, loop = self.hooks.pop()
            hook.uninstall()
            loop.close()


@pytest.fixture
def tape(tmp_path):
    tape = Tape(tmp_path / "sdk.gemini.jsonl")
    yield tape
    tape.off()


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


def texts(stream):
    return [chunk.text for chunk in stream]


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


def test_what_is_recorded_replays_without_key_and_network(tape, server, library, unplug):
    tape.on("record")
    recorded = ask_sync()
    asked = len(server.exchanges)
    unplug()
    cassette = tape.on("replay")
    assert ask_sync() == recorded
    assert (len(server.exchanges), len(cassette.used)) == (asked, 6)


def test_async_code_records_and_replays_too(tape, server, library, unplug):
    tape.on("record")
    recorded = asyncio.run(ask_async())
    asked = len(server.exchanges)
    # An asyncio loop of another thread needs no network, and pytest's own none of its sockets.
    unplug()
    tape.on("replay")
    assert asyncio.run(ask_async()) == recorded
    # Sync and async ask the same.
    assert ask_sync() == recorded
    assert len(server.exchanges) == asked


def test_a_client_that_was_made_before_is_taken_too(tape, server):
    client = genai.Client()
    cassette = tape.on("record")
    text = client.models.generate_content(model=MODEL, contents="one").text
    assert asyncio.run(client.aio.models.generate_content(model=MODEL, contents="one")).text == text
    assert cassette.recorded == 2


def test_a_refusal_is_recorded_as_the_sdk_raises_it(tape, server):
    def fail():
        with pytest.raises(errors.ClientError) as caught:
            tape.client().models.generate_content(model="gemini-3.8-flesh", contents="one")
        with pytest.raises(errors.ClientError):
            texts(tape.client().models.generate_content_stream(model="gemini-3.8-flesh", contents="one"))
        return caught.value.code, caught.value.message

    tape.on("record")
    recorded = fail()
    asked = len(server.exchanges)
    tape.on("replay")
    assert fail() == recorded
    assert len(server.exchanges) == asked


def test_a_miss_is_one_error_that_names_the_nearest_prompt(tape, server):
    tape.on("record")
    tape.client().models.generate_content(model=MODEL, contents="Name three colours.")
    tape.on("replay")
    with pytest.raises(NotRecorded, match=r"no reply to 'Name four colours\.'.*\[-three-\] \{\+four\+\}"):
        tape.client().models.generate_content(model=MODEL, contents="Name four colours.")
    with pytest.raises(NotRecorded):
        asyncio.run(tape.client().aio.models.generate_content(model=MODEL, contents="Name four colours."))


def test_what_the_sdk_tries_again_has_one_recording(tape, server, emulator):
    busy = {"error": {"code": 503, "message": "busy", "status": "UNAVAILABLE"}}
    emulator.script += [ScriptedReply(status=503, body=busy), ScriptedReply(pieces=("fine",))]
    options = {"retry_options": {"attempts": 2, "initial_delay": 0.0, "jitter": 0.0, "max_delay": 0.0}}

    def ask():
        return tape.client(http_options=options).models.generate_content(model=MODEL, contents="x").text

    tape.on("auto")
    assert ask() == "fine"
    tape.on("auto")
    assert ask() == "fine"
    assert len(server.exchanges) == 2


def test_who_reads_no_further_gets_that_far_again(tape, server, emulator):
    emulator.script.append(ScriptedReply(pieces=("a", "b", "c"), pause_s=30))
    tape.on("record")
    for chunk in tape.client().models.generate_content_stream(model=MODEL, contents="x"):
        assert chunk.text == "a"
        break
    gc.collect()
    tape.off()
    assert server.exchanges[0].ended.wait(10)
    tape.on("replay")
    assert texts(tape.client().models.generate_content_stream(model=MODEL, contents="x")) == ["a"]


def test_a_stream_that_is_still_open_ends_with_the_hook(tape, server, emulator):
    emulator.script.append(ScriptedReply(pieces=("a", "b", "c"), pause_s=30))
    tape.on("record")
    stream = tape.client().models.generate_content_stream(model=MODEL, contents="x")
    assert next(stream).text == "a"
    tape.off()
    assert server.exchanges[0].ended.wait(10)
    assert next(stream, None) is None
    assert len(Cassette(tape.path).recordings) == 1


def test_an_interrupt_ends_the_wait_and_keeps_what_came(tape, server, emulator):
    emulator.script.append(ScriptedReply(pieces=("a", "b"), pause_s=30))
    tape.on("record")
    stream = tape.client().models.generate_content_stream(model=MODEL, contents="x")
    assert next(stream).text == "a"
    timer = threading.Timer(0.2, signal.pthread_kill, [threading.main_thread().ident, signal.SIGINT])
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            next(stream)
    finally:
        signal.signal(signal.SIGINT, previous)
        timer.join()
    assert server.exchanges[0].ended.wait(10)
    assert server.exchanges[0].outcome == "disconnected"
    tape.off()
    tape.on("replay")
    assert texts(tape.client().models.generate_content_stream(model=MODEL, contents="x")) == ["a"]


def test_an_async_cancellation_ends_it_too(tape, server, emulator):
    emulator.script.append(ScriptedReply(pieces=("a", "b"), pause_s=30))
    tape.on("record")

    async def ask():
        stream = await tape.client().aio.models.generate_content_stream(model=MODEL, contents="x")
        first = await anext(stream)
        waiting = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return first.text

    assert asyncio.run(ask()) == "a"
    assert server.exchanges[0].ended.wait(10)


def test_streams_at_the_same_time_do_not_mix(tape, server, emulator):
    prompts = [f"prompt {number}" for number in range(8)]

    async def ask(client, prompt):
        stream = await client.models.generate_content_stream(model=MODEL, contents=prompt)
        return [chunk.text async for chunk in stream]

    async def ask_all():
        client = tape.client().aio
        return await asyncio.gather(*(ask(client, prompt) for prompt in prompts))

    def ask_in_threads():
        client, found = tape.client(), {}

        def ask_one(prompt):
            found[prompt] = texts(client.models.generate_content_stream(model=MODEL, contents=prompt))

        threads = [threading.Thread(target=ask_one, args=(prompt,)) for prompt in prompts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [found[prompt] for prompt in prompts]

    tape.on("record")
    recorded = asyncio.run(ask_all())
    assert len({tuple(reply) for reply in recorded}) == len(prompts)
    tape.on("replay")
    assert ask_in_threads() == recorded
    assert asyncio.run(ask_all()) == recorded
    tape.path.unlink()
    tape.on("record")
    assert ask_in_threads() == recorded
    for line in tape.path.read_text().splitlines():
        assert json.loads(line)
    assert len(Cassette(tape.path).recordings) == len(prompts)


def test_afterwards_everything_is_as_before(tape, server, monkeypatch):
    def state():
        found = [httpx2.HTTPTransport.handle_request, httpx2.AsyncHTTPTransport.handle_async_request]
        return [*found, _api_client.has_aiohttp, dict(os.environ)]

    for before in (KEY, "", None):
        monkeypatch.delenv("GEMINI_API_KEY", raising=False)
        if before is not None:
            monkeypatch.setenv("GEMINI_API_KEY", before)
        expected = state()
        tape.on("replay")
        assert state() != expected
        assert os.environ["GEMINI_API_KEY"] == (before or PLACEHOLDER_KEY)
        tape.off()
        assert state() == expected
    tape.on("replay")
    os.environ["GEMINI_API_KEY"] = "set by the user"
    tape.off()
    assert os.environ["GEMINI_API_KEY"] == "set by the user"
    tape.on("live")
    tape.playback = None
    assert tape.client().models.generate_content(model=MODEL, contents="one").text
    assert len(server.exchanges) == 1
    assert not tape.path.exists()


def test_other_code_is_let_through(tape, server):
    tape.on("replay")
    assert httpx2.get(server.url + "/v1beta/models").status_code == 200
    assert (
        httpx2.get(server.url + "/v1beta/models", headers={"x-goog-api-client": "gl-python"}).status_code
        == 200
    )


def test_a_key_in_a_prompt_is_not_sent_and_what_is_lost_is_said(tape, server, emulator):
    tape.on("record")
    with pytest.raises(CassetteError, match="not asked: the prompt has what looks like an API key"):
        tape.client().models.generate_content(model=MODEL, contents=f"is {KEY} good?")
    assert not server.exchanges
    emulator.script.append(ScriptedReply(pieces=(f"I found {KEY}",)))
    with pytest.warns(UserWarning, match=r"not recorded in sdk\.gemini\.jsonl"):
        assert "found" in tape.client().models.generate_content(model=MODEL, contents="x").text
    assert not tape.path.exists()


def answer(body, **headers):
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head = "\r\n".join(["HTTP/1.1 200 OK", f"content-length: {len(body)}", "connection: close", *lines])
    return head.encode() + b"\r\n\r\n" + body


def test_an_upload_replays_with_all_its_steps(tape, raw_server, tmp_path, monkeypatch):
    """Resumable: the first answer says in a header where the file goes."""
    file = tmp_path / "notes.txt"
    file.write_text("notes")
    base = os.environ["GOOGLE_GEMINI_BASE_URL"]
    made = {
        "file": {"name": "files/abc", "uri": "https://example.invalid/files/abc", "mimeType": "text/plain"}
    }
    raw_server += [
        answer(b"{}", x_goog_upload_url=f"{base}/upload/v1beta/files?upload_id=u1&upload_protocol=resumable"),
        answer(json.dumps(made).encode(), x_goog_upload_status="final", content_type="application/json"),
    ] * 2

    def upload():
        return tape.client().files.upload(file=file).name

    async def upload_async():
        return (await tape.client().aio.files.upload(file=file)).name

    cassette = tape.on("record")
    assert upload() == "files/abc"
    assert asyncio.run(upload_async()) == "files/abc"
    assert (cassette.recorded, raw_server) == (4, [])
    monkeypatch.delenv("GEMINI_API_KEY")
    tape.on("replay")
    assert [upload(), asyncio.run(upload_async())] == ["files/abc", "files/abc"]
    assert "notes.txt" not in tape.path.read_text() or "x-goog-api-key" not in tape.path.read_text()


def test_a_large_download_goes_to_a_file(tape, server, monkeypatch):
    """A body that is no JSON, as of a video."""
    data = os.urandom(50_000)
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _ = listener.accept()
        with connection:
            read_request(connection)
            connection.sendall(answer(data, content_type="video/mp4"))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1beta/files/abc:download?alt=media"
    tape.on("record")
    headers = {"x-goog-api-client": "google-genai-sdk/0"}
    assert httpx2.get(url, headers=headers).content == data
    thread.join()
    listener.close()
    assert len(tape.path.read_text()) < 1000
    tape.on("replay")
    assert httpx2.get(url, headers=headers).content == data


def test_streams_of_other_methods_replay_as_they_came(tape, server, monkeypatch):
    """Those of interactions have named events."""
    events = [f'event: step\r\ndata: {{"text": "ü{number}"}}\n\n'.encode() for number in range(3)] + [
        b"data: [DONE]"
    ]
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _ = listener.accept()
        with connection:
            read_request(connection)
            connection.sendall(answer(b"".join(events), content_type="text/event-stream; charset=utf-8"))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1beta/interactions"

    def ask():
        response = httpx2.post(url, headers={"x-goog-api-client": "google-genai-sdk/0"}, json={"input": "x"})
        return response.content, response.headers["content-type"]

    tape.on("record")
    recorded = ask()
    assert recorded[0] == b"".join(events)
    thread.join()
    listener.close()
    [recording] = Cassette(tape.path).recordings
    assert [kind for _, kind, _ in recording.events] == ["text"] * 4
    tape.on("replay")
    assert ask() == recorded


def test_interactions_are_recorded_too(tape, raw_server, monkeypatch):
    body = {"id": "i1", "status": "completed", "model": MODEL, "outputs": [{"type": "text", "text": "hello"}]}
    raw_server += [answer(json.dumps(body).encode(), content_type="application/json")] * 2
    cassette = tape.on("record")
    client = tape.client()

    async def ask():
        return await client.aio.interactions.create(model=MODEL, input="hi there")

    assert client.interactions.create(model=MODEL, input="hi").id == "i1"
    assert asyncio.run(ask()).id == "i1"
    assert cassette.recorded == 2
    tape.on("replay")
    assert client.interactions.create(model=MODEL, input="hi").id == "i1"
    assert asyncio.run(ask()).id == "i1"


@pytest.mark.parametrize("mode", ["auto", "record"])
def test_the_placeholder_is_never_sent_for_a_key(tape, server, emulator, monkeypatch, tmp_path, mode):
    """Where the key is somewhere the SDK does not look, it is taken from there; else nothing is sent."""
    monkeypatch.delenv("GEMINI_API_KEY")
    server.emulator._key = KEY
    tape.on(mode)
    client = tape.client()
    with pytest.raises(NoApiKey):
        client.models.generate_content(model=MODEL, contents="one")
    assert server.exchanges == []
    (tmp_path / ".env").write_text(f"GEMINI_API_KEY={KEY}\n")
    monkeypatch.chdir(tmp_path)
    assert client.models.generate_content(model=MODEL, contents="one").text
    tape.playback = None
    assert texts(client.models.generate_content_stream(model=MODEL, contents="live"))
    assert KEY not in tape.path.read_text()
