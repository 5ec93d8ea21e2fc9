"""Lines that IPython would read otherwise: questions at the end, cells without a body."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.shell import run, texts


@pytest.mark.parametrize(
    "line", ["%gemini why is the sky blue?", '%gemini What\'s "up" (doc)?', "%gemini -m gemini-2.5-pro a? b?"]
)
def test_a_question_on_one_line(offline, line):
    prompt = line.partition("%gemini ")[2].removeprefix("-m gemini-2.5-pro ")
    assert prompt in texts(run(offline, line))[1]


def test_questions_inside_python(offline):
    captured = run(offline, "for n in range(2):\n    %gemini --once how many?\ntext = '''\n%gemini x?\n'''")
    assert len(captured.outputs) == 4
    assert offline.user_ns["text"] == "\n%gemini x?\n"


@pytest.mark.slow
def test_in_the_terminal():
    """`ipython` itself: plain text streams, the usage line comes after it."""
    command = [sys.executable, "-m", "IPython", "--simple-prompt", "--no-banner", "--colors=nocolor"]
    typed = "%load_ext gemini_magic\n%config GeminiMagics.offline = True\n"
    typed += "%gemini is it plain?\n%gemini -q -m nope x\nprint(type(_).__name__, list(Out))\n"
    done = subprocess.run(command, input=typed, capture_output=True, text=True, timeout=60, check=True)
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    [text] = [n for n, line in enumerate(lines) if "This is the offline emulator" in line]
    [usage] = [n for n, line in enumerate(lines) if line.startswith("offline-emulator · ")]
    assert text < usage
    assert "> is it plain?" in lines
    assert "Out[" not in done.stdout
    assert "Reply [3]" in done.stdout
    assert "ModelNotFound: models/nope is not found" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_questions_in_odd_positions(offline):
    assert "a b?" in texts(run(offline, "%gemini a \\\n   b?"))[1]
    assert "why?" in texts(run(offline, "x = %gemini why?"))[1]
    assert "blank-tab" in texts(run(offline, "%%gemini\t-q -c tab\nblank-tab"))[0]


def test_typing_a_cell_in_the_terminal_goes_on_after_its_first_line(shell):
    """The terminal asks whether what was typed is complete; a cell magic's body is yet to come."""
    check = shell.input_transformer_manager.check_complete
    for line in ("%%gemini", "%%gemini -q", "%%gemini_magic"):
        assert check(line) == check("%%bash")
        assert check(f"{line}\nhello")[0] == "incomplete"
