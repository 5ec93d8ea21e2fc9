"""Work on hostile text that never ends is ended, wherever text is drawn, and an interrupt frees the cell."""

from __future__ import annotations

import contextlib
import itertools
import signal
import threading
import time

import pytest

from gemini_magic.emulator import ScriptedReply
from gemini_magic.runtime.interrupts import catch_interrupts
from gemini_magic.text import time_limit
from gemini_magic.text.bundles import make_html
from gemini_magic.text.code_blocks import find_code_blocks
from gemini_magic.text.normalize import normalize
from gemini_magic.text.rendering import Rendering
from gemini_magic.text.time_limit import TookTooLong, run_in_time
from tests.support.shell import run

HOSTILE = "HANG <b>http://x"


@pytest.fixture(autouse=True)
def short_limits(monkeypatch):
    monkeypatch.setattr(time_limit, "_LIMIT_S", 0.2)
    monkeypatch.setattr(time_limit, "_watch", time_limit._Watch())


@pytest.fixture
def hanging_parser(monkeypatch):
    """Parsers that never end where a text says so, as markdown-it-py before 4.3 did; how often they began."""
    from markdown_it import MarkdownIt

    begun = []
    real = MarkdownIt.parse

    def parse(self, src, env=None):
        if "HANG" in src:
            begun.append(src)
            for _ in itertools.count():
                pass
        return real(self, src, env)

    monkeypatch.setattr(MarkdownIt, "parse", parse)
    return begun


def loop():
    while True:
        pass


def test_work_that_never_ends_is_ended():
    with pytest.raises(TookTooLong):
        run_in_time(loop, "x")


def test_other_work_goes_on_as_it_is():
    assert run_in_time(lambda: 5, "x") == 5
    assert run_in_time(lambda: run_in_time(lambda: 6, "y"), "x") == 6
    with pytest.raises(ZeroDivisionError):
        run_in_time(lambda: 1 / 0, "x")


def test_the_end_never_comes_after_the_work(monkeypatch):
    """Work that ends just when its time is over: the exception must not arrive in other code."""
    monkeypatch.setattr(time_limit, "_POLL_S", 0.0001)
    monkeypatch.setattr(time_limit, "_SHORTEST_S", 0.0)
    monkeypatch.setattr(time_limit, "_CHARACTER_S", 0.0)
    outcomes = {True: 0, False: 0}
    for number in range(600):
        monkeypatch.setattr(time_limit, "_LIMIT_S", 0.0004)
        monkeypatch.setattr(time_limit, "_CALM_S", -1.0)

        def work():
            end = time.perf_counter() + 0.0001 * (number % 12)  # noqa: B023
            while time.perf_counter() < end:
                pass

        try:
            run_in_time(work, f"text {number}")
        except TookTooLong:
            outcomes[True] += 1
        else:
            outcomes[False] += 1
        for _ in range(200):
            pass
    assert min(outcomes.values()) > 0


def test_an_exception_that_is_passed_over_comes_again():
    """As in a callback of the garbage collector, which passes over whatever is raised in it."""

    def swallow(times, then):
        for _ in range(times):
            with contextlib.suppress(TookTooLong):
                loop()
        return then()

    for times in (1, 3):
        for then in (loop, lambda: 5, lambda: 1 / 0):
            with pytest.raises(TookTooLong):
                run_in_time(lambda: swallow(times, then), f"text {times} {then}")  # noqa: B023
    assert sum(range(1_000_000)) == 499_999_500_000


def test_what_took_too_long_is_not_tried_again_nor_is_what_grows_from_it(hanging_parser):
    for text in (HOSTILE, HOSTILE, f"a {HOSTILE} b"):
        assert "HANG &lt;b&gt;http" in make_html(normalize(text), Rendering())
    assert len(hanging_parser) == 1
    assert "<strong>" in make_html(normalize("**fine** <b>"), Rendering())


def test_the_more_take_too_long_the_less_time_they_get():
    due = []
    for number in range(6):
        due.append(time_limit._watch.limit_s(0))
        time_limit._watch.note_slow(str(number))
    assert due == sorted(due, reverse=True)
    assert due[0] > due[-1] == time_limit._SHORTEST_S


def test_threads_are_timed_apart():
    ended = []

    def hang():
        with pytest.raises(TookTooLong):
            run_in_time(loop, "other")
        ended.append(1)

    thread = threading.Thread(target=hang)
    thread.start()
    assert run_in_time(lambda: sum(range(10)), "mine") == 45
    thread.join(20)
    assert ended == [1]


def test_code_blocks_of_such_a_text_are_none(hanging_parser):
    assert find_code_blocks(f"```\n{HOSTILE}\n```") == []


@pytest.mark.parametrize("view", ["blocks", "final", "text", "none"])
def test_a_reply_with_such_a_text_is_shown_and_kept(shell, server, emulator, hanging_parser, view, tmp_path):
    emulator.script.append(ScriptedReply(pieces=("**fine**\n\n", HOSTILE, " more", "\n\nend")))
    run(shell, f"%gemini --view {view} x")
    assert shell.user_ns["_gemini"].text == f"**fine**\n\n{HOSTILE} more\n\nend"
    for suffix in ("md", "html", "ipynb"):
        run(shell, f"%gemini_chat export {tmp_path}/chat.{suffix}")
        assert "HANG" in (tmp_path / f"chat.{suffix}").read_text()
    assert len(run(shell, "%gemini_chat show\n%gemini --show").outputs) > 1


def test_an_interrupt_frees_the_cell_also_before_the_time_is_over(monkeypatch, hanging_parser):
    """The second one, as everywhere; the first only asks the reply to stop."""
    monkeypatch.setattr(time_limit, "_LIMIT_S", 600)
    monkeypatch.setattr("gemini_magic.runtime.interrupts._PATIENCE_S", 0.05)
    ended = threading.Event()

    def interrupt():
        while not ended.wait(0.1):
            signal.pthread_kill(main, signal.SIGINT)

    main = threading.get_ident()
    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        with pytest.raises(KeyboardInterrupt), catch_interrupts(lambda: None):
            make_html(normalize(HOSTILE), Rendering())
    finally:
        ended.set()
        thread.join()


def test_where_no_thread_can_be_had_there_is_no_limit(monkeypatch):
    def refuse(_thread):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        assert run_in_time(lambda: 5, "x") == 5
    with pytest.raises(TookTooLong):
        run_in_time(loop, "y")


@pytest.mark.parametrize("step", ["add", "settle"])
def test_an_interrupt_between_the_steps_leaves_nothing_behind(monkeypatch, step):
    """Neither an exception for later, nor a thread without a limit."""
    monkeypatch.setattr(time_limit, "_LIMIT_S", 0.0)
    monkeypatch.setattr(time_limit, "_SHORTEST_S", 0.0)
    watch = time_limit._watch
    real, calls = getattr(watch, step), []

    def interrupted(job):
        calls.append(step)
        if step == "add":
            real(job)
        if len(calls) == 1:
            raise KeyboardInterrupt
        if step == "settle":
            real(job)

    monkeypatch.setattr(watch, step, interrupted)
    with pytest.raises((KeyboardInterrupt, TookTooLong)):
        run_in_time(loop, "x")
    assert time_limit._local.job.has_ended
    # An exception that was left behind would arrive here.
    end = time.perf_counter() + 4 * time_limit._POLL_S
    while time.perf_counter() < end:
        pass
    with pytest.raises(TookTooLong):
        run_in_time(loop, "y")
