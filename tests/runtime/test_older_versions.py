"""What differs with older versions of IPython and of the SDK, as far as the newest can show it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from IPython.core import completer

from gemini_magic.magics.completion import make_matcher
from gemini_magic.transports import http_library


def test_a_matcher_of_older_ipython_returns_what_replaces_the_token(monkeypatch):
    monkeypatch.delattr(completer, "context_matcher", raising=False)
    monkeypatch.delattr(completer, "SimpleCompletion", raising=False)
    line = SimpleNamespace(text_until_cursor="%gemini --th", splitter=completer.CompletionSplitter())
    match = make_matcher(line, lambda: ["main"], list)
    assert match(line.text_until_cursor) == ["--thinking", "--thoughts"]
    line.text_until_cursor = "print(x"
    assert match(line.text_until_cursor) == []


@pytest.mark.parametrize(
    ("version", "name"), [("2.12.1", "httpx"), ("2.18.0", "httpx2"), ("3.4.0", "httpx2")]
)
def test_the_http_library_is_the_sdks(monkeypatch, version, name):
    monkeypatch.setattr(http_library, "version", lambda _package: version)
    assert http_library._name_of_library() == name
