"""Uploads, downloads and other methods of the SDK through a cassette."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading

from gemini_magic.cassettes.cassette import Cassette
from gemini_magic.transports.http_library import httpx
from tests.support.sdk_code import MODEL
from tests.support.service import read_request


def answer(body, **headers):
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    head = "\r\n".join(["HTTP/1.1 200 OK", f"content-length: {len(body)}", "connection: close", *lines])
    return head.encode() + b"\r\n\r\n" + body


def test_an_upload_replays_with_all_its_steps(sdk_tape, raw_server, tmp_path, monkeypatch):
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
        return sdk_tape.client().files.upload(file=file).name

    async def upload_async():
        return (await sdk_tape.client().aio.files.upload(file=file)).name

    cassette = sdk_tape.on("record")
    assert upload() == "files/abc"
    assert asyncio.run(upload_async()) == "files/abc"
    assert (cassette.recorded, raw_server) == (4, [])
    monkeypatch.delenv("GEMINI_API_KEY")
    sdk_tape.on("replay")
    assert [upload(), asyncio.run(upload_async())] == ["files/abc", "files/abc"]
    assert "notes.txt" not in sdk_tape.path.read_text() or "x-goog-api-key" not in sdk_tape.path.read_text()


def test_a_large_download_goes_to_a_file(sdk_tape, server, monkeypatch):
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
    sdk_tape.on("record")
    headers = {"x-goog-api-client": "google-genai-sdk/0"}
    assert httpx.get(url, headers=headers).content == data
    thread.join()
    listener.close()
    assert len(sdk_tape.path.read_text()) < 1000
    sdk_tape.on("replay")
    assert httpx.get(url, headers=headers).content == data


def test_streams_of_other_methods_replay_as_they_came(sdk_tape, server, monkeypatch):
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
        response = httpx.post(url, headers={"x-goog-api-client": "google-genai-sdk/0"}, json={"input": "x"})
        return response.content, response.headers["content-type"]

    sdk_tape.on("record")
    recorded = ask()
    assert recorded[0] == b"".join(events)
    thread.join()
    listener.close()
    [recording] = Cassette(sdk_tape.path).recordings
    assert [kind for _, kind, _ in recording.events] == ["text"] * 4
    sdk_tape.on("replay")
    assert ask() == recorded


def test_interactions_are_recorded_too(sdk_tape, raw_server, monkeypatch):
    body = {"id": "i1", "status": "completed", "model": MODEL, "outputs": [{"type": "text", "text": "hello"}]}
    raw_server += [answer(json.dumps(body).encode(), content_type="application/json")] * 2
    cassette = sdk_tape.on("record")
    client = sdk_tape.client()

    async def ask():
        return await client.aio.interactions.create(model=MODEL, input="hi there")

    assert client.interactions.create(model=MODEL, input="hi").id == "i1"
    assert asyncio.run(ask()).id == "i1"
    assert cassette.recorded == 2
    sdk_tape.on("replay")
    assert client.interactions.create(model=MODEL, input="hi").id == "i1"
    assert asyncio.run(ask()).id == "i1"
