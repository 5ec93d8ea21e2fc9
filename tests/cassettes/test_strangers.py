"""A cassette from a stranger: it causes no request, fills no memory, and blocks nothing."""

from __future__ import annotations

import json
import os
import threading

import pytest

from gemini_magic.cassettes import cassette as cassettes
from gemini_magic.cassettes.recorded_headers import read_headers
from gemini_magic.cassettes.recordings import HEADER, read_lines, write_lines
from gemini_magic.errors import CassetteError, GeminiError, TranscriptError
from tests.support.cassettes import MODEL, recording, said
from tests.support.shell import run as run_cell
from tests.support.shell import texts


@pytest.mark.parametrize("status", [100, 301, 302, 303, 307, 308])
def test_a_redirect_is_damage(ask, tape, server, status):
    body = {"contents": [{"parts": [{"text": "x"}], "role": "user"}]}
    rows = [{"request": f"POST models/{MODEL}:streamGenerateContent", "take": 1, "body": body}]
    rows.append({"end": 1, "status": status, "headers": {"location": "http://127.0.0.1:1/"}})
    tape.write_text(HEADER + "".join(json.dumps(row) + "\n" for row in rows))
    with pytest.raises(CassetteError, match="damaged in line 3"):
        ask("auto", "x")
    assert not server.exchanges


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"location": "http://evil.invalid/"}, {}),
        ({"content-encoding": "gzip", "set-cookie": "a=b", "retry-after": "1"}, {}),
        (
            {"content-type": "text/event-stream; charset=utf-8"},
            {"content-type": "text/event-stream; charset=utf-8"},
        ),
        ({"content-type": "text/x\r\nlocation: http://evil.invalid/"}, {}),
        ({"content-type": 5, "x-goog-upload-status": "final"}, {"x-goog-upload-status": "final"}),
        (
            {"x-goog-upload-url": "https://evil.invalid:80/upload/v1/files?upload_id=7#x"},
            {"x-goog-upload-url": "https://replayed.invalid/upload/v1/files?upload_id=7"},
        ),
        ({"x-goog-upload-url": "//evil.invalid/x"}, {"x-goog-upload-url": "https://replayed.invalid/x"}),
        ({"x-goog-upload-url": "http://[evil"}, {"x-goog-upload-url": "https://replayed.invalid/"}),
    ],
)
def test_headers_that_a_recording_may_carry(headers, allowed):
    assert read_headers(headers) == allowed
    line = json.dumps({"end": 1, "headers": headers})
    [read] = read_lines((HEADER + write_lines(recording("x")).rsplit("\n", 2)[0] + f"\n{line}\n").encode())
    assert read.end.headers == allowed


@pytest.mark.parametrize("number", [10**400, 1e27, -1, "free", [1], float("nan")])
def test_an_odd_cost_is_an_unknown_one(run, tape, server, emulator, shell, number):
    emulator.script.append(said("one"))
    run("record")("x")
    lines = [json.loads(line) for line in tape.read_text().splitlines()]
    lines[-1]["usd"] = number
    tape.write_text("".join(json.dumps(line) + "\n" for line in lines))
    reply = run("replay")("x")
    assert (reply.text, reply.cost) == ("one", None)
    run_cell(shell, f"%gemini_cassette {tape} --mode replay\n%gemini x")
    [table] = texts(run_cell(shell, "%gemini_usage"))
    assert [line.endswith("?") for line in table.splitlines() if line.startswith("all")] == [True]


def make_endless(path):
    path.symlink_to("/dev/zero")


def make_large(path):
    with path.open("wb") as file:
        file.truncate(257 << 20)


ODD_FILES = {"endless": make_endless, "pipe": os.mkfifo, "folder": os.mkdir, "large": make_large}


@pytest.mark.parametrize("make", ODD_FILES.values(), ids=ODD_FILES)
def test_what_is_no_small_regular_file_is_refused_at_once(ask, shell, server, tape, tmp_path, make):
    make(tape)
    with pytest.raises(CassetteError, match="cannot be read"):
        ask("auto", "x")
    with pytest.raises(TranscriptError, match="cannot be read"):
        run_cell(shell, f"%gemini_chat load {tape} other")
    with pytest.raises(GeminiError, match="cannot be read"):
        run_cell(shell, f"%gemini_cassette {tape}")
    assert not server.exchanges


@pytest.mark.parametrize("make", ODD_FILES.values(), ids=ODD_FILES)
def test_a_data_file_is_refused_likewise(tape, make):
    folder = tape.with_name("lesson.gemini.files")
    folder.mkdir()
    make(folder / "0123456789abcdef0123.png")
    with pytest.raises(CassetteError, match="cannot be read"):
        cassettes.Cassette(tape).read_file("0123456789abcdef0123.png")


def test_a_stop_does_not_wait_for_the_file(run, tape, server, monkeypatch):
    """It is read off the loop."""
    emulator_is_asked, may_read = threading.Event(), threading.Event()
    tape.write_text(HEADER)
    real = cassettes.read

    def read(path):
        emulator_is_asked.set()
        may_read.wait(20)
        return real(path)

    monkeypatch.setattr(cassettes, "read", read)
    ask = run("auto")
    ended = threading.Event()

    def stop():
        emulator_is_asked.wait(20)
        ask.session._running.stop()

    threading.Thread(target=stop, daemon=True).start()
    reply = ask("x")
    ended.set()
    assert not may_read.is_set()
    may_read.set()
    assert reply.state == "stopped"
