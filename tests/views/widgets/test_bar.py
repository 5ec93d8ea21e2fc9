"""The bar and the panel in a real kernel: what a page would send them while a cell runs, and what it gets."""

from __future__ import annotations

import threading

import pytest

from gemini_magic.emulator import ScriptedReply
from tests.conftest import KEY
from tests.support.kernel import CONTROL, running_kernel

STOP = {"method": "custom", "content": "stop"}
NEXT = "import time\ntime.sleep(0.05)\nprint('unharmed')"
WIDGETS = "import ipywidgets.widgets.widget as w; print(len(w._instances))"
VIEW = "application/vnd.jupyter.widget-view+json"


@pytest.fixture(scope="module")
def started():
    """One kernel for the whole file; each test loads the extension anew."""
    with running_kernel() as kernel:
        yield kernel


@pytest.fixture
def kernel(started, server):
    environment = {"GOOGLE_GEMINI_BASE_URL": server.url, "GEMINI_API_KEY": KEY}
    started.run(f"import os; os.environ |= {environment!r}")
    started.run("%load_ext gemini_magic")
    started.run("%gemini --once warm up")
    server.emulator.bodies.clear()
    server.exchanges.clear()
    yield started
    assert started.run("%unload_ext gemini_magic").status == "ok"


@pytest.fixture
def subshell(kernel):
    return kernel.create_subshell() or pytest.skip("this ipykernel has no subshells")


@pytest.fixture(params=["subshell", CONTROL])
def way(request):
    """Where a click reaches the kernel while a cell runs."""
    return CONTROL if request.param == CONTROL else request.getfixturevalue("subshell")


def words(count, pause_s=0.0, **more):
    return ScriptedReply(pieces=tuple(f"word{n} " for n in range(count)), pause_s=pause_s, **more)


def thought(text):
    part = {"text": text, "thought": True}
    return {"candidates": [{"content": {"role": "model", "parts": [part]}}]}


def comms(run, msg_type):
    return [m["content"] for m in run.messages if m["msg_type"] == msg_type]


def bars(run):
    """The ids of the widgets shown in the place of the first output, and of the second."""
    return [display["data"][VIEW]["model_id"] for display in run.displays if VIEW in display["data"]]


def final_text(run, number=1):
    data = run.final()[number]["data"]
    return data["text/plain"]


def told(message, **state):
    """Whether a message tells a widget's state."""
    content = message["content"]
    return message["msg_type"] == "comm_msg" and state.items() <= content["data"].get("state", {}).items()


def says_done(message):
    return told(message, state="done")


def once(suits, act):
    """Do something at the first message that suits."""
    done = []

    def on_message(message):
        if not done and suits(message):
            done.append(message)
            act()

    return on_message


def click_when(kernel, way, suits):
    """Click on Stop at the first message that suits."""
    shown = []
    click = once(suits, lambda: kernel.tell(shown[0], STOP, way))

    def on_message(message):
        view = message["content"].get("data", {}).get(VIEW)
        shown.extend([view["model_id"]] if view else [])
        click(message)

    return on_message


def shows(text):
    return lambda message: text in message["content"].get("data", {}).get("text/markdown", "")


def test_a_click_ends_the_cell_in_good_order(kernel, way, emulator, server):
    emulator.script.append(words(3, pause_s=60))
    click = click_when(kernel, way, shows("word0"))
    run = kernel.run("%%gemini -o answer\nhello", cell_id="c1", on_message=click)
    assert (run.status, run.errors) == ("ok", [])
    assert server.exchanges[0].ended.wait(10)
    assert server.exchanges[0].outcome == "disconnected"
    assert "stopped" in final_text(run, 0)
    assert final_text(run) == "word0 "
    assert kernel.run("print(answer.state, repr(answer.text))").stream("stdout") == "stopped 'word0 '\n"
    kernel.run("%%gemini\ngo on")
    assert [c["parts"][0]["text"] for c in emulator.bodies[-1]["contents"]] == ["hello", "word0 ", "go on"]


def test_fifty_stops_leave_the_next_cell_alone(kernel, way, emulator):
    for _ in range(50):
        emulator.script.append(words(3, pause_s=60))
        stopped, following = (
            kernel.send("%%gemini --once\nhello", cell_id="c1"),
            kernel.send(NEXT, cell_id="c2"),
        )
        run = kernel.collect(stopped, click_when(kernel, way, shows("word0")))
        assert (run.status, run.errors, final_text(run)) == ("ok", [], "word0 ")
        assert kernel.collect(following).stream("stdout") == "unharmed\n"


def test_a_click_before_the_first_word(kernel, way, emulator):
    emulator.script.append(words(3, first_s=60))
    click = click_when(kernel, way, lambda message: message["msg_type"] == "display_data")
    run = kernel.run("%%gemini --once\nhello", cell_id="c1", on_message=click)
    assert (run.status, run.errors) == ("ok", [])
    assert "stopped" in final_text(run, 0)


@pytest.mark.parametrize("wait_ms", range(12))
def test_a_click_in_the_last_millisecond(kernel, way, emulator, server, wait_ms):
    seen = {"bar": threading.Event(), "last": threading.Event()}
    emulator.script.append(words(4, pause_s=0.1))
    server.watch = lambda exchange: seen["last"].set() if exchange.sent == 4 else None
    first, following = kernel.send("%%gemini --once\nhello", cell_id="c1"), kernel.send(NEXT, cell_id="c2")

    def click_at_the_end(message):
        if VIEW in message["content"].get("data", {}):
            seen["last"].wait(10)
            threading.Event().wait(wait_ms / 1000)
            kernel.tell(message["content"]["data"][VIEW]["model_id"], STOP, way)

    run = kernel.collect(first, click_at_the_end)
    assert (run.status, run.errors) == ("ok", [])
    assert final_text(run) in {"word0 word1 word2 ", "word0 word1 word2 word3 "}
    assert kernel.collect(following).stream("stdout") == "unharmed\n"


def test_a_click_after_the_end(kernel, way):
    run = kernel.run("%%gemini --once\nhello", cell_id="c1")
    following = kernel.send(NEXT, cell_id="c2")
    for comm_id in bars(run):
        kernel.tell(comm_id, STOP, way)
    run = kernel.collect(following)
    assert (run.status, run.stream("stdout"), run.stream("stderr")) == ("ok", "unharmed\n", "")


def test_an_interrupt_that_crosses_the_end_is_not_the_next_cells(kernel, emulator):
    for _ in range(5):
        emulator.script.append(words(5, pause_s=0.1))
        first = kernel.send("%%gemini --once\nhello", cell_id="c1", stop_on_error=False)
        following = kernel.send(NEXT, cell_id="c2")
        run = kernel.collect(first, once(says_done, kernel.manager.interrupt_kernel))
        assert [error["ename"] for error in run.errors] == ["ReplyStopped"]
        assert final_text(run) == "".join(f"word{n} " for n in range(5))
        assert kernel.collect(following).stream("stdout") == "unharmed\n"


def test_an_interrupt_still_is_one(kernel, emulator):
    emulator.script.append(words(3, pause_s=60))
    first, following = kernel.send("%%gemini --once\nhello", cell_id="c1"), kernel.send(NEXT, cell_id="c2")
    run = kernel.collect(first, once(shows("word0"), kernel.manager.interrupt_kernel))
    [error] = run.errors
    assert (error["ename"], len(error["traceback"])) == ("ReplyStopped", 1)
    assert final_text(run) == "word0 "
    assert kernel.collect(following).status == "aborted"


@pytest.mark.parametrize("options", ["", "--thoughts"])
def test_no_widget_stays(kernel, emulator, options):
    before = kernel.run(WIDGETS).stream("stdout")
    emulator.script.append(ScriptedReply(pieces=(thought("Hm. "), "Hello"), pause_s=0.2))
    run = kernel.run(f"%%gemini --once {options}\nhello", cell_id="c1")
    opened = {content["comm_id"] for content in comms(run, "comm_open")}
    assert len(opened) == 4 if options else 2
    assert opened == {content["comm_id"] for content in comms(run, "comm_close")}
    assert set(bars(run)) < opened
    assert len(bars(run)) == (2 if options else 1)
    assert VIEW not in repr(run.final())
    assert kernel.run(WIDGETS).stream("stdout") == before


def test_no_widget_stays_after_a_failure(kernel, emulator):
    before = kernel.run(WIDGETS).stream("stdout")
    for reply in (ScriptedReply(status=400), words(3, fault="reset"), words(0)):
        emulator.script.append(reply)
        run = kernel.run("%%gemini --once\nhello", cell_id="c1")
        assert run.status == "error"
        assert len(comms(run, "comm_open")) == len(comms(run, "comm_close")) == 2
        assert VIEW not in repr(run.final())
    assert kernel.run(WIDGETS).stream("stdout") == before


def test_the_bar_is_done_before_it_is_closed(kernel):
    """A page that hears of the end only as the widget vanishes would keep its timers."""
    run = kernel.run("%%gemini --once\nhello", cell_id="c1")
    [bar] = bars(run)
    kinds = [
        "close" if m["msg_type"] == "comm_close" else "done"
        for m in run.messages
        if m["msg_type"] in {"comm_msg", "comm_close"} and m["content"]["comm_id"] == bar
        if m["msg_type"] == "comm_close" or says_done(m)
    ]
    assert kinds == ["done", "close"]


def test_nobody_watches(kernel):
    run = kernel.run("%%gemini --once --thoughts\nhello")
    assert [m["msg_type"] for m in run.messages if m["msg_type"].startswith("comm")] == []


def test_the_running_reply_is_shown_from_its_beginning_to_its_end(kernel, subshell, emulator):
    """From a subshell's console, after the page that showed it was reloaded."""
    emulator.script.append(words(10, pause_s=0.1))
    kernel.send("%%gemini --once\nhello", cell_id="c1")
    kernel.wait_for(shows("word3"))
    run = kernel.collect(kernel.send("%gemini --show", cell_id="c2", subshell_id=subshell))
    whole = "".join(f"word{n} " for n in range(10))
    assert (run.status, run.errors, final_text(run)) == ("ok", [], whole)
    assert len(comms(run, "comm_open")) == len(comms(run, "comm_close")) == 2
    assert "word9" not in repr(run.displays), "it is shown while it grows"


def test_quiet_has_no_bar(kernel):
    run = kernel.run("%%gemini --once -q\nhello", cell_id="c1")
    assert [m["msg_type"] for m in run.messages if m["msg_type"].startswith("comm")] == []


def test_the_bar_says_what_is_known(kernel, emulator):
    usage = {"promptTokenCount": 7, "candidatesTokenCount": 3, "totalTokenCount": 10}
    text = {"content": {"role": "model", "parts": [{"text": "Hello"}]}}
    emulator.script.append(
        ScriptedReply(pieces=({"candidates": [text], "usageMetadata": usage}, "you"), pause_s=1)
    )
    run = kernel.run("%%gemini --once\nhello", cell_id="c1")
    assert any(told(message, model="gemini-3.8-flash") for message in run.messages)
    assert any(told(message, progress="7 tokens in · 3 out") for message in run.messages)


@pytest.mark.parametrize("opened", [True, False])
def test_thoughts_stay_as_the_reader_left_them(kernel, way, emulator, opened):
    emulator.script.append(ScriptedReply(pieces=(thought("Hm. "), thought("Aha. "), "Hello"), pause_s=0.3))
    state = {"method": "update", "state": {"is_open": opened}, "buffer_paths": []}

    def open_it(message):
        if told(message, text="Hm. "):
            kernel.tell(message["content"]["comm_id"], state, way)

    run = kernel.run("%%gemini --once --thoughts\nhello", cell_id="c1", on_message=open_it)
    html = run.final()[1]["data"]["text/html"]
    assert html.startswith("<details open " if opened else "<details class")
    assert "Aha." in html
    assert "word" not in html


def test_many_short_replies_leave_nothing_behind(kernel):
    before = kernel.run(WIDGETS).stream("stdout")
    code = "for _ in range(100): get_ipython().run_line_magic('gemini', '--once --thoughts hello')"
    run = kernel.run(f"%config GeminiMagics.offline = False\n{code}", cell_id="c1")
    assert run.status == "ok"
    assert len(comms(run, "comm_open")) == len(comms(run, "comm_close")) == 400
    assert kernel.run(WIDGETS).stream("stdout") == before


RETRIED = ScriptedReply(status=503, headers={"retry-after": "3"})


def plain_bars(run):
    """What front ends without widgets see in the place of the bar, one after the other."""
    shown = [content for content in [*run.displays, *run.updates] if VIEW in content["data"]]
    return [content["data"]["text/plain"].partition(" · ")[2] for content in shown]


def test_without_widgets_the_countdown_is_seen(kernel, emulator):
    emulator.script.append(RETRIED)
    run = kernel.run("%%gemini --once\nhello", cell_id="c1")
    first, *others = plain_bars(run)
    waits = [text for text in others if "trying again in" in text]
    assert first == "streaming…"
    assert 1 <= len(waits) <= 4
    assert len(set(waits)) == len(waits)


def test_a_page_that_shows_the_bar_is_not_made_to_draw_it_anew(kernel, way, emulator):
    emulator.script.append(RETRIED)
    shown = {"method": "custom", "content": "shown"}

    def answer(message):
        view = message["content"].get("data", {}).get(VIEW)
        if view:
            kernel.tell(view["model_id"], shown, way)

    run = kernel.run("%%gemini --once\nhello", cell_id="c1", on_message=answer)
    assert plain_bars(run) == ["streaming…"]
    assert any(
        "trying again in" in message["content"]["data"]["state"].get("progress", "")
        for message in run.messages
        if told(message)
    )


def test_what_is_saved_in_mid_stream_says_what_it_leaves(kernel, emulator):
    emulator.script.append(words(3, pause_s=0.1))
    run = kernel.run("%%gemini --once --thoughts\nhello", cell_id="c1")
    bar, panel = (content["metadata"]["gemini_magic"]["left"] for content in run.displays[:2])
    assert bar["text/plain"].startswith("gemini-3.8-flash · interrupted: ")
    assert "not saved" in panel["text/plain"]
    assert all("left" not in content["metadata"].get("gemini_magic", {}) for content in run.final())
