"""The bar and the panel in a real kernel: what a page gets while a cell runs, and what stays."""

from __future__ import annotations

import pytest

from gemini_magic.emulator import ScriptedReply
from tests.support.widgets import (
    VIEW,
    bars,
    comms,
    final_text,
    loads,
    once,
    says_done,
    shows,
    told,
    wait_until_closed,
    words,
)

pytestmark = pytest.mark.slow


def staying(kernel, run):
    """The widgets of a run that the kernel still has."""
    opened = comms(run.messages, "comm_open")
    # ipywidgets 7 keeps them at the class.
    there = "vars(w).get('_instances', vars(w.Widget).get('widgets'))"
    code = f"import ipywidgets.widgets.widget as w; print([*{opened} & ({there}).keys()])"
    return kernel.run(code).stream("stdout")


def thought(text):
    part = {"text": text, "thought": True}
    return {"candidates": [{"content": {"role": "model", "parts": [part]}}]}


@pytest.mark.parametrize("options", ["", "--thoughts"])
def test_no_widget_stays(kernel, way, emulator, options):
    emulator.script.append(ScriptedReply(pieces=(thought("Hm. "), "Hello"), pause_s=0.2))
    run = kernel.run(f"%%gemini --once {options}\nhello", cell_id="c1", on_message=loads(kernel, way))
    opened = comms(run.messages, "comm_open")
    assert len(opened) == 4 if options else 2
    wait_until_closed(kernel, run)
    assert set(bars(run)) < opened
    assert len(bars(run)) == (2 if options else 1)
    assert VIEW not in repr(run.final())
    assert staying(kernel, run) == "[]\n"


def test_no_widget_stays_after_a_failure(kernel, way, emulator):
    for reply in (ScriptedReply(status=400), words(3, fault="reset"), words(0)):
        emulator.script.append(reply)
        run = kernel.run("%%gemini --once\nhello", cell_id="c1", on_message=loads(kernel, way))
        assert run.status == "error"
        assert len(comms(run.messages, "comm_open")) == 2
        wait_until_closed(kernel, run)
        assert VIEW not in repr(run.final())
        assert staying(kernel, run) == "[]\n"


def test_a_widget_goes_when_its_page_has_loaded_it(kernel, way):
    """The page would say that it failed; a quick reply is over before."""
    run = kernel.run("%%gemini --once --thoughts\nhello", cell_id="c1")
    assert comms(run.messages, "comm_close") == set()
    for name in bars(run):
        kernel.tell(name, {"method": "custom", "content": "loaded"}, way)
    wait_until_closed(kernel, run)


def test_a_widget_that_no_page_loads_goes_after_a_while(kernel):
    kernel.run("import gemini_magic.views.widgets.reply_widget as widgets")
    kernel.run("usual, widgets._PATIENCE_S = widgets._PATIENCE_S, 0.1")
    wait_until_closed(kernel, kernel.run("%%gemini --once --thoughts\nhello", cell_id="c1"))
    kernel.run("widgets._PATIENCE_S = usual")


def test_a_kernel_that_is_interrupted_says_nothing_to_a_page_that_may_restart_it(kernel, way, emulator):
    emulator.script.append(words(3, pause_s=60))
    load, is_shown, interrupts = loads(kernel, way), shows("word0"), []

    def on_message(message):
        load(message)
        # Once: a second interrupt could come after the cell has ended.
        if is_shown(message) and not interrupts:
            interrupts.append(message)
            kernel.manager.interrupt_kernel()

    run = kernel.run("%%gemini --once\nhello", cell_id="c1", on_message=on_message)
    assert comms(run.messages, "comm_close") == set()
    wait_until_closed(kernel, run)


def test_a_page_that_loads_a_widget_after_an_interrupt_is_told_nothing_at_once(kernel, way, emulator):
    emulator.script.append(words(3, pause_s=60))
    interrupt = once(shows("word0"), kernel.manager.interrupt_kernel)
    run = kernel.run("%%gemini --once\nhello", cell_id="c1", on_message=interrupt)
    for name in bars(run):
        kernel.tell(name, {"method": "custom", "content": "loaded"}, way)
    kernel.run("1", cell_id="c2")
    opened = comms(run.messages, "comm_open")
    assert not comms(kernel.heard, "comm_close") & opened
    wait_until_closed(kernel, run)


def test_the_bar_is_done_before_it_is_closed(kernel, way):
    """A page that hears of the end only as the widget vanishes would keep its timers."""
    run = kernel.run("%%gemini --once\nhello", cell_id="c1", on_message=loads(kernel, way))
    wait_until_closed(kernel, run)
    [bar] = bars(run)
    kinds = [
        "close" if m["msg_type"] == "comm_close" else "done"
        for m in kernel.heard
        if m["msg_type"] in {"comm_msg", "comm_close"} and m["content"]["comm_id"] == bar
        if m["msg_type"] == "comm_close" or says_done(m)
    ]
    assert kinds == ["done", "close"]


def test_nobody_watches(kernel):
    run = kernel.run("%%gemini --once --thoughts\nhello")
    assert not comms(run.messages, "comm_open")


def test_the_running_reply_is_shown_from_its_beginning_to_its_end(kernel, subshell, emulator):
    """From a subshell's console, after the page that showed it was reloaded."""
    emulator.script.append(words(10, pause_s=0.1))
    kernel.send("%%gemini --once\nhello", cell_id="c1")
    kernel.wait_for(shows("word3"))
    run = kernel.collect(kernel.send("%gemini --show", cell_id="c2", subshell_id=subshell))
    whole = "".join(f"word{n} " for n in range(10))
    assert (run.status, run.errors, final_text(run)) == ("ok", [], whole)
    assert len(comms(run.messages, "comm_open")) == 2
    assert "word9" not in repr(run.displays), "it is shown while it grows"


def test_quiet_has_no_bar(kernel):
    run = kernel.run("%%gemini --once -q\nhello", cell_id="c1")
    assert not comms(run.messages, "comm_open")


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


def test_many_short_replies_leave_nothing_behind(kernel, way):
    code = "for _ in range(100): get_ipython().run_line_magic('gemini', '--once --thoughts hello')"
    run = kernel.run(
        f"%config GeminiMagics.offline = False\n{code}", cell_id="c1", on_message=loads(kernel, way)
    )
    assert run.status == "ok"
    assert len(comms(run.messages, "comm_open")) == 400
    wait_until_closed(kernel, run)
    assert staying(kernel, run) == "[]\n"


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
    assert first == "streaming… · interrupt the kernel to stop"
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
    assert plain_bars(run) == ["streaming… · interrupt the kernel to stop"]
    assert any(
        "trying again in" in message["content"]["data"]["state"].get("progress", "")
        for message in run.messages
        if told(message)
    )


def test_what_is_saved_in_mid_stream_says_whose_it_is(kernel, emulator):
    emulator.script.append(words(3, pause_s=0.1))
    run = kernel.run("%%gemini --once --thoughts\nhello", cell_id="c1")
    bar, panel = (content["metadata"]["gemini_magic"]["left"] for content in run.displays[:2])
    assert (bar["of"], panel["of"]) == ("bar", "panel")
    assert bar["model"] == "gemini-3.8-flash"
    assert bar["reply"] == panel["reply"], "they go together"
    assert bar["reply"].startswith("c1-"), "its name tells the cell"
    assert bar["kernel"] == run.messages[0]["header"]["session"], "a restarted kernel has another"
    assert all("left" not in content["metadata"].get("gemini_magic", {}) for content in run.final())
