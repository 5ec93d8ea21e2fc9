"""Front ends that show no widgets, in a real kernel: the plain line is there, and everything else works."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gemini_magic.emulator import ScriptedReply
from tests.support.kernel import running_kernel
from tests.support.service import KEY
from tests.support.widgets import VIEW, words

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
COLAB = {"metadata": {"colab": {"cell_id": "nNWQ3kTq"}}, "allow_stdin": True}
"""What Colab asks for: it tells its cells in its own way."""

THOUGHT = {"candidates": [{"content": {"role": "model", "parts": [{"text": "Hm. ", "thought": True}]}}]}
STOP = "interrupt the cell to stop"


@pytest.fixture(scope="module")
def started():
    with running_kernel(PYTHONPATH=":".join([str(ROOT), *sys.path])) as kernel:
        yield kernel


@pytest.fixture
def kernel(started, server):
    environment = {"GOOGLE_GEMINI_BASE_URL": server.url, "GEMINI_API_KEY": KEY}
    started.run(f"import os, sys; os.environ |= {environment!r}")
    assert started.run("%load_ext gemini_magic").status == "ok"
    started.run("%gemini_chat new main\n%gemini --once warm up")
    server.emulator.bodies.clear()
    yield started
    # What a test has imported, or has kept from being imported, is not the next one's.
    for name in ("anywidget", "google.colab", "google.colab.output", "google.colab.userdata"):
        started.run(f"sys.modules.pop({name!r}, None)")
    assert started.run("%config GeminiMagics.bar = None\n%unload_ext gemini_magic").status == "ok"


def comms(run):
    # Those of an earlier cell may be closed meanwhile.
    return [m["msg_type"] for m in run.messages if m["msg_type"] == "comm_open"]


def lines(run):
    """What stood in the place of the usage line, one after the other."""
    [display_id] = {run.displays[0]["transient"]["display_id"]}
    sent = [run.displays[0], *(one for one in run.updates if one["transient"]["display_id"] == display_id)]
    return [one["data"]["text/plain"] for one in sent]


def test_on_colab_the_line_is_updated_in_place(kernel, emulator):
    emulator.script.append(words(12, pause_s=0.2))
    run = kernel.run("%%gemini --once --thoughts\nhello", **COLAB)
    *live, last = lines(run)
    assert comms(run) == []
    assert VIEW not in repr(run.messages)
    assert live[0] == f"gemini-3.8-flash · streaming… · {STOP} · 0 s"
    assert 2 <= len(live) <= 4
    assert all(STOP in line for line in live)
    assert "first token" in last
    assert "word11" in repr(run.final())
    assert run.errors == []


def test_on_colab_a_cell_that_runs_again_replaces_its_turn(kernel, emulator):
    for cell in ("one", "two", "one"):
        metadata = {"colab": {"cell_id": cell}}
        run = kernel.run("%%gemini\nhello", metadata=metadata, allow_stdin=True)
        assert comms(run) == []
    assert lines(run)[-1].endswith("chat main, turn 1, again; 1 later turn set aside")
    assert [len(body["contents"]) for body in emulator.bodies] == [1, 3, 1]


def test_on_colab_the_bar_can_be_asked_for(kernel):
    kernel.run("from tests.support.colab import install_colab; install_colab({})")
    kernel.run("%config GeminiMagics.bar = True")
    assert "comm_open" in comms(kernel.run("%%gemini --once\nhello", **COLAB))
    # The widget's package has switched on what Colab shows it with.
    said = kernel.run("%gemini --about", **COLAB).displays[0]["data"]["text/plain"]
    assert "Colab's manager for widgets of others: on" in said
    assert "while a reply streams: the bar (setting: True)" in said


def test_where_the_bar_is_not_wanted_there_is_the_line(kernel):
    kernel.run("%config GeminiMagics.bar = False")
    run = kernel.run("%%gemini --once\nhello", cell_id="c1")
    assert comms(run) == []
    assert lines(run)[0] == "gemini-3.8-flash · streaming… · interrupt the kernel to stop · 0 s"


@pytest.mark.parametrize("fault", ["None", "type(sys)('anywidget')"])
def test_packages_that_are_missing_or_too_old_cost_the_bar_only(kernel, emulator, fault):
    kernel.run("%unload_ext gemini_magic")
    kernel.run(
        "for name in [n for n in sys.modules if n.startswith(('anywidget', 'gemini_magic.views.widgets'))]:\n"
        "    del sys.modules[name]\n"
        f"sys.modules['anywidget'] = {fault}"
    )
    assert kernel.run("%load_ext gemini_magic").status == "ok"
    emulator.script.append(ScriptedReply(pieces=(THOUGHT, "Hello"), pause_s=0.2))
    run = kernel.run("%%gemini --once --thoughts\nhello", cell_id="c1")
    assert (run.status, run.errors, comms(run), run.stream("stderr")) == ("ok", [], [], "")
    assert "Hm." in repr(run.final())
    assert "Hello" in repr(run.final())
    assert "interrupt the kernel to stop" in lines(run)[0]
    said = kernel.run("%gemini --about", cell_id="c1").displays[0]["data"]["text/plain"]
    assert "cannot be imported (" in said
    assert "while a reply streams: the plain line: widgets cannot be imported" in said


def test_without_the_packages_the_sdk_is_imported_in_the_background_all_the_same(server):
    environment = {"GOOGLE_GEMINI_BASE_URL": server.url, "GEMINI_API_KEY": KEY}
    with running_kernel(**environment) as kernel:
        kernel.run("import sys; sys.modules['anywidget'] = sys.modules['ipywidgets'] = None")
        runs = [kernel.run("%load_ext gemini_magic"), kernel.run("%%gemini --once\nhello", cell_id="c1")]
        runs.append(kernel.run("from gemini_magic.runtime import sdk_import; print(sdk_import._finished)"))
    assert [(run.status, run.stream("stderr")) for run in runs] == [("ok", "")] * 3
    assert runs[-1].stream("stdout") == "True\n"


def test_an_interrupt_ends_the_reply_and_the_line(kernel, emulator):
    emulator.script.append(words(3, pause_s=60))
    interrupts = []

    def on_message(message):
        if "word0" in repr(message["content"].get("data")) and not interrupts:
            interrupts.append(message)
            kernel.manager.interrupt_kernel()

    run = kernel.run("%%gemini --once\nhello", on_message=on_message, **COLAB)
    assert run.status == "error"
    assert "stopped" in lines(run)[-1]
    assert STOP not in lines(run)[-1]
