"""%gemini_cassette in a real shell over real HTTP, and in a kernel."""

from __future__ import annotations

import pytest
from IPython.core.completer import provisionalcompleter

from gemini_magic.errors import CassetteError, NothingToShow, NotRecorded, OptionError
from gemini_magic.magics import kept
from tests.support.cassettes import said
from tests.support.kernel import running_kernel
from tests.support.shell import run, texts

TAPE = "lesson.gemini.jsonl"


def restart(shell):
    """What a kernel restart does to us."""
    run(shell, "%unload_ext gemini_magic")
    kept.take(shell)
    run(shell, "%load_ext gemini_magic")


def test_it_prints_nothing_and_replays(recorded, server):
    before = texts(run(recorded, "%gemini --show"))
    restart(recorded)
    turned_on = run(recorded, f"%gemini_cassette {TAPE}")
    assert (turned_on.stdout, turned_on.outputs) == ("", [])
    assert texts(run(recorded, "%%gemini\nfirst"))[1] == "one"
    assert texts(run(recorded, "%%gemini\nsecond"))[1] == "two"
    assert texts(run(recorded, "%gemini --once apart")) == before
    assert len(server.exchanges) == 3


def test_what_is_recorded_and_used(recorded):
    restart(recorded)
    run(recorded, f"%gemini_cassette '{TAPE}' --mode replay")
    run(recorded, "%gemini first")
    shown = run(recorded, "%gemini_cassette")
    [table] = shown.outputs
    lines = table.data["text/plain"].splitlines()
    assert [line.split()[-1] for line in lines[-3:]] == ["yes", "yet", "yet"]
    assert shown.stdout.startswith(f"{TAPE}: mode replay · 3 recorded · 1 used in this kernel")
    assert "prune" in shown.stdout
    assert run(recorded, "%gemini_cassette prune").stdout == f"{TAPE}: 2 recordings dropped, 1 kept\n"
    run(recorded, "%gemini_chat reset")
    assert texts(run(recorded, "%gemini first"))[1] == "one"


def test_modes_and_speed_are_settings(recorded, emulator):
    restart(recorded)
    run(recorded, f"%gemini_cassette {TAPE} --speed 1")
    magics = recorded.find_line_magic("gemini").__self__
    assert (magics.cassette_speed, magics.cassette_mode) == (1.0, None)
    run(recorded, "%gemini_cassette --mode record --speed 0")
    assert (magics.cassette_speed, magics.cassette_mode) == (None, "record")
    emulator.script.append(said("anew"))
    assert texts(run(recorded, "%gemini first"))[1] == "anew"
    run(recorded, "%gemini_cassette --mode live")
    with pytest.raises(NothingToShow, match="mode live"):
        run(recorded, "%gemini_cassette")
    run(recorded, "%gemini_cassette --mode record --speed 2")
    run(recorded, "%gemini_cassette other.jsonl")
    assert (magics.cassette_speed, magics.cassette_mode) == (None, None)
    run(recorded, "%gemini_cassette --mode record")
    run(recorded, "%gemini_cassette off")
    assert (magics.cassette, magics.cassette_mode) == ("", None)
    # What is set for all cassettes stays for the first one.
    run(recorded, "%config GeminiMagics.cassette_mode = 'replay'")
    run(recorded, "%gemini_cassette other.jsonl")
    assert magics.cassette_mode == "replay"


def test_a_miss_can_be_looked_at(recorded):
    restart(recorded)
    run(recorded, f"%gemini_cassette {TAPE} --mode replay")
    with pytest.raises(NotRecorded, match=r"\[-first-\] \{\+fist\+\}"):
        run(recorded, "%gemini fist")
    assert '+     "text": "fist"' in run(recorded, "%gemini --debug").stdout


def test_a_chat_that_has_gone_on_can_be_run_from_the_top(recorded):
    """Where the front end tells no cells, a prompt that is run again is another turn."""
    restart(recorded)
    run(recorded, f"%gemini_cassette {TAPE} --mode replay")
    run(recorded, "%gemini first")
    with pytest.raises(NotRecorded, match="run the cells again from the top, after %gemini_chat reset"):
        run(recorded, "%gemini first")
    run(recorded, "%gemini_chat reset")
    assert texts(run(recorded, "%gemini first"))[1] == "one"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "no cassette is on"),
        ("prune", "no cassette is on"),
        ("check", "no cassette is on"),
        ("lesson", "ends in .jsonl, like lesson.gemini.jsonl"),
        ("lesson.ipynb", "ends in .jsonl, like lesson.gemini.jsonl"),
        ("a.jsonl b.jsonl", "takes one file"),
        ("--mode reply", "invalid choice: 'reply'"),
        ("--speed fast", "'fast' is no speed"),
        ("prune --mode live", "prune takes no flags"),
        ("--mode auto", "does not tell the notebook's name"),
    ],
)
def test_errors_are_one_line(shell, monkeypatch, line, message):
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    with pytest.raises((OptionError, NothingToShow)) as caught:
        run(shell, f"%gemini_cassette {line}")
    assert message in str(caught.value)


def test_a_damaged_cassette_is_named_at_once(shell, tmp_path):
    (tmp_path / TAPE).write_text("<<<<<<< HEAD\n")
    with pytest.raises(CassetteError, match="damaged in line 1"):
        run(shell, f"%gemini_cassette {tmp_path / TAPE}")


def test_the_default_name_is_the_notebooks(shell, tmp_path, monkeypatch, server, emulator):
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "my lesson.ipynb"))
    emulator.script.append(said("one"))
    run(shell, "%gemini_cassette --mode auto")
    run(shell, "%gemini first")
    assert (tmp_path / "my lesson.gemini.jsonl").exists()


def test_flags_complete(shell):
    with provisionalcompleter():
        found = [one.text for one in shell.Completer.completions("%gemini_cassette --s", 20)]
    assert {"--speed", "--sdk"} <= set(found)


def test_plain_code_of_the_sdk_replays_too(shell, server, emulator, monkeypatch):
    emulator.script.append(said("plain"))
    code = (
        "from google import genai\n"
        "client = genai.Client()\n"
        "print(client.models.generate_content(model='gemini-3.8-flash', contents='hi').text)"
    )
    run(shell, f"%gemini_cassette {TAPE} --mode record --sdk")
    assert run(shell, code).stdout == "plain\n"
    restart(shell)
    monkeypatch.delenv("GEMINI_API_KEY")
    run(shell, f"%gemini_cassette {TAPE} --sdk")
    assert run(shell, code).stdout == "plain\n"
    with pytest.raises(NotRecorded):
        run(shell, code.replace("'hi'", "'ho'"))
    assert len(server.exchanges) == 1
    run(shell, "%gemini_cassette off")
    with pytest.raises(ValueError, match="No API key"):
        run(shell, code)


def test_a_cell_of_plain_code_that_runs_again_is_replayed(tmp_path, server, emulator):
    emulator.script += [said("one"), said("two")]
    code = (
        "from google import genai\nclient = genai.Client()\n"
        "print(client.models.generate_content(model='gemini-3.8-flash', contents='hi').text)"
    )
    named = {"GOOGLE_GEMINI_BASE_URL": server.url, "GEMINI_API_KEY": "placeholder"}
    with running_kernel(**named) as kernel:
        kernel.run(f"%load_ext gemini_magic\n%gemini_cassette {tmp_path / TAPE} --sdk --mode auto")
        for cell in ("a", "a", "b", "a"):
            kernel.run(code, cell_id=cell, allow_stdin=True)
        shown = [kernel.run(code, cell_id=cell).stream("stdout") for cell in ("a", "b")]
    assert shown == ["one\n", "two\n"]
    assert len(server.exchanges) == 2


@pytest.mark.slow
def test_a_kernel_replays_a_long_reply_without_a_flood(tmp_path, server, emulator):
    """At full speed, with somebody watching: no more messages than a live reply may send."""
    pieces = [f"Paragraph {number} of a long reply.\n\n" for number in range(1500)]
    emulator.script.append(said(*pieces))
    tape = tmp_path / TAPE
    named = {"GOOGLE_GEMINI_BASE_URL": server.url, "GEMINI_API_KEY": "placeholder"}
    with running_kernel(**named) as kernel:
        kernel.run(f"%load_ext gemini_magic\n%gemini_cassette {tape} --mode record")
        kernel.run("%gemini --once long", cell_id="a", allow_stdin=True)
    with running_kernel() as kernel:
        kernel.run(f"%load_ext gemini_magic\n%gemini_cassette {tape}")
        kernel.run("import time")
        done = kernel.run("start = time.time()\n%gemini --once long", cell_id="a", allow_stdin=True)
        seconds = float(kernel.run("print(time.time() - start)").stream("stdout"))
    assert done.errors == []
    drawn = [m for m in done.messages if m["msg_type"] in {"display_data", "update_display_data", "comm_msg"}]
    assert len(drawn) <= 60 + 60 * seconds
    text = "".join(out["data"].get("text/plain", "") for out in done.final())
    assert "Paragraph 1499" in text
