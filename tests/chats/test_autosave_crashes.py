"""Autosave: whatever kills the kernel or fills the disk, all turns that had ended are there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gemini_magic import errors
from gemini_magic.chats.autosave import Autosave
from gemini_magic.chats.chat import Chat
from tests.support.kernel import running_kernel
from tests.support.turns import SIGNATURE, prompts, turn

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


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


SLOW_WRITER = """
import builtins, sys, time, os
from pathlib import Path
from gemini_magic.chats import autosave
from gemini_magic.runtime import locked_files
from gemini_magic.chats.chat import Chat
from tests.support.turns import turn

pause_s, how = float(sys.argv[2]), sys.argv[3]

def write_slowly(file, head, data):
    size = os.fstat(file).st_size
    data = data if size else head + data
    for start in range(0, len(data), 1000):
        os.write(file, data[start:start + 1000])
        time.sleep(pause_s)
    return size, size + len(data)

def fsync_slowly(descriptor, fsync=os.fsync):
    time.sleep(pause_s)
    fsync(descriptor)

if how == "append":
    locked_files._append = write_slowly
else:
    autosave._SPARE_TURNS = -10_000_000
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
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
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
    assert all(turn.parts[0]["thoughtSignature"] == SIGNATURE for turn in chats["main"].turns)


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
