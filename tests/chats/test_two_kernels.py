"""Several kernels that keep their chats in one file: no turn of any of them is lost."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from gemini_magic.chats import autosave
from gemini_magic.chats.autosave import Autosave
from gemini_magic.chats.chat import Chat
from gemini_magic.errors import TranscriptError
from gemini_magic.runtime import files
from tests.support.fuzz import FUZZ_FACTOR, FUZZ_SEED
from tests.support.turns import prompts, turn

ROOT = Path(__file__).parents[2]


@pytest.fixture
def file(tmp_path):
    return tmp_path / "chats" / "lesson.jsonl"


class Kernel:
    def __init__(self, file):
        self.autosave = Autosave(file)
        self.chats = self.autosave.restore()

    def ask(self, text, name="main"):
        self.chats.setdefault(name, Chat(name)).turns.append(turn(text))
        self.store()

    def store(self):
        self.autosave.store(self.chats)


def all_prompts(chats):
    """Every prompt in the chats, set aside or not."""
    paths = [chat.turns for chat in chats.values()]
    paths += [aside.path for chat in chats.values() for aside in chat.asides]
    return {turn.prompt_text for path in paths for turn in path}


def test_turns_of_both_are_kept(file):
    one, two = Kernel(file), Kernel(file)
    for kernel, text in ((one, "A1"), (two, "B1"), (one, "A2"), (two, "B2")):
        kernel.ask(text)
    chats = Kernel(file).chats
    assert prompts(chats) == ["B1", "B2"]
    assert all_prompts(chats) == {"A1", "A2", "B1", "B2"}
    assert prompts(one.chats) == ["A1", "A2"]


def test_what_another_kernel_continues_is_one_chat_for_the_next(file):
    one = Kernel(file)
    one.ask("A1")
    two = Kernel(file)
    two.ask("B2")
    one.ask("other", name="other")
    chats = Kernel(file).chats
    assert (prompts(chats), prompts(chats, "other")) == (["A1", "B2"], ["other"])
    assert chats["main"].asides == []


def test_a_chat_that_another_kernel_goes_on_with_is_not_deleted(file):
    one = Kernel(file)
    one.ask("A1")
    one.ask("gone", name="x")
    two = Kernel(file)
    two.ask("B2")
    for name in ("main", "x"):
        del one.chats[name]
    one.store()
    assert list(Kernel(file).chats) == ["main"]
    assert prompts(Kernel(file).chats) == ["A1", "B2"]


@pytest.mark.parametrize("seed", range(20 * FUZZ_FACTOR))
def test_any_order_of_any_changes_loses_nothing(file, seed):
    draw = random.Random(FUZZ_SEED + seed)
    kernels, asked = [Kernel(file) for _ in range(3)], set()
    for number in range(40):
        kernel = draw.choice(kernels)
        match draw.choice(["ask", "ask", "undo", "reset", "restart", "spare"]):
            case "ask":
                asked.add(str(number))
                kernel.ask(str(number), draw.choice(["main", "other"]))
            case "undo" | "reset" as how:
                for chat in kernel.chats.values():
                    chat.rewind(chat.turns[:-1] if how == "undo" else ())
                kernel.store()
            case "restart":
                kernels[kernels.index(kernel)] = Kernel(file)
            case "spare":
                kernel.autosave._seen = None
    assert all_prompts(Kernel(file).chats) == asked


WRITER = """
import sys
from pathlib import Path
from tests.chats.test_two_kernels import Kernel

kernel = Kernel(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(60):
    kernel.ask(f"{sys.argv[2]} {number}")
"""


@pytest.mark.slow
def test_processes_at_the_same_time(file):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(file), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )
        for name in "AB"
    ]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:
        writer.communicate("go\n")
        assert writer.returncode == 0
    assert all_prompts(Kernel(file).chats) == {f"{name} {number}" for name in "AB" for number in range(60)}


def test_a_reply_that_cannot_be_written_is_said_once_and_the_rest_is_kept(file):
    deep = {}
    # Python 3.13 writes 5,000 levels.
    for _ in range(100_000):
        deep = {"x": deep}
    kernel = Kernel(file)
    bad = turn("bad")
    bad.reply["parts"].append({"functionCall": {"name": "f", "args": deep}})
    kernel.chats["main"] = Chat("main")
    kernel.chats["main"].turns += [turn("one"), bad, turn("two")]
    with pytest.raises(TranscriptError, match="nested too deeply"):
        kernel.ask("apart", name="other")
    kernel.ask("three")
    chats = Kernel(file).chats
    assert (prompts(chats), prompts(chats, "other")) == (["one", "two", "three"], ["apart"])


def test_what_a_full_disk_refused_is_written_with_the_next_call(file, monkeypatch):
    kernel = Kernel(file)
    kernel.ask("one")
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", lambda *_: 0)
        with pytest.raises(TranscriptError, match="No space left"):
            kernel.ask("two")
    kernel.store()
    assert prompts(Kernel(file).chats) == ["one", "two"]


def test_a_change_of_the_same_size_is_seen(file):
    kernel = Kernel(file)
    kernel.ask("one")
    before = file.stat()
    file.write_bytes(file.read_bytes().replace(b"reply to one", b"reply to uno"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    kernel.ask("two")
    assert all_prompts(Kernel(file).chats) == {"one", "two"}
    assert b"reply to uno" in file.read_bytes()


def test_what_an_older_copy_lacks_is_written_again(file):
    kernel = Kernel(file)
    kernel.ask("one")
    older = file.read_bytes()
    kernel.ask("two")
    file.write_bytes(older)
    kernel.ask("apart", name="other")
    assert prompts(Kernel(file).chats) == ["one", "two"]


def test_a_deleted_chat_stays_deleted_after_the_file_was_written_anew(file):
    kernel = Kernel(file)
    kernel.ask("one")
    kernel.ask("gone", name="x")
    kernel.autosave._seen = None
    del kernel.chats["x"]
    kernel.store()
    assert list(Kernel(file).chats) == ["main"]


def test_a_new_file_is_not_taken_for_the_old_one_that_has_grown(file):
    """A file system may give it the number of the old one."""
    one, two = Kernel(file), Kernel(file)
    two.ask("B1")
    for number in range(3):
        one.ask(f"A{number}")
        data = file.read_bytes()
        file.unlink()
        file.write_bytes(data)
    two.ask("B2")
    assert all_prompts(Kernel(file).chats) == {"A0", "A1", "A2", "B1", "B2"}
    assert not list(file.parent.glob("*.previous*"))


def test_a_file_that_would_be_too_large_to_read_is_refused(file, monkeypatch):
    kernel = Kernel(file)
    kernel.ask("one")
    monkeypatch.setattr(files, "LARGEST", 1000)
    with pytest.raises(TranscriptError, match="more than"):
        kernel.ask("two" * 1000)


def test_what_is_written_while_a_kernel_starts_is_seen(file, monkeypatch):
    """Between its reading of the file and all that it does afterwards."""
    one = Kernel(file)
    one.ask("A1")
    real = autosave.read

    def read_then_write(path):
        data = real(path)
        one.ask("A2")
        return data

    with monkeypatch.context() as patch:
        patch.setattr(autosave, "read", read_then_write)
        two = Kernel(file)
    two.ask("B1")
    assert all_prompts(Kernel(file).chats) == {"A1", "A2", "B1"}
