"""Stop in a real kernel: what a page sends while a cell runs, and at what moment."""

from __future__ import annotations

import threading

import pytest

from tests.support.widgets import VIEW, bars, final_text, once, says_done, shows, words

pytestmark = pytest.mark.slow

STOP = {"method": "custom", "content": "stop"}
NEXT = "import time\ntime.sleep(0.05)\nprint('unharmed')"


def click_when(kernel, way, suits):
    """Click on Stop at the first message that suits."""
    shown = []
    click = once(suits, lambda: kernel.tell(shown[0], STOP, way))

    def on_message(message):
        view = message["content"].get("data", {}).get(VIEW)
        shown.extend([view["model_id"]] if view else [])
        click(message)

    return on_message


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


def test_many_stops_leave_the_next_cell_alone(kernel, way, emulator):
    for _ in range(20):
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


@pytest.fixture
def patient(kernel):
    """Lets the bar wait longer for an interrupt, which a busy machine sends late."""
    name = "gemini_magic.views.widgets.bar"
    kernel.run(f"import {name} as bar; usual, bar._LINGER_S = bar._LINGER_S, 0.7")
    yield
    kernel.run("bar._LINGER_S = usual")


def test_an_interrupt_that_crosses_the_end_is_not_the_next_cells(kernel, emulator, patient):
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
