"""A replayed answer causes no request, whatever host a stranger has put into the cassette."""

from __future__ import annotations

import json
import socket
import threading

import pytest

from gemini_magic.cassettes.recordings import HEADER
from gemini_magic.errors import NotRecorded


@pytest.fixture
def elsewhere():
    """A host that must never be asked; how many connections it got."""
    listener = socket.create_server(("127.0.0.1", 0))
    hits = []

    def serve():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            hits.append(1)
            connection.close()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", hits
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(5)


@pytest.mark.parametrize("mode", ["auto", "replay"])
def test_an_upload_goes_nowhere(sdk_tape, raw_server, elsewhere, tmp_path, mode):
    """Neither to the host that the cassette names nor, with content it never recorded, to the real one."""
    url, hits = elsewhere
    file = tmp_path / "notes.txt"
    file.write_text("notes")
    raw_server.append(b"HTTP/1.1 404 X\r\ncontent-length: 2\r\n\r\n{}")
    sdk_tape.on("record")
    with pytest.raises(Exception, match="404"):
        sdk_tape.client().files.upload(file=file)
    lines = [json.loads(line) for line in sdk_tape.path.read_text().splitlines()]
    headers = {"x-goog-upload-url": f"{url}/upload/v1beta/files?upload_id=1", "location": url}
    lines[-1] = {"end": 0.1, "headers": headers}
    sdk_tape.path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    sdk_tape.on(mode)
    with pytest.raises(NotRecorded):
        sdk_tape.client().files.upload(file=file)
    assert (hits, raw_server) == ([], [])
    assert lines[0] == json.loads(HEADER)
