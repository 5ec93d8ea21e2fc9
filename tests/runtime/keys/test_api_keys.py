"""Where keys come from, and that none of them is ever shown."""

from __future__ import annotations

import pickle

import pytest

from gemini_magic.errors import NoApiKey
from gemini_magic.runtime.keys.api_keys import ask_nobody, find_key, uses_enterprise
from gemini_magic.runtime.secret import Secret, scrub
from tests.support.service import KEY


def found(configured=None, typed=None, ask=ask_nobody):
    return find_key(configured, typed, ask).key.reveal()


def test_order_of_precedence(monkeypatch, clean_environment):
    with pytest.raises(NoApiKey, match=r"GEMINI_API_KEY.*GeminiMagics.offline = True"):
        found()
    assert found(ask=lambda _: Secret("typed")) == "typed"
    (clean_environment / ".env").write_text("GEMINI_API_KEY=dotenv\nOTHER=1\n")
    assert found(ask=pytest.fail) == "dotenv"
    monkeypatch.setenv("GEMINI_API_KEY", " gemini\n")
    assert found() == "gemini"
    monkeypatch.setenv("GOOGLE_API_KEY", "google")
    assert found() == "google"
    assert found(Secret("configured"), Secret("typed before")) == "configured"


def test_where_a_key_was_found_is_said_without_the_key(monkeypatch, clean_environment):
    def source(configured=None, typed=None, ask=ask_nobody):
        return find_key(configured, typed, ask).source

    assert source(ask=lambda _: Secret(KEY)) == source(typed=Secret(KEY)) == "typed at the hidden prompt"
    (clean_environment / ".env").write_text(f"GEMINI_API_KEY={KEY}\n")
    assert source() == f"{clean_environment / '.env'} (GEMINI_API_KEY)"
    monkeypatch.setenv("GOOGLE_API_KEY", KEY)
    assert source() == "environment (GOOGLE_API_KEY)"
    assert source(Secret(KEY)) == "setting (GeminiMagics.api_key)"


def test_dotenv_is_found_upward_and_read_again(monkeypatch, clean_environment):
    (clean_environment / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(clean_environment / "deep" / "er")
    dotenv = clean_environment / ".env"
    dotenv.write_text("export GOOGLE_API_KEY='one'  # the key\n")
    assert found() == "one"
    dotenv.write_text("GEMINI_API_KEY=two$HOME\n")
    assert found() == "two$HOME"
    (clean_environment / "deep" / ".env").write_text("OTHER=1\nthis is no line of a .env\n")
    assert found() == "two$HOME"
    dotenv.write_bytes("GEMINI_API_KEY=x".encode("utf-16"))
    with pytest.raises(NoApiKey, match="UTF-8"):
        found()


def test_enterprise_is_the_sdks_own_switch(monkeypatch):
    assert not uses_enterprise()
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "True")
    assert uses_enterprise()
    monkeypatch.setenv("GOOGLE_GENAI_USE_ENTERPRISE", "0")
    assert not uses_enterprise()


def test_a_secret_hides():
    secret = Secret(KEY)
    assert KEY not in f"{secret} {secret!r} {[secret]} %s" % secret
    assert pickle.loads(pickle.dumps(secret)).reveal() == ""
    assert scrub(f"bad {KEY} and odd-one-1", Secret("odd-one-1")) == "bad [hidden] and [hidden]"
    # A placeholder is no key, and would be found in ordinary words.
    assert scrub("expected company", Secret("any")) == "expected company"
