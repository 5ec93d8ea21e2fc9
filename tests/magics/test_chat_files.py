"""Chats on the page, in files and as code: show, save, load, export, %gemini_code, --insert, autosave."""

from __future__ import annotations

import pytest

from gemini_magic import errors
from gemini_magic.chats.autosave import Autosave
from gemini_magic.magics import kept
from tests.support.chat_magics import prompts
from tests.support.shell import run


def test_show_is_safe(talked):
    run(talked, "%gemini <script>alert(1)</script>")
    [output] = run(talked, "%gemini_chat show").outputs
    assert output.data["text/html"].count("<blockquote>") >= 4
    assert "<script" not in output.data["text/html"]
    assert "> one" in output.data["text/plain"]


def test_save_load_export(talked, tmp_path):
    run(talked, f"%gemini_chat save '{tmp_path}/my chat.json'")
    assert "chat my-chat: 3 turns" in run(talked, f"%gemini_chat load '{tmp_path}/my chat.json'").stdout
    run(talked, "%gemini four")
    assert prompts(talked, "my-chat") == ["one", "two", "three", "four"]
    for suffix in ("md", "html", "ipynb"):
        run(talked, f"%gemini_chat export {tmp_path}/out.{suffix}")
        assert (tmp_path / f"out.{suffix}").stat().st_size > 100
    with pytest.raises(errors.GeminiError, match=r"\.md"):
        run(talked, f"%gemini_chat export {tmp_path}/out.pdf")
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(errors.TranscriptError):
        run(talked, f"%gemini_chat load {tmp_path}/bad.json")
    assert "bad" not in talked.magics_manager.magics["line"]["gemini"].__self__.session.chats


def test_code_goes_into_the_next_cell(talked, monkeypatch):
    given = []
    monkeypatch.setattr(talked, "set_next_input", lambda text, replace=False: given.append(text))
    run(talked, "%gemini_code")
    run(talked, "%gemini_code --all")
    assert all(compile(text, "cell", "exec") for text in given)
    assert "three" in given[0]
    assert "one" in given[1]


def test_the_first_code_block_goes_into_the_next_cell(talked, monkeypatch):
    given = []
    monkeypatch.setattr(talked, "set_next_input", lambda text, replace=False: given.append(text))
    with pytest.raises(errors.NothingToShow, match="no code block"):
        run(talked, "%gemini --insert")
    assert given == []


def test_unloading_takes_all_magics_away(offline):
    offline.run_line_magic("unload_ext", "gemini_magic")
    names = {name for table in offline.magics_manager.magics.values() for name in table}
    assert not {name for name in names if name.startswith("gemini")}


def test_chats_are_kept_for_the_notebook(talked, tmp_path, monkeypatch):
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "lesson.ipynb"))
    run(talked, f"%config GeminiMagics.autosave = '{tmp_path}/chats'")
    run(talked, "%gemini four")
    run(talked, "%gemini -c tutor five")
    run(talked, "%gemini_chat undo")
    talked.run_line_magic("unload_ext", "gemini_magic")
    # As in a new kernel.
    kept.take(talked)
    talked.run_line_magic("load_ext", "gemini_magic")
    run(talked, "%config GeminiMagics.offline = True")
    run(talked, f"%config GeminiMagics.autosave = '{tmp_path}/chats'")
    assert prompts(talked) == ["one", "two", "three"]
    assert prompts(talked, "tutor") == ["five"]
    run(talked, "%gemini_chat redo")
    assert prompts(talked) == ["one", "two", "three", "four"]


def test_without_the_notebooks_name_it_is_said_that_nothing_is_kept(talked, tmp_path, monkeypatch):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    said = run(talked, f"%config GeminiMagics.autosave = '{tmp_path}/chats'").stdout
    assert said.startswith("chats are not kept: ")
    assert "GeminiMagics.autosave_name" in said
    run(talked, "%gemini four")
    assert not (tmp_path / "chats").exists()
    assert run(talked, "%config GeminiMagics.autosave_name = 'lesson'").stdout == ""
    run(talked, "%gemini five")
    [file] = (tmp_path / "chats").iterdir()
    assert Autosave(file).restore()["main"].turns[-1].prompt_text == "five"
