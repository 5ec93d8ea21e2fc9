"""A real kernel against the emulator over a real socket."""

from __future__ import annotations

import itertools
import time

import nbformat
import pytest
from nbclient import NotebookClient

from gemini_magic.emulator import ScriptedReply
from tests.support.kernel import running_kernel
from tests.support.widgets import VIEW

pytestmark = pytest.mark.slow

LONG = "".join(f"Paragraph {n} of a long reply, with **bold** words.\n\n" for n in range(250))


def text_of(content):
    """A growing block has no plain text yet."""
    data = content["data"]
    return data["text/plain"] if "text/plain" in data else data["text/markdown"]


def told(run, name):
    """What the kernel has told the bar."""
    states = [m["content"]["data"].get("state", {}) for m in run.messages if m["msg_type"] == "comm_msg"]
    return [state[name] for state in states if name in state]


def test_a_person_sees_it_grow(kernel, emulator):
    emulator.script.append(ScriptedReply(pieces=tuple(f"word{n} " for n in range(10)), pause_s=0.06))
    run = kernel.run("%%gemini\nhello", cell_id="c1")
    usage, reply = run.displays
    assert text_of(usage) == "gemini-3.8-flash · streaming… · interrupt the kernel to stop"
    growing = [text_of(reply)] + [text_of(u) for u in run.updates if text_of(u).startswith("word0")]
    assert len(growing) >= 5
    assert all(later.startswith(earlier) for earlier, later in itertools.pairwise(growing))
    assert growing[-1] == "".join(f"word{n} " for n in range(10))
    last_usage, last_reply = run.final()
    assert "streaming" not in text_of(last_usage)
    assert last_usage["metadata"]["gemini_magic"]["finish_reason"] == "STOP"
    assert last_reply["data"] == {"text/markdown": growing[-1], "text/plain": growing[-1]}
    assert run.stream("stdout") + run.stream("stderr") == ""


SLOW_IMPORT = """
import threading
from gemini_magic.runtime import sdk_import
go, import_all = threading.Event(), sdk_import._import_all
sdk_import._import_all = lambda *names: (go.wait(20), import_all(*names))
"""


def test_the_first_prompt_shows_its_bar_before_the_sdk_is_there():
    with running_kernel(GEMINI_MAGIC_OFFLINE="1") as kernel:
        subshell = kernel.create_subshell() or pytest.skip("this ipykernel has no subshells")
        kernel.run(SLOW_IMPORT)
        kernel.run("%load_ext gemini_magic")
        shown = []

        def on_message(message):
            if message["msg_type"] == "display_data" and not shown:
                shown.append(message)
                kernel.send("print(sdk_import.is_sdk_imported()); go.set()", subshell_id=subshell)

        run = kernel.run("%%gemini --once\nhello", cell_id="c1", on_message=on_message)
        printed = [m["content"]["text"] for m in kernel.heard if m["msg_type"] == "stream"]
        assert (printed, run.errors) == (["False\n"], [])
        assert "offline, no cost" in text_of(run.final()[0])
        assert len(run.final()) == 2


def test_a_first_prompt_that_is_refused_leaves_no_bar():
    with running_kernel() as kernel:
        kernel.run(SLOW_IMPORT.replace("20", "0.3"))
        kernel.run("%load_ext gemini_magic")
        run = kernel.run("%%gemini --once --resume\nhello", cell_id="c1")
        [error] = run.errors
        assert error["ename"] == "OptionError"
        assert all(VIEW not in content["data"] for content in run.final())


def test_draws_are_throttled_and_the_last_state_comes(kernel, emulator):
    emulator.script.append(ScriptedReply(pieces=tuple(f"{n} " for n in range(2000))))
    started = time.monotonic()
    run = kernel.run("%%gemini\nhello", cell_id="c1")
    most = 4 + 20 * (time.monotonic() - started)
    assert len(run.displays) + len(run.updates) <= most
    assert text_of(run.final()[1]).split() == [str(n) for n in range(2000)]


def test_a_long_reply_is_sent_in_blocks(kernel, emulator):
    pieces = tuple(LONG[i : i + 40] for i in range(0, len(LONG), 40))
    emulator.script.append(ScriptedReply(pieces=pieces, pause_s=0.005))
    run = kernel.run("%%gemini -q\nhello", cell_id="c1")
    assert len(run.displays) > 2
    assert "".join(text_of(content) for content in run.final()) == LONG
    first = run.displays[0]["transient"]["display_id"]
    positions = [i for i, u in enumerate(run.updates) if u["transient"]["display_id"] == first]
    assert max(positions) < len(run.updates) / 2, "a frozen block is not sent again"


@pytest.mark.parametrize("watched", [{}, {"cell_id": "c1", "allow_stdin": True}], ids=["headless", "watched"])
def test_the_returned_reply_sends_nothing_more(kernel, watched):
    """One cell shows it once; another one shows it as any value."""
    asked = [
        kernel.run(cell, **watched) for cell in ("%%gemini\nhello", "%gemini hello", "r = %gemini hello")
    ]
    for run in asked:
        assert "execute_result" not in [message["msg_type"] for message in run.messages]
    assert len({len(run.displays) for run in asked}) == 1
    [result] = [m["content"] for m in kernel.run("r").messages if m["msg_type"] == "execute_result"]
    assert result["data"]["text/plain"].startswith("<Reply complete")
    said = kernel.run("print(_ is r, Out[2] is _2, Out[2] is not Out[3])").stream("stdout")
    assert said == "True True True\n"


def test_nobody_watches(kernel, emulator):
    emulator.script.append(ScriptedReply(pieces=("Hello ", "you"), pause_s=0.1))
    run = kernel.run("%%gemini\nhello")
    assert [text_of(d).split(" · ")[0] for d in run.displays] == ["offline-emulator", "Hello you"]
    assert run.updates == []
    emulator.script.append(ScriptedReply(pieces=("Hello ", "you"), pause_s=0.1))
    # A front end in Python is a terminal: what it gets is printed.
    run = kernel.run("%%gemini\nhello", allow_stdin=True)
    assert run.displays == []
    assert "Hello you" in run.stream("stdout")


def test_watched_and_unwatched_leave_the_same_outputs(kernel, emulator):
    kernel.run("%config GeminiMagics.offline = True")
    watched = kernel.run("%%gemini --new\nhello", cell_id="c1").final()
    unwatched = kernel.run("%%gemini --new\nhello").final()
    assert [(c["data"], c["metadata"]) for c in watched] == [(c["data"], c["metadata"]) for c in unwatched]


def test_an_interrupt(kernel, emulator, server):
    emulator.script.append(ScriptedReply(pieces=("partial ", "never"), pause_s=60))
    times = {}

    def interrupt(message):
        if message["msg_type"] == "display_data" and text_of(message["content"]) == "partial ":
            times["sent"] = time.monotonic()
            kernel.manager.interrupt_kernel()

    run = kernel.run("%%gemini -o answer\nhello", cell_id="c1", on_message=interrupt)
    times["idle"] = time.monotonic()
    [error] = run.errors
    assert run.status == "error"
    assert error["ename"] == "ReplyStopped"
    assert len(error["traceback"]) == 1
    assert [text_of(c) for c in run.final()][1] == "partial "
    assert "stopped" in text_of(run.final()[0])
    assert server.exchanges[0].ended.wait(5)
    assert server.exchanges[0].outcome == "disconnected"
    assert times["idle"] - times["sent"] < 5, "the stream would go on for a minute"
    assert "partial" in kernel.run("print(repr(answer), _gemini.text)").stream("stdout")
    kernel.run("%%gemini\ngo on")
    assert [c["parts"][0]["text"] for c in emulator.bodies[-1]["contents"]] == ["hello", "partial ", "go on"]


def test_errors_reach_the_front_end_as_one_line(kernel, server):
    run = kernel.run("%%gemini -m gemini-0\nhello", cell_id="c1")
    [error] = run.errors
    assert run.status == "error"
    assert (error["ename"], len(error["traceback"])) == ("ModelNotFound", 1)
    assert text_of(run.final()[0]) == "gemini-0"
    assert run.stream("stderr") == ""
    [error] = kernel.run("%%gemini").errors
    assert error["ename"] == "EmptyPrompt"
    assert kernel.run("%%gemini\nhello").status == "ok"


def test_the_sdk_is_imported_behind_the_users_back(kernel):
    wait = "from gemini_magic.runtime import sdk_import; sdk_import.wait_for_sdk()"
    code = f"{wait}; import sys; print('google.genai' in sys.modules)"
    assert kernel.run(code).stream("stdout") == "True\n"


def test_nbclient_saves_the_same_twice(server, clean_environment):
    cells = [
        "%load_ext gemini_magic\n%config GeminiMagics.offline = True",
        "%%gemini\nhello",
        "%gemini and again?",
    ]
    saved = []
    for _ in range(2):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
        NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
        saved.append([cell.outputs for cell in notebook.cells])
    assert saved[0] == saved[1]
    assert [len(outputs) for outputs in saved[0]] == [0, 2, 2]


def test_a_retry_counts_down_in_the_cell(kernel, emulator):
    busy = {"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}
    emulator.script.append(ScriptedReply(status=503, body=busy, headers={"retry-after": "1"}))
    emulator.script.append(ScriptedReply(pieces=("at last",)))
    run = kernel.run("%%gemini\nhello", cell_id="c1")
    waiting = "the service failed (503: The model is overloaded); trying again in 1 s, 2 of 4"
    assert waiting in told(run, "progress")
    assert [text_of(content) for content in run.final()][1] == "at last"
    assert " · after 2 tries · " in text_of(run.final()[0])
    assert run.errors == []
    assert run.stream("stderr") == ""
