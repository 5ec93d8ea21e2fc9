"""A chat is written in one step: nobody ever sees half of the file."""

from __future__ import annotations

import pytest

from gemini_magic import errors
from gemini_magic.chats.chat import Chat
from gemini_magic.chats.transcript import load_chat, save_chat
from gemini_magic.runtime import files


def test_a_failed_write_leaves_the_old_file_and_nothing_else(talked, tmp_path, monkeypatch):
    file = tmp_path / "chat.json"
    save_chat(Chat("old"), file)
    before = file.read_bytes()

    def no_space(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", no_space)
    with pytest.raises(errors.TranscriptError, match="No space left"):
        save_chat(talked, file)
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]
    with pytest.raises(errors.TranscriptError, match="choose another place"):
        save_chat(talked, tmp_path / "no" / "folder" / "chat.json")
    with pytest.raises(errors.TranscriptError, match="choose another place"):
        save_chat(talked, "bad\0name")


def test_a_file_is_replaced_and_never_written_over(talked, tmp_path):
    file = tmp_path / "chat.json"
    save_chat(Chat("old"), file)
    before = file.read_bytes()
    with file.open("rb") as reader:
        save_chat(talked, file)
        assert reader.read() == before
    assert load_chat(file, "main").turns


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "link.json").symlink_to(tmp_path / "chat.json")
    save_chat(Chat("x"), tmp_path / "link.json")
    assert (tmp_path / "link.json").is_symlink()
    assert load_chat(tmp_path / "chat.json", "y").name == "y"
