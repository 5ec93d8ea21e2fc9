"""Autosave: whatever kills the kernel, all turns that had ended are there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from gemini_magic import errors
from gemini_magic.chats.autosave import Autosave, autosave_file
from gemini_magic.chats.chat import Chat
from gemini_magic.chats.transcript import dump_chat
from gemini_magic.chats.turns import Turn
from gemini_magic.options.cell_options import Options
from gemini_magic.replies.usage import Usage
from gemini_magic.runtime.front_end import find_notebook
from gemini_magic.runtime.origin import Origin
from tests.support.kernel import running_kernel

ROOT = Path(__file__).parents[2]


def turn(text, base=None, size=1):
    from google.genai import types

    prompt = types.Content(role="user", parts=[types.Part(text=text)])
    part = types.Part(text=f"reply to {text}" * size, thought_signature=bytes(range(256)))
    reply = types.Content(role="model", parts=[part])
    usage = Usage(prompt=1, output=2, total=3)
    return Turn(prompt, reply, "complete", "STOP", usage, Options(), "m", Origin(f"cell {text}", "run"), base)


def prompts(chats, name="main"):
    return [turn.prompt_text for turn in chats[name].turns]


def same(left, right):
    return {n: dump_chat(c) for n, c in left.items()} == {n: dump_chat(c) for n, c in right.items()}


@pytest.fixture
def file(tmp_path):
    return tmp_path / "made" / "here.jsonl"


def test_every_state_comes_back(file):
    """Turns, undo, redo, forks, other chats, deleted chats: after each step the file has it all."""
    autosave = Autosave(file)
    main, other = Chat("main"), Chat("other")
    chats = {"main": main}

    def rerun():
        main.rewind(main.turns[:1])
        main.turns.append(turn("again"))

    steps = [
        lambda: main.turns.append(turn("one")),
        lambda: main.turns.append(turn("two")),
        lambda: chats.update(other=other),
        lambda: other.turns.append(turn("elsewhere")),
        lambda: main.rewind(main.turns[:1]),
        main.redo,
        rerun,
        lambda: chats.update(fork=main.fork("fork", 1)),
        lambda: main.turns.append(turn("resumed", base=turn("cut off"))),
        lambda: chats.pop("other"),
        lambda: main.rewind(()),
        main.redo,
    ]
    for step in steps:
        step()
        autosave.store(chats)
        again = Autosave(file).restore()
        assert same(again, chats)
    assert again["fork"].turns[0] is again["main"].turns[0]
    assert list(file.parent.iterdir()) == [file]


def test_a_turn_adds_one_line_about_its_own_size(file):
    autosave, chat = Autosave(file), Chat("main")
    sizes = []
    for number in range(300):
        chat.turns.append(turn(f"{number:05}"))
        autosave.store({"main": chat})
        sizes.append(file.stat().st_size)
    steps = [after - before for before, after in pairwise(sizes)]
    assert max(steps) - min(steps) < 20
    before = file.stat()
    autosave.store({"main": chat})
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def test_restored_chats_go_on_in_the_same_file(file):
    first, chat = Autosave(file), Chat("main")
    chat.turns.append(turn("one"))
    first.store({"main": chat})
    second = Autosave(file)
    chats = second.restore()
    size = file.stat().st_size
    second.store(chats)
    assert file.stat().st_size == size
    chats["main"].turns.append(turn("two"))
    second.store(chats)
    assert file.read_bytes().count(b"reply to one") == 1
    assert prompts(Autosave(file).restore()) == ["one", "two"]


def test_a_line_cut_anywhere_costs_only_itself(file):
    autosave, chat = Autosave(file), Chat("main")
    for text in ("one", "two"):
        chat.turns.append(turn(text))
        autosave.store({"main": chat})
    whole = file.read_bytes()
    last = whole.rstrip(b"\n").rindex(b"\n") + 1
    for end in range(last, len(whole)):
        file.write_bytes(whole[:end])
        torn = Autosave(file)
        chats = torn.restore()
        assert prompts(chats) == ["one"]
    chats["main"].turns.append(turn("three"))
    torn.store(chats)
    assert prompts(Autosave(file).restore()) == ["one", "three"]


def test_what_was_not_restored_is_kept(file):
    for text in ("old", "new"):
        chat = Chat("main")
        chat.turns.append(turn(text))
        Autosave(file).store({"main": chat})
    assert prompts(Autosave(file).restore()) == ["new"]
    assert prompts(Autosave(file.with_suffix(".previous.jsonl")).restore()) == ["old"]


@pytest.mark.parametrize("what", ["delete", "other writer"])
def test_a_file_that_somebody_else_changed(file, what):
    autosave, chat = Autosave(file), Chat("main")
    chat.turns.append(turn("one"))
    autosave.store({"main": chat})
    if what == "delete":
        file.unlink()
    else:
        file.write_bytes(b"other\n")
    chat.turns.append(turn("two"))
    autosave.store({"main": chat})
    assert prompts(Autosave(file).restore()) == ["one", "two"]


def test_a_full_disk_is_one_line_and_loses_nothing(file, monkeypatch):
    autosave, chat = Autosave(file), Chat("main")
    chat.turns.append(turn("one"))
    autosave.store({"main": chat})

    def no_space(descriptor):
        raise OSError(28, "No space left on device")

    chat.turns.append(turn("two"))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", no_space)
        with pytest.raises(errors.TranscriptError, match="No space left"):
            autosave.store({"main": chat})
    assert prompts(Autosave(file).restore())[:1] == ["one"]
    chat.turns.append(turn("three"))
    autosave.store({"main": chat})
    assert prompts(Autosave(file).restore()) == ["one", "two", "three"]


def test_what_no_chat_has_any_more_is_dropped_in_time(file):
    autosave = Autosave(file)
    for number in range(400):
        chat = Chat("main")
        chat.turns.append(turn(f"{number}"))
        autosave.store({"main": chat})
    assert file.read_bytes().count(b"signature") + file.read_bytes().count(b"Signature") < 110
    assert prompts(Autosave(file).restore()) == ["399"]


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"hello\n", b"\x00\xff" * 50, b'{"format": "x"}\n', b"[]\n{}\n", b"{" * 90_000]
)
def test_foreign_files(file, data):
    file.parent.mkdir()
    file.write_bytes(data)
    with pytest.raises(errors.TranscriptError) as caught:
        Autosave(file).restore()
    assert "\n" not in str(caught.value)
    assert file.read_bytes() == data


def test_damage_in_the_middle_is_said(file):
    autosave, chat = Autosave(file), Chat("main")
    for text in ("one", "two", "three"):
        chat.turns.append(turn(text))
        autosave.store({"main": chat})
    lines = file.read_bytes().splitlines(keepends=True)
    for damage in (b"{}\n", b"null\n", b'{"turns": [1], "chats": {}}\n', lines[2][:50] + b"\n"):
        file.write_bytes(lines[0] + lines[1] + damage + lines[3])
        with pytest.raises(errors.TranscriptError, match="line 3"):
            Autosave(file).restore()
    file.write_bytes(lines[0].replace(b": 1", b": 2").replace(b":1", b":2") + lines[1])
    with pytest.raises(errors.TranscriptError, match="newer"):
        Autosave(file).restore()
    assert Autosave(file.with_name("none.jsonl")).restore() == {}


def test_only_the_user_can_read_it(file):
    chat = Chat("main")
    chat.turns.append(turn("private"))
    Autosave(file).store({"main": chat})
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0


def test_which_notebook(monkeypatch, tmp_path):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    assert find_notebook({}) is None
    assert find_notebook({"__vsc_ipynb_file__": 7}) is None
    assert find_notebook({"__vsc_ipynb_file__": "/a/b.ipynb"}) == "/a/b.ipynb"
    monkeypatch.setenv("JPY_SESSION_NAME", "sub/my notebook.ipynb")
    found = find_notebook({})
    assert found == str(Path.cwd() / "sub/my notebook.ipynb")
    assert find_notebook({"__vsc_ipynb_file__": "/a/b.ipynb"}) == "/a/b.ipynb"
    monkeypatch.setenv("JPY_SESSION_NAME", "Console 1")
    assert find_notebook({}) is None
    names = {
        autosave_file(tmp_path, name).name
        for name in (found, "/a/my notebook.ipynb", "/b/../é.ipynb", "/b/" + "x" * 300 + ".ipynb")
    }
    assert len(names) == 4
    assert all(len(name) < 70 and name.isascii() and " " not in name for name in names)
    assert autosave_file(tmp_path, found) == autosave_file(tmp_path, found)
    assert autosave_file(tmp_path, found).name.startswith("my-notebook-")


SLOW_WRITER = """
import builtins, sys, time, os
from pathlib import Path
from gemini_magic.chats import autosave
from gemini_magic.chats.chat import Chat
from tests.chats.test_autosave import turn

pause_s, how = float(sys.argv[2]), sys.argv[3]

def write_slowly(self, data):
    with self.file.open("ab", buffering=0) as file:
        for start in range(0, len(data), 1000):
            file.write(data[start:start + 1000])
            time.sleep(pause_s)
        self._size = file.tell()

def fsync_slowly(descriptor, fsync=os.fsync):
    time.sleep(pause_s)
    fsync(descriptor)

if how == "append":
    autosave.Autosave._append = write_slowly
else:
    autosave.Autosave._is_as_left = lambda self: False
    os.fsync = fsync_slowly

saved, chat = autosave.Autosave(Path(sys.argv[1])), Chat("main")
for number in range(10_000):
    chat.turns.append(turn(str(number), size=500))
    print("asked", number, flush=True)
    saved.store({"main": chat})
    print("stored", number, flush=True)
"""


@pytest.mark.parametrize("how", ["append", "anew"])
@pytest.mark.parametrize("moment", range(6))
def test_a_killed_process_leaves_all_finished_turns(file, how, moment):
    """Killed inside or between writes: never less than what was stored, never half a turn."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    command = [sys.executable, "-c", SLOW_WRITER, str(file), "0.004", how]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    said = []
    for line in child.stdout:
        said.append(line.split())
        if len(said) == 5 + moment:
            break
    # Inside the next write, at another place of it each time.
    try:
        child.wait(0.003 * moment)
    except subprocess.TimeoutExpired:
        child.kill()
    said += [line.split() for line in child.stdout]
    child.wait()
    child.stdout.close()
    finished = [int(number) for word, number in said if word == "stored"]
    chats = Autosave(file).restore()
    found = prompts(chats)
    assert found == [str(number) for number in range(len(found))]
    assert len(found) in {len(finished), len(finished) + 1}
    assert all(turn.text == f"reply to {turn.prompt_text}" * 500 for turn in chats["main"].turns)
    assert all(turn.reply.parts[0].thought_signature == bytes(range(256)) for turn in chats["main"].turns)


def test_a_killed_kernel(file):
    """The same with a real kernel that asks and stores after every turn."""
    code = (
        "from pathlib import Path\n"
        "from gemini_magic.chats.autosave import Autosave\n"
        f"saved = Autosave(Path({str(file)!r}))\n"
        "session = get_ipython().magics_manager.magics['line']['gemini'].__self__.session\n"
        "for number in range(1000):\n"
        "    get_ipython().run_line_magic('gemini', f'-q --view none question {number}')\n"
        "    saved.store(session.chats)\n"
        "    print(number, flush=True)\n"
    )
    seen = []
    with running_kernel(GEMINI_MAGIC_OFFLINE="1") as kernel:
        kernel.run("%load_ext gemini_magic")
        kernel.send(code)
        while not seen or seen[-1] < 3:
            message = kernel.client.get_iopub_msg(timeout=60)
            assert message["msg_type"] != "error", message["content"]
            if message["msg_type"] == "stream" and message["content"]["name"] == "stdout":
                seen += [int(word) for word in message["content"]["text"].split()]
        os.kill(kernel.manager.provisioner.pid, signal.SIGKILL)
    found = prompts(Autosave(file).restore())
    assert found == [f"question {number}" for number in range(len(found))]
    assert len(found) > seen[-1]
