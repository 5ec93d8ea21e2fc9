"""Settings from %config, the environment and files; keys in them stay hidden."""

from __future__ import annotations

import pytest

from gemini_magic import errors
from gemini_magic.runtime.secret import Secret
from tests.support.service import KEY
from tests.support.shell import run, texts


def test_settings(offline, caplog):
    run(offline, "%config GeminiMagics.system = 'be polite'\n%config GeminiMagics.quiet = True")
    assert "be polite" in texts(run(offline, "%gemini hello"))[0]
    run(offline, "%config GeminiMagics.thinking = 'lots'")
    assert "'minimal', 'low'" in caplog.text
    assert offline.find_line_magic("gemini").__self__.thinking is None
    run(offline, "%config GeminiMagics.model = 'gemini-0'")
    with pytest.raises(errors.ModelNotFound):
        run(offline, "%gemini hello")


def test_settings_from_the_environment_and_the_config_file(shell, monkeypatch):
    monkeypatch.setenv("GEMINI_MAGIC_OFFLINE", "1")
    shell.config.GeminiMagics.model = "gemini-2.5-pro"
    shell.run_line_magic("reload_ext", "gemini_magic")
    magics = shell.find_line_magic("gemini").__self__
    assert (magics.freeze().offline, magics.model) == (True, "gemini-2.5-pro")
    assert "not Gemini" in texts(run(shell, "%gemini hello"))[1]


def test_the_key_is_hidden_from_config(shell, caplog):
    run(shell, f"%config GeminiMagics.api_key = '{KEY}'")
    shown = run(shell, "%config GeminiMagics\n%config GeminiMagics.api_key")
    assert KEY not in shown.stdout + str([o.data for o in shown.outputs])
    assert "[hidden]" in shown.stdout
    run(shell, f"%config GeminiMagics.api_key = ['{KEY}']")
    assert "api_key takes a text" in caplog.text
    assert KEY not in caplog.text


def test_no_key(shell):
    with pytest.raises(errors.NoApiKey, match=r"try offline: %config GeminiMagics\.offline = True"):
        run(shell, "%gemini hello")
    assert "_gemini" not in shell.user_ns


def test_a_typed_key_is_asked_for_once(shell, server, monkeypatch):
    monkeypatch.delenv("GEMINI_API_KEY")
    asked = []
    magics = shell.find_line_magic("gemini").__self__
    monkeypatch.setattr(magics.session.clients, "_ask_key", lambda _: asked.append(1) or Secret(KEY))
    run(shell, "%gemini one")
    run(shell, "%gemini two")
    assert asked == [1]
    assert KEY not in repr(shell.user_ns) + repr(vars(magics))


def test_offline_by_the_environment_at_any_time(shell, monkeypatch):
    with pytest.raises(errors.NoApiKey):
        run(shell, "%gemini hello")
    monkeypatch.setenv("GEMINI_MAGIC_OFFLINE", "true")
    assert "not Gemini" in texts(run(shell, "%gemini hello"))[1]


def test_the_key_prompt_says_where_a_key_comes_from_and_how_to_do_without(shell, monkeypatch):
    asked = []
    monkeypatch.setattr("getpass.getpass", lambda prompt: asked.append(prompt) or "")
    monkeypatch.setattr("gemini_magic.runtime.keys.hidden_prompt.can_answer", lambda _shell: True)
    with pytest.raises(errors.NoApiKey):
        run(shell, "%gemini hello")
    [prompt] = asked
    assert "https://aistudio.google.com/apikey" in prompt
    assert "%config GeminiMagics.offline = True" in prompt
    # A narrow page breaks an address in the middle.
    assert max(map(len, prompt.splitlines())) < 40


def test_the_key_prompt_can_be_interrupted(shell, monkeypatch):
    def interrupt(_prompt):
        raise KeyboardInterrupt

    monkeypatch.setattr("getpass.getpass", interrupt)
    monkeypatch.setattr("gemini_magic.runtime.keys.hidden_prompt.can_answer", lambda _shell: True)
    with pytest.raises(errors.NoApiKey):
        run(shell, "%gemini hello")


def test_the_key_is_not_in_the_stored_configuration(shell):
    run(shell, f"%config GeminiMagics.api_key = '{KEY}'")
    magics = shell.find_line_magic("gemini").__self__
    assert magics.freeze().api_key.reveal() == KEY
    assert KEY not in repr(magics.config) + repr(vars(magics))
    assert "Current: not set" in run(shell, "%config GeminiMagics.api_key = ''\n%config GeminiMagics").stdout
