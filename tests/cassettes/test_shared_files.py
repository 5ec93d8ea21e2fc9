"""A cassette that several kernels use, under links and odd names."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from gemini_magic.cassettes.calls import Call
from gemini_magic.cassettes.cassette import Cassette
from gemini_magic.cassettes.data_files import take_out
from gemini_magic.cassettes.recordings import HEADER, End, Recording, write_lines
from gemini_magic.runtime.files import write_file
from tests.support.cassettes import Asker, recording, said

ROOT = Path(__file__).parents[2]


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
        "from tests.support.cassettes import recording\n"
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


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such lock")
def test_others_go_on_while_a_reply_waits_for_the_lock(run, tape, server, emulator, monkeypatch):
    emulator.script += [said("one"), said("two"), said("three")]
    fcntl = pytest.importorskip("fcntl")
    cells = run("auto")
    cells("a", once=True)
    has_come = threading.Event()
    add = Cassette.add
    monkeypatch.setattr(Cassette, "add", lambda *given: (has_come.set(), add(*given)))
    locked = tape.open("rb")
    fcntl.flock(locked, fcntl.LOCK_EX)
    waiting = threading.Thread(target=cells, args=("b",), kwargs={"once": True})
    waiting.start()
    assert has_come.wait(10)
    live = Asker(cells.session, replace(cells.settings, cassette_mode="live"))
    assert live("c", once=True).text == "three"
    assert waiting.is_alive()
    locked.close()
    waiting.join(10)
    assert [one.call.body["contents"] for one in Cassette(tape).recordings] == [
        [{"parts": [{"text": text}], "role": "user"}] for text in "ab"
    ]


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
