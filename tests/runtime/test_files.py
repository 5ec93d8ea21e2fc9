"""Files: regular ones of a bounded size only; what a killed process has left is cleaned."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import textwrap

import pytest

from gemini_magic.errors import GeminiError, NoApiKey
from gemini_magic.runtime.files import read_file, sweep, to_path, write_file
from gemini_magic.runtime.keys.api_keys import ask_nobody, find_key
from tests.support.service import KEY
from tests.support.shell import run


def test_what_is_read(tmp_path):
    (tmp_path / "a").write_bytes(b"12345")
    (tmp_path / "link").symlink_to("a")
    assert read_file(tmp_path / "link", 5) == b"12345"
    with pytest.raises(OSError, match="more than 0 kB"):
        read_file(tmp_path / "a", 4)


@pytest.mark.parametrize("name", ["/dev/zero", "/proc/self", "pipe", "nothing"])
def test_what_is_not_read(tmp_path, name):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match=r"regular file|directory|No such file"):
        read_file(tmp_path / name)


def test_what_is_no_file_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    for name in ("pipe", "link", "."):
        with pytest.raises(OSError, match="no regular file"):
            write_file(tmp_path / name, b"x")
    assert not (tmp_path / "pipe").is_file()


def test_names_that_no_file_can_have(tmp_path):
    for act in (read_file, lambda path: write_file(path, b"")):
        with pytest.raises(OSError, match="no file can have this name"):
            act(tmp_path / "a\0b")
    for name in ("a\0b", "~nobody-has-this-name/x"):
        with pytest.raises(GeminiError):
            to_path(name)


COMMANDS = ["%gemini_chat save {}", "%gemini_chat load {} x", "%gemini_chat export {}.md"]
COMMANDS += ["%gemini_log --csv {}", "%gemini_cassette {}.jsonl", "%gemini_cassette check {}"]
NAMES = ["a\0b", "~nobody-has-this-name/x", "x" * 300, "no/such/folder/x", "/dev/full/x"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("command", COMMANDS)
def test_odd_names_bring_no_foreign_errors(offline, command, name):
    run(offline, "%gemini --view none hello")
    with contextlib.suppress(GeminiError):
        offline.run_line_magic(*command.format(name).removeprefix("%").split(" ", 1))
    run(offline, "%gemini --view none again")


def test_a_killed_process_leaves_nothing_for_long(tmp_path):
    target = tmp_path / "lesson [1].jsonl"
    target.write_bytes(b"old")
    (tmp_path / f".other.{'0' * 32}.tmp").touch()
    code = f"""
        import os, pathlib, signal
        from gemini_magic.runtime import files
        os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
        files.write_file(pathlib.Path({str(target)!r}), b"new")
    """
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert len(list(tmp_path.iterdir())) == 3
    sweep(tmp_path, target.name)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f".other.{'0' * 32}.tmp", target.name]
    assert target.read_bytes() == b"old"


def make_large(path):
    path.write_text("A='x\n" * 20_000)


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/dev/zero")])
def test_a_dotenv_that_is_no_file_is_passed_over(clean_environment, make):
    make(clean_environment / ".env")
    with pytest.raises(NoApiKey, match="no API key found"):
        find_key(None, None, ask_nobody)


def test_a_large_dotenv_is_refused(clean_environment):
    make_large(clean_environment / ".env")
    with pytest.raises(NoApiKey, match=r"\.env cannot be read \(it has more than 64 kB\)"):
        find_key(None, None, ask_nobody)


def test_a_dotenv_is_read_again_when_it_changes(clean_environment, monkeypatch):
    from gemini_magic.runtime.keys import dotenv_files

    reads = []
    real = dotenv_files.read_file
    monkeypatch.setattr(dotenv_files, "read_file", lambda *args: reads.append(1) or real(*args))
    dotenv = clean_environment / ".env"
    for key, count in ((KEY, 1), (KEY, 1), (KEY[:-1] + "yz", 2)):
        dotenv.write_text(f"GEMINI_API_KEY={key}\n") if count > len(reads) else None
        assert find_key(None, None, ask_nobody).key.reveal() == key
        assert len(reads) == count


def test_without_a_folder_there_is_no_dotenv(tmp_path, monkeypatch):
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(NoApiKey, match="no API key found"):
        find_key(None, None, ask_nobody)
