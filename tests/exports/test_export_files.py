"""The files that a chat is exported to: their names, and folders that are not there."""

from __future__ import annotations

import nbformat
import pytest

from gemini_magic import errors
from gemini_magic.chats.chat import Chat
from gemini_magic.exports.export import export_chat
from gemini_magic.options.cell_options import parse_options
from tests.support.asking import ask


@pytest.mark.parametrize("name", ["chat.pdf", "chat", ".md", "chat.md.txt"])
def test_other_suffixes(name, tmp_path):
    with pytest.raises(errors.TranscriptError, match=r"\.md, \.html or \.ipynb"):
        export_chat(Chat("main"), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(errors.TranscriptError, match="choose another place"):
        export_chat(Chat("main"), tmp_path / "no" / "chat.md")


@pytest.mark.parametrize("name", ["café", "学习-2", "हिन्दी"])
def test_chat_names_of_any_script_stay(session, server, emulator, tmp_path, name):
    ask(session, "one", chat=name)
    for suffix in ("html", "md", "ipynb"):
        export_chat(session.chats[name], tmp_path / f"chat.{suffix}")
    assert f"<h1>Chat {name}</h1>" in (tmp_path / "chat.html").read_text()
    assert (tmp_path / "chat.md").read_text().startswith(f"# Chat {name}\n")
    [_, cell] = nbformat.read(tmp_path / "chat.ipynb", as_version=4).cells
    assert cell.source == f"%%gemini --chat {name}\none"
    assert cell.outputs[0].data["text/plain"].endswith(f"chat {name}, turn 1")
    line = cell.source.splitlines()[0].removeprefix("%%gemini")
    assert parse_options(line, {}, is_cell=True)[0].chat == name
