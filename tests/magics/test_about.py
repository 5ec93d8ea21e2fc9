"""--about: a report that can be pasted, that leaks nothing, asks nobody and never fails."""

from __future__ import annotations

import importlib.metadata
import platform
import socket
import sys
import time

import pytest

from gemini_magic import errors
from gemini_magic.magics.actions import about, installed
from gemini_magic.magics.actions.private_names import hide_names
from tests.support.colab import NO_ACCESS
from tests.support.front import asked_by
from tests.support.service import KEY
from tests.support.shell import run


def report(shell):
    """The facts by name, of the one output."""
    captured = run(shell, "%gemini --about")
    [output] = captured.outputs
    text = output.data["text/plain"]
    assert captured.stdout == captured.stderr == ""
    assert output.data["text/html"].count("- ") >= text.count("\n")
    lines = text.splitlines()
    assert all(line.startswith("- ") for line in lines), "a list in Markdown"
    return dict(line.removeprefix("- ").split(": ", 1) for line in lines)


@pytest.fixture
def in_notebook(shell, monkeypatch):
    """Makes the shell one whose cells are asked for with this metadata."""

    def set_(metadata, **more):
        monkeypatch.setattr(shell, "kernel", asked_by(metadata, **more).kernel, raising=False)

    return set_


def test_it_says_what_there_is(shell, clean_environment):
    facts = report(shell)
    assert facts["Python"].startswith(platform.python_version())
    assert f"ipython {importlib.metadata.version('ipython')}" in facts["kernel"]
    assert f"google-genai {importlib.metadata.version('google-genai')}, httpx" in facts["requests"]
    assert f"anywidget {importlib.metadata.version('anywidget')}" in facts["widgets"]
    assert facts["key"] == "none"
    assert facts["asks"] == "the Gemini API"
    assert facts["cassette"] == "none"
    assert facts["folder"] == f"{clean_environment}, writable"
    assert facts["chats"] == "not kept over restarts"
    assert not [fact for fact in facts.values() if "unknown" in fact]


@pytest.mark.parametrize(
    ("metadata", "stdin", "front_end", "told", "streaming"),
    [
        ({"cellId": "c1"}, True, "JupyterLab, Notebook 7 or the like", "yes", "the bar (setting: None)"),
        ({"colab": {"cell_id": "x"}}, True, "Colab", "yes", "the plain line (setting: None)"),
        ({"cellId": "vscode-notebook-cell:/a.ipynb#W0"}, True, "VS Code", "yes", "the bar (setting: None)"),
        ({}, True, "Notebook 6, nbclassic or the like", "no", "the bar (setting: None)"),
    ],
)
def test_it_says_who_watches(shell, in_notebook, metadata, stdin, front_end, told, streaming):
    in_notebook(metadata, allow_stdin=stdin)
    text = about.About(shell, shell.find_line_magic("gemini").__self__).report()
    assert f"- front end: {front_end}\n" in text
    assert f"- tells which cell runs: {told}\n- allows input: yes\n- somebody watches: yes\n" in text
    assert f"- view: blocks (setting: auto)\n- while a reply streams: {streaming}\n" in text


def test_it_says_that_nobody_watches(shell, in_notebook):
    in_notebook({})
    text = about.About(shell, shell.find_line_magic("gemini").__self__).report()
    assert "- somebody watches: no\n- view: final (setting: auto)\n" in text


def test_the_key_is_named_by_its_place(shell, on_colab, server, monkeypatch, clean_environment):
    assert report(shell)["key"] == "environment (GEMINI_API_KEY)"
    monkeypatch.delenv("GEMINI_API_KEY")
    (clean_environment / ".env").write_text(f"GEMINI_API_KEY={KEY}\n")
    assert report(shell)["key"] == f"{clean_environment / '.env'} (GEMINI_API_KEY)"
    (clean_environment / ".env").unlink()
    secrets = {"GEMINI_API_KEY": NO_ACCESS}
    asked = on_colab(secrets)
    assert report(shell)["key"] == "none nearby; the secrets of Colab were not asked"
    assert asked == []
    secrets["GEMINI_API_KEY"] = KEY
    run(shell, "%gemini -q hello")
    asked.clear()
    assert report(shell)["key"] == "Colab secret GEMINI_API_KEY, at the last prompt"
    assert asked == []
    run(shell, f"%config GeminiMagics.api_key = '{KEY}'")
    assert report(shell)["key"] == "setting (GeminiMagics.api_key)"


def test_it_says_what_is_set(shell, monkeypatch):
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "https://user:password@proxy.example")
    monkeypatch.setenv("https_proxy", "http://user:password@proxy.example")
    assert report(shell)["asks"] == "an address of its own (GOOGLE_GEMINI_BASE_URL), through a proxy"
    run(shell, "%config GeminiMagics.offline = True\n%config GeminiMagics.autosave_name = 'lesson'")
    run(shell, "%config GeminiMagics.autosave = 'chats'")
    run(shell, "%config GeminiMagics.cassette = 'lesson.gemini.jsonl'")
    run(shell, "%config GeminiMagics.cassette_mode = 'replay'")
    facts = report(shell)
    assert facts["asks"] == "the offline emulator"
    assert facts["cassette"] == "lesson.gemini.jsonl, mode replay, a file that is not there"
    assert facts["chats"].startswith("kept in ")
    assert facts["chats"].endswith(".jsonl")


def test_it_leaks_neither_the_key_nor_the_name_of_the_user(shell, monkeypatch, tmp_path):
    home = tmp_path / "ann.lee"
    work = home / "lessons" / KEY
    work.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME", "JUPYTERHUB_USER"):
        monkeypatch.setenv(name, "ann.lee")
    monkeypatch.chdir(work)
    (work / ".env").write_text(f"GEMINI_API_KEY={KEY}\n")
    run(shell, "%config GeminiMagics.cassette = '/mnt/ann.lee/a.jsonl'")
    facts = report(shell)
    assert KEY not in repr(facts)
    assert "ann" not in repr(facts)
    assert facts["folder"] == "~/lessons/[hidden], writable"
    assert facts["cassette"].startswith("/mnt/[user]/a.jsonl, ")


def test_a_home_is_hidden_wherever_it_stands(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.setenv("USERPROFILE", "/home/ann")
    text = "/home/ann; (/home/ann) /home/ann/x /home/anna /srv/home/ann/y '/home/ann'"
    assert hide_names(text) == "~; (~) ~/x /home/anna /srv/home/[user]/y '~'"
    monkeypatch.setenv("HOME", "/")
    assert hide_names("/srv/x") == "/srv/x"


def test_the_longest_of_the_users_names_is_hidden_first(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.setenv("USERPROFILE", "/home/ann")
    monkeypatch.setenv("JUPYTERHUB_USER", "ann@school.example")
    assert hide_names("/srv/ann@school.example/x /srv/ann/y") == "/srv/[user]/x /srv/[user]/y"


def test_a_key_of_the_environment_is_hidden_whatever_its_shape(shell, monkeypatch, tmp_path):
    key = "a-key-of-no-known-shape"
    (tmp_path / key).mkdir()
    monkeypatch.chdir(tmp_path / key)
    monkeypatch.setenv("GEMINI_API_KEY", key)
    assert key not in repr(report(shell))


def test_a_fact_that_cannot_be_found_costs_no_other(shell, monkeypatch):
    def fail(*_args):
        raise OSError("/home/ann is broken\n")

    for name in ("describe_python", "describe_folder", "has_extension", "version_of"):
        monkeypatch.setattr(installed, name, fail)
    monkeypatch.setattr(about, "find_front_end", fail)
    facts = report(shell)
    assert facts["Python"] == facts["folder"] == facts["front end"] == "unknown (OSError)"
    assert facts["key"] == "none"


@pytest.mark.parametrize("package", ["ipykernel", "anywidget", "jupyter_core.paths"])
def test_a_package_that_is_missing_is_said(shell, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)

    def lacking(name, real=importlib.metadata.version):
        if name == package:
            raise importlib.metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(installed, "version", lacking)
    facts = report(shell)
    if package != "jupyter_core.paths":
        assert f"{package} not installed" in facts["kernel"] + facts["widgets"]
    assert facts["JupyterLab extension beside the kernel"] in {"yes", "no"}


def test_it_takes_no_network_and_no_time(shell, monkeypatch):
    def refuse(*_args, **_more):
        pytest.fail("it opens a connection")

    report(shell)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    began = time.monotonic()
    report(shell)
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("cell", ["%gemini --about # for the bug report", "%%gemini --about\n\n"])
def test_it_takes_no_prompt(shell, cell):
    assert run(shell, cell).outputs
    with pytest.raises(errors.OptionError, match="--about takes no prompt"):
        run(shell, "%gemini --about hello")
