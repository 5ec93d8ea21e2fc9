"""Cassettes under attack: cut, merged, converted, locked, written by two, and with keys in odd places."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import threading
import time
from contextlib import nullcontext
from pathlib import Path

import pytest

from gemini_magic.cassettes.calls import Call
from gemini_magic.cassettes.cassette import Cassette
from gemini_magic.cassettes.data_files import take_out
from gemini_magic.cassettes.misses import compare_words, find_nearest
from gemini_magic.cassettes.recordings import HEADER, End, Recording, write_lines
from gemini_magic.cassettes.takes import Place
from gemini_magic.emulator import ScriptedReply
from gemini_magic.errors import BadRequest, CassetteError, NotRecorded
from gemini_magic.options.cell_options import Options
from gemini_magic.options.settings import Settings
from gemini_magic.runtime import locked_files as shared
from gemini_magic.runtime.files import write_file
from gemini_magic.runtime.origin import Origin
from gemini_magic.session import Session
from gemini_magic.views.base import NoView
from gemini_magic.views.usage_line import usage_line

MODEL = "gemini-3.8-flash"
ROOT = Path(__file__).parents[2]
KEYS = ("AIza" + "x" * 35, "AQ." + "y" * 40, "ya29." + "z" * 40)


@pytest.fixture
def tape(tmp_path):
    return tmp_path / "lesson.gemini.jsonl"


@pytest.fixture
def run(tape):
    sessions = []

    def ask(mode, text, origin=None, **options):
        sessions.append(Session(lambda: None))
        settings = Settings(cassette=str(tape), cassette_mode=mode)
        return sessions[-1].ask(text, Options(**options), settings, NoView(), origin or Origin())

    yield ask
    for session in sessions:
        session.close()


def call(text):
    body = {"contents": [{"parts": [{"text": text}], "role": "user"}]}
    return Call("POST", f"models/{MODEL}:streamGenerateContent", body)


def recording(text, size=1):
    return Recording(call(text), 1, ((0.1, "event", {"text": "x" * size}),), End(0.2))


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b"\n", b"\r\n"),
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data.removesuffix(b"\n"),
        lambda data: b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n").removesuffix(b"\r\n"),
    ],
    ids=["CRLF", "BOM", "no last line end", "all of them"],
)
def test_what_editors_and_checkouts_do_is_no_damage(run, tape, server, emulator, change):
    emulator.script += [ScriptedReply(pieces=("one\r\ntwo",)), ScriptedReply(pieces=("more",))]
    run("record", "a")
    tape.write_bytes(change(tape.read_bytes()))
    assert run("replay", "a").text == "one\r\ntwo"
    assert run("auto", "b").text == "more"
    assert [run("replay", prompt).text for prompt in "ab"] == ["one\r\ntwo", "more"]
    assert len(Cassette(tape).recordings) == 2


def test_an_unresolved_merge_says_so(run, tape, server):
    run("record", "a")
    header, *lines = tape.read_text().splitlines(keepends=True)
    ours, theirs = "".join(lines), "".join(lines).replace('"a"', '"b"')
    tape.write_text(f"{header}<<<<<<< HEAD\n{ours}=======\n{theirs}>>>>>>> other\n")
    with pytest.raises(CassetteError, match=r"damaged in line 2 \(a merge conflict; take out its marks"):
        run("replay", "a")
    tape.write_text(header + ours + theirs)
    assert run("replay", "b").text == run("replay", "a").text


def test_two_that_begin_at_once_make_one_cassette(tape):
    first, second = Cassette(tape), Cassette(tape)
    first.load(), second.load()
    first.add(recording("a"), {})
    # As if it had looked a moment before the other wrote.
    with tape.open("a") as file:
        file.write(HEADER + write_lines(recording("b")))
    second.add(recording("c"), {})
    assert [len(one.recordings) for one in (first, second, Cassette(tape))] == [3, 3, 3]


def test_two_kernels_that_record_at_once_do_not_mix_their_lines(tape):
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from gemini_magic.cassettes.cassette import Cassette\n"
        "from tests.cassettes.test_damage import recording\n"
        "cassette = Cassette(Path(sys.argv[1]))\n"
        "print('ready', flush=True), sys.stdin.readline()\n"
        "for n in range(60): cassette.add(recording(f'{sys.argv[2]} {n}', 20_000), {})\n"
        "assert len(cassette.recordings) >= 60\n"
    )
    command = [sys.executable, "-c", code, str(tape)]
    kernels = [
        subprocess.Popen([*command, name], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for name in "ab"
    ]
    for kernel in kernels:
        assert kernel.stdout.readline() == "ready\n"
    for kernel in kernels:
        kernel.stdin.write("\n")
        kernel.stdin.flush()
    for kernel in kernels:
        kernel.communicate()
        assert kernel.returncode == 0
    assert len(Cassette(tape).recordings) == 120


@pytest.mark.parametrize("cut", [1, 9, 12, 13, 14, 15, 40, 150])
def test_a_recording_that_a_crash_has_cut_off_is_told_with_its_lines(tape, cut):
    Cassette(tape).add(recording("a"), {})
    whole = tape.read_bytes()
    Cassette(tape).add(recording("b"), {})
    # Where the last line end is missing only, nothing is.
    tape.write_bytes(tape.read_bytes()[: -cut - 1])
    with pytest.raises(CassetteError, match=r"without its lines from 5 on it would be whole"):
        Cassette(tape).load()
    tape.write_bytes(b"".join(tape.read_bytes().splitlines(keepends=True)[:4]))
    assert tape.read_bytes() == whole
    assert len(Cassette(tape).recordings) == 1


def test_a_full_disk_takes_nothing_away_and_leaves_no_half_line(tape, monkeypatch):
    cassette = Cassette(tape)
    cassette.add(recording("a"), {})
    before = tape.read_bytes()
    write = os.write
    monkeypatch.setattr(shared.os, "write", lambda file, data: write(file, data[:7]))
    with pytest.raises(CassetteError, match=r"cannot be written \(No space left on device\)"):
        cassette.add(recording("b"), {})
    monkeypatch.undo()
    assert tape.read_bytes() == before
    cassette.add(recording("c"), {})
    assert len(Cassette(tape).recordings) == 2


def test_where_nothing_can_be_written_replies_are_replayed_and_new_ones_shown(
    run, tape, server, emulator, monkeypatch
):
    emulator.script += [ScriptedReply(pieces=("one",)), ScriptedReply(pieces=("two",))]
    run("record", "a")

    def refuse(*_):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(shared.os, "open", refuse)
    assert run("auto", "a").text == "one"
    reply = run("auto", "b")
    assert reply.text == "two"
    assert "lesson.gemini.jsonl cannot be written (Read-only file system)" in usage_line(reply)


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ('{"request": 5, "take": 1}', 2),
        ('{"request": "POST", "take": 1}', 2),
        ('{"request": "POST x", "take": "1"}', 2),
        ('{"request": "POST x", "take": 0}', 2),
        ('{"at": -1, "event": {}}', 3),
        ('{"at": true, "event": {}}', 3),
        ('{"at": "0.1", "event": {}}', 3),
        ('{"at": 0.1, "event": "x"}', 3),
        ('{"at": 0.1, "event": [1]}', 3),
        ('{"at": 0.1, "base64": "%%%"}', 3),
        ('{"at": 0.1, "text": 5}', 3),
        ('{"at": 0.1}', 3),
        ('{"end": NaN}', 4),
        ('{"end": Infinity}', 4),
        ('{"end": null}', 4),
        ('{"end": 1, "status": "200"}', 4),
        ('{"end": 1, "status": 42}', 4),
        ('{"end": 1, "usd": "free"}', 4),
        ('{"end": 1, "failed": "a"}', 4),
        ('{"end": 1, "stopped": 1}', 4),
        ('{"end": 1, "note": {}}', 4),
        ('{"end": 1, "headers": {"content-type": 1}}', 4),
    ],
)
def test_a_line_that_says_something_odd_is_damage(tape, line, number):
    Cassette(tape).add(recording("a"), {})
    lines = tape.read_text().splitlines()
    lines[number - 1] = line
    tape.write_text("\n".join([*lines, *lines[1:]]))
    with pytest.raises(CassetteError, match=f"damaged in line {number} \\(it is no line of a cassette"):
        Cassette(tape).load()


@pytest.mark.parametrize(
    ("line", "is_damage"),
    [
        ('{"at": 0.1, "base64": "%%%"}', True),
        ('{"at": 0.1, "base64": "ZQ"}', True),
        ('{"at": 0.1, "text": {"file": "x"}}', True),
        ('{"at": 0.1, "text": "data: 1"}', False),
        ('{"at": 0.1, "base64": "ZQ=="}', False),
        ('{"at": 0.1, "base64": {"$file": "0123456789abcdef0123.bin"}}', False),
        ('{"at": 0, "event": [1]}', False),
    ],
)
def test_what_other_calls_answer_is_no_damage(tape, line, is_damage):
    tape.write_text(f'{HEADER}{{"request": "POST files", "take": 1}}\n{line}\n{{"end": 0.2}}\n')
    with pytest.raises(CassetteError, match="line 3") if is_damage else nullcontext():
        Cassette(tape).load()


def test_what_a_model_writes_is_never_taken_for_a_reference(run, tape, server, emulator):
    name = "0123456789abcdef0123.png"
    arguments = {"a": {"file": name}, "b": {"$file": name}, "c": {"$$file": name, "x": [{"$file": 1}]}}
    call = {"functionCall": {"name": "open", "args": arguments}}
    event = {"candidates": [{"content": {"role": "model", "parts": [call]}, "finishReason": "STOP"}]}
    emulator.script.append(ScriptedReply(pieces=(event,)))
    for mode in ("record", "replay"):
        assert run(mode, "x").parts[0].function_call.args == arguments
    assert not Cassette(tape).recordings[0].files


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_links_are_followed(tape, tmp_path):
    target = tmp_path / "shared" / "real.jsonl"
    target.parent.mkdir()
    tape.symlink_to(target)
    cassette = Cassette(tape)
    cassette.add(recording("a"), {})
    cassette.add(recording("b"), {})
    cassette.prune()
    assert tape.is_symlink()
    assert len(Cassette(target).recordings) == 2


def test_huge_lines_are_read(tape):
    Cassette(tape).add(recording("a", 20_000_000), {})
    assert Cassette(tape).find(Place(call("a"), 1)) is not None


@pytest.mark.parametrize("key", KEYS, ids=["API key", "short key", "token"])
def test_no_key_gets_in_wherever_it_stands(run, tape, server, emulator, key):
    for options in ({"system": f"use {key}"}, {}):
        with pytest.raises(CassetteError, match="not asked: the prompt has what looks like an API key"):
            run("record", "x" if options else f"is {key} a key?", **options)
    assert not server.exchanges
    error = {"code": 400, "message": f"{key} is odd", "status": "INVALID_ARGUMENT"}
    emulator.script.append(ScriptedReply(status=400, body={"error": error}))
    with pytest.raises(BadRequest) as caught:
        run("record", "x")
    assert key not in str(caught.value)
    assert not tape.exists()


def test_a_key_in_a_tools_result_is_not_sent(tape):
    from gemini_magic.cassettes.calls import make_call, to_text
    from gemini_magic.cassettes.secrets import has_secret

    part = {"functionResponse": {"name": "read", "response": {"result": f"KEY={KEYS[0]}"}}}
    made, _ = make_call(
        "POST", "/v1beta/models/m:generateContent", to_text({"contents": [{"parts": [part]}]}).encode()
    )
    assert has_secret(made.body, {})


@pytest.mark.parametrize("size", [0, 9000], ids=["in the line", "in a file"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_no_key_gets_in_with_an_attachment(shell, server, tmp_path, size, encoding):
    notes = f"GEMINI_API_KEY={KEYS[0]}\n{'x' * size}".encode(encoding)
    shell.run_line_magic("gemini_cassette", f"{tmp_path / 'x.gemini.jsonl'} --mode record --sdk")
    code = (
        "from google import genai\n"
        f"part = genai.types.Part.from_bytes(data={notes!r}, mime_type='text/plain')\n"
        "client = genai.Client()\n"
        f"client.models.generate_content(model={MODEL!r}, contents=[part, 'what is this?'])"
    )
    with pytest.raises(CassetteError, match="looks like an API key, in its text or in a file"):
        shell.run_cell(code).raise_error()
    assert not server.exchanges
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("size", [0, 9000], ids=["in the line", "in a file"])
def test_no_key_gets_in_with_a_file_that_comes(run, tape, server, emulator, size):
    data = base64.b64encode(f"{KEYS[0]} {'x' * size}".encode()).decode()
    part = {"inlineData": {"mimeType": "text/plain", "data": data}}
    event = {"candidates": [{"content": {"role": "model", "parts": [part]}, "finishReason": "STOP"}]}
    emulator.script.append(ScriptedReply(pieces=(event,)))
    assert "not recorded in lesson.gemini.jsonl" in usage_line(run("record", "x"))
    assert not list(tape.parent.iterdir())


def test_the_key_in_use_stays_out_whatever_its_shape(run, tape, server, emulator, monkeypatch):
    monkeypatch.setenv("GEMINI_API_KEY", "team-proxy-0123456789")
    with pytest.raises(CassetteError, match="not asked"):
        run("record", "my key is team-proxy-0123456789, is that fine?")
    assert not server.exchanges
    emulator.script += [
        ScriptedReply(pieces=("you use team-proxy-0123456789",)),
        ScriptedReply(pieces=("you use team-pro", "xy-0123456789")),
    ]
    for prompt in "ab":
        assert "not recorded in lesson.gemini.jsonl" in usage_line(run("record", prompt))
    assert not tape.exists()


def test_projects_in_errors_stay_out(run, tape, server, emulator):
    name = "projects/my-secret-project-1/locations/us-central1/publishers/google/models/m"
    detail = {"@type": "x", "metadata": {"consumer": "projects/123456789", "resource": name}}
    error = {"code": 400, "message": f"`{name}` is odd.", "status": "INVALID_ARGUMENT", "details": [detail]}
    emulator.script.append(ScriptedReply(status=400, body={"error": error}))
    with pytest.raises(BadRequest):
        run("record", "x")
    assert "secret-project" not in tape.read_text()
    assert "123456789" not in tape.read_text()
    assert "projects/-/locations" in tape.read_text()
    with pytest.raises(BadRequest):
        run("replay", "x")


def test_a_try_that_failed_does_not_take_the_first_place(run, tape, server, emulator):
    busy = {"error": {"code": 503, "message": "busy", "status": "UNAVAILABLE"}}
    emulator.script += [
        ScriptedReply(status=503, body=busy, headers={"retry-after": "0"}),
        ScriptedReply(pieces=("fine",)),
    ]
    assert run("auto", "x").text == "fine"
    assert run("auto", "x").text == "fine"
    assert len(server.exchanges) == 2


def test_prune_takes_the_places_along(tape, server, emulator):
    emulator.script += [ScriptedReply(pieces=(text,)) for text in ("one", "two", "three")]
    session, settings = Session(lambda: None), Settings(cassette=str(tape), cassette_mode="auto")

    def ask(run, cell):
        return session.ask("x", Options(once=True), settings, NoView(), Origin(cell, run)).text

    assert [ask("1", "a"), ask("2", "b")] == ["one", "two"]
    cassette = session.clients.shelf.open(str(tape))
    # As if the first cell was deleted, and the rest run again.
    del cassette.used[cassette.recordings[0].id]
    assert cassette.prune() == 1
    assert ask("3", "b") == "two"
    assert ask("4", "c") == "three"
    session.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such lock")
def test_prune_loses_nothing_that_another_kernel_adds_meanwhile(tape, monkeypatch):
    pruned, other = Cassette(tape), Cassette(tape)
    pruned.add(recording("a"), {})
    data = os.urandom(9000)
    files = {}
    value = take_out([base64.b64encode(data).decode()], files)[0]
    added = Recording(Call("POST", "x", None), 1, ((0.1, "event", {"data": value}),), End(0.2))
    adding = threading.Thread(target=other.add, args=(added, files))

    def write_late(path, content):
        adding.start()
        # It has looked at the file by now, and waits.
        time.sleep(0.3)
        write_file(path, content)

    monkeypatch.setattr("gemini_magic.cassettes.cassette.write_file", write_late)
    assert pruned.prune() == 0
    adding.join()
    for cassette in (pruned, other, Cassette(tape)):
        assert [one.call.path for one in cassette.recordings][1:] == ["x"]
        assert [cassette.read_file(name) for name in files] == [data]


def test_what_is_added_after_a_prune_begins_a_line_of_its_own(tape):
    first, second = Cassette(tape), Cassette(tape)
    first.add(recording("a"), {})
    tape.write_bytes(tape.read_bytes().removesuffix(b"\n"))
    second.load()
    first.prune()
    # As if it had not looked since.
    second.load = lambda: None
    second.add(recording("b"), {})
    assert len(Cassette(tape).recordings) == 2


def test_names_with_spaces_and_quotes(shell, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in ("my lesson.gemini.jsonl", "it's.jsonl", "ünï.jsonl"):
        shell.run_line_magic("gemini_cassette", f'"{name}" --mode auto')
        shell.run_line_magic("gemini_cassette", "")
        assert name in capsys.readouterr().out


def test_a_cell_of_sdk_code_that_runs_again_gets_its_own_replies_again(shell, server, tmp_path, monkeypatch):
    monkeypatch.setattr("gemini_magic.runtime.front_end._parent", lambda _shell: parent)
    parent = {"metadata": {"cellId": "a"}, "header": {"msg_id": "1"}}
    shell.run_line_magic("gemini_cassette", f"{tmp_path / 'x.jsonl'} --mode auto --sdk")
    code = (
        "from google import genai\n"
        "client = genai.Client()\n"
        f"texts = [client.models.generate_content(model={MODEL!r}, contents='x').text for _ in range(2)]"
    )
    shell.run_cell(code).raise_error()
    parent["header"]["msg_id"] = "2"
    shell.run_cell(code).raise_error()
    assert len(server.exchanges) == 2
    shell.run_line_magic("gemini_cassette", "off")
    shell.run_cell(code).raise_error()
    assert len(server.exchanges) == 4


def test_a_miss_among_many_long_prompts_is_explained(tape):
    words = [f"w{number % 97}" for number in range(3000)]
    calls = [call(" ".join([*words[:number], f"here{number}", *words[number:]])) for number in range(300)]
    asked = call(" ".join([*words[:40], "there", *words[40:]]))
    assert find_nearest(asked, calls) in calls
    assert "{+there+}" in compare_words(" ".join(words), asked.body["contents"][0]["parts"][0]["text"])
    assert find_nearest(asked, []) is None


def test_the_nearest_prompt_in_scripts_without_spaces(run, server):
    run("record", "请用三句话解释注意力机制。")
    run("record", "法国的首都是哪里?", chat="b")
    with pytest.raises(NotRecorded, match="注意力机制"):
        run("replay", "请用两句话解释注意力机制。")
