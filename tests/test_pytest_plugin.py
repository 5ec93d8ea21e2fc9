"""The fixture `gemini_cassette`, as the tests of others use it."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import google.genai  # noqa: F401 - or each run of pytest below imports it anew
import pytest

from gemini_magic.emulator import ScriptedReply

pytestmark = pytest.mark.slow

pytest_plugins = ["pytester"]

BEGIN = """
import asyncio
import google.genai  # noqa: F401 - or each run of pytest below imports it anew
import pytest
from google import genai

def ask(prompt):
    client = genai.Client()
    return client.models.generate_content(model="gemini-3.8-flash", contents=prompt).text
"""


@pytest.fixture
def course(pytester, monkeypatch):
    """Runs a test file in this process, as `pytest` would."""
    monkeypatch.delenv("GEMINI_MAGIC_CASSETTE_MODE", raising=False)

    class Course:
        cassettes = pytester.path / "cassettes" / "test_it"

        def write(self, code):
            pytester.makepyfile(test_it=BEGIN + textwrap.dedent(code))

        def run(self, *options):
            return pytester.runpytest_inprocess("-p", "no:cacheprovider", *options).parseoutcomes()

        def names(self):
            return sorted(file.name for file in self.cassettes.iterdir())

    return Course()


def test_record_then_replay_without_a_key(course, server, monkeypatch):
    course.write("""
        def test_sync(gemini_cassette):
            assert "one" in ask("one")

        def test_async(gemini_cassette):
            async def run():
                client = genai.Client()
                return await client.aio.models.generate_content(model="gemini-3.8-flash", contents="two")
            assert "two" in asyncio.run(run()).text

        class TestMore:
            @pytest.mark.parametrize("prompt", ["three", "../a b/ü:*", "x" * 200, "../a b/ö:*"])
            def test_names(self, gemini_cassette, prompt):
                assert ask(prompt)
    """)
    assert course.run() == {"failed": 6}
    assert course.run("--gemini-cassettes=record") == {"passed": 6}
    asked = len(server.exchanges)
    names = course.names()
    assert len(names) == 6
    assert {
        "test_sync.gemini.jsonl",
        "test_async.gemini.jsonl",
        "TestMore.test_names-three.gemini.jsonl",
    } < set(names)
    assert all(name.isascii() and len(name) < 120 and "/" not in name for name in names)
    monkeypatch.delenv("GEMINI_API_KEY")
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:9")
    assert course.run() == {"passed": 6}
    assert len(server.exchanges) == asked
    assert course.names() == names


def test_a_miss_fails_the_test_and_says_why(course, server, pytester):
    course.write('def test_it(gemini_cassette): ask("Name three colours.")')
    course.run("--gemini-cassettes=record")
    course.write('def test_it(gemini_cassette): ask("Name four colours.")')
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.stdout.fnmatch_lines(["*NotRecorded: test_it.gemini.jsonl has no reply to*three*four*"])


def test_the_variable_chooses_and_the_option_goes_before_it(course, server, monkeypatch):
    course.write('def test_it(gemini_cassette): ask("one")')
    monkeypatch.setenv("GEMINI_MAGIC_CASSETTE_MODE", "auto")
    assert course.run("--gemini-cassettes=replay") == {"failed": 1}
    assert course.run() == {"passed": 1}
    assert course.run() == {"passed": 1}
    assert len(server.exchanges) == 1
    monkeypatch.setenv("GEMINI_MAGIC_CASSETTE_MODE", "never")
    assert course.run() == {"errors": 1}


def test_live_asks_and_writes_nothing(course, server):
    course.write('def test_it(gemini_cassette): ask("one")')
    assert course.run("--gemini-cassettes=live") == {"passed": 1}
    assert len(server.exchanges) == 1
    assert not course.cassettes.exists()


def test_record_drops_what_is_stale_unless_the_test_fails(course, server, emulator):
    emulator.script += [ScriptedReply(pieces=(text,)) for text in ("one", "two", "three")]
    course.write('def test_it(gemini_cassette): ask("a"), ask("b")')
    course.run("--gemini-cassettes=record")
    course.write('def test_it(gemini_cassette): ask("c"); assert False')
    assert course.run("--gemini-cassettes=record") == {"failed": 1}
    cassette = course.cassettes / "test_it.gemini.jsonl"
    assert cassette.read_text().count('"request"') == 3
    course.write('def test_it(gemini_cassette): ask("c")')
    assert course.run() == {"passed": 1}
    assert course.run("--gemini-cassettes=record") == {"passed": 1}
    assert cassette.read_text().count('"request"') == 1


def test_the_emulator_answers_where_it_is_asked_for_too(course):
    course.write("""
        def test_it(gemini_emulator, gemini_cassette):
            assert ask("one")
            assert gemini_cassette.recorded == 1
    """)
    assert course.run("--gemini-cassettes=record") == {"passed": 1}


def test_the_plugin_imports_nothing_heavy():
    code = (
        "import sys, pytest, gemini_magic.pytest_plugin\n"
        "print(*(name for name in ('google.genai', 'IPython', 'httpx2', 'pydantic') if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "\n"
