"""Streams of plain SDK code that are left, interrupted, cancelled or mixed while they record."""

from __future__ import annotations

import asyncio
import gc
import json
import signal
import threading

import pytest

from gemini_magic.cassettes.cassette import Cassette
from gemini_magic.emulator import ScriptedReply
from tests.support.sdk_code import MODEL, texts


def test_who_reads_no_further_gets_that_far_again(sdk_tape, server, emulator):
    emulator.script.append(ScriptedReply(pieces=("a", "b", "c"), pause_s=30))
    sdk_tape.on("record")
    for chunk in sdk_tape.client().models.generate_content_stream(model=MODEL, contents="x"):
        assert chunk.text == "a"
        break
    gc.collect()
    sdk_tape.off()
    assert server.exchanges[0].ended.wait(10)
    sdk_tape.on("replay")
    assert texts(sdk_tape.client().models.generate_content_stream(model=MODEL, contents="x")) == ["a"]


def test_the_hook_waits_for_a_stream_that_was_left_and_is_being_written(
    sdk_tape, server, emulator, monkeypatch
):
    begun, may_write = threading.Event(), threading.Event()
    add = Cassette.add

    def add_late(*arguments):
        begun.set()
        assert may_write.wait(10)
        return add(*arguments)

    monkeypatch.setattr(Cassette, "add", add_late)
    emulator.script.append(ScriptedReply(pieces=("a", "b", "c"), pause_s=30))
    sdk_tape.on("record")
    for _chunk in sdk_tape.client().models.generate_content_stream(model=MODEL, contents="x"):
        break
    gc.collect()
    assert begun.wait(10)
    threading.Timer(0.2, may_write.set).start()
    [(hook, _loop)] = sdk_tape.hooks
    hook.uninstall()
    assert len(Cassette(sdk_tape.path).recordings) == 1


def test_a_stream_that_is_still_open_ends_with_the_hook(sdk_tape, server, emulator):
    emulator.script.append(ScriptedReply(pieces=("a", "b", "c"), pause_s=30))
    sdk_tape.on("record")
    stream = sdk_tape.client().models.generate_content_stream(model=MODEL, contents="x")
    assert next(stream).text == "a"
    sdk_tape.off()
    assert server.exchanges[0].ended.wait(10)
    assert next(stream, None) is None
    assert len(Cassette(sdk_tape.path).recordings) == 1


def test_an_interrupt_ends_the_wait_and_keeps_what_came(sdk_tape, server, emulator):
    emulator.script.append(ScriptedReply(pieces=("a", "b"), pause_s=30))
    sdk_tape.on("record")
    stream = sdk_tape.client().models.generate_content_stream(model=MODEL, contents="x")
    assert next(stream).text == "a"
    timer = threading.Timer(0.2, signal.pthread_kill, [threading.main_thread().ident, signal.SIGINT])
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            next(stream)
    finally:
        signal.signal(signal.SIGINT, previous)
        timer.join()
    assert server.exchanges[0].ended.wait(10)
    assert server.exchanges[0].outcome == "disconnected"
    sdk_tape.off()
    sdk_tape.on("replay")
    assert texts(sdk_tape.client().models.generate_content_stream(model=MODEL, contents="x")) == ["a"]


def test_an_async_cancellation_ends_it_too(sdk_tape, server, emulator):
    emulator.script.append(ScriptedReply(pieces=("a", "b"), pause_s=30))
    sdk_tape.on("record")

    async def ask():
        stream = await sdk_tape.client().aio.models.generate_content_stream(model=MODEL, contents="x")
        first = await anext(stream)
        waiting = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return first.text

    assert asyncio.run(ask()) == "a"
    assert server.exchanges[0].ended.wait(10)


def test_streams_at_the_same_time_do_not_mix(sdk_tape, server, emulator):
    prompts = [f"prompt {number}" for number in range(8)]

    async def ask(client, prompt):
        stream = await client.models.generate_content_stream(model=MODEL, contents=prompt)
        return [chunk.text async for chunk in stream]

    async def ask_all():
        client = sdk_tape.client().aio
        return await asyncio.gather(*(ask(client, prompt) for prompt in prompts))

    def ask_in_threads():
        client, found = sdk_tape.client(), {}

        def ask_one(prompt):
            found[prompt] = texts(client.models.generate_content_stream(model=MODEL, contents=prompt))

        threads = [threading.Thread(target=ask_one, args=(prompt,)) for prompt in prompts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [found[prompt] for prompt in prompts]

    sdk_tape.on("record")
    recorded = asyncio.run(ask_all())
    assert len({tuple(reply) for reply in recorded}) == len(prompts)
    sdk_tape.on("replay")
    assert ask_in_threads() == recorded
    assert asyncio.run(ask_all()) == recorded
    sdk_tape.path.unlink()
    sdk_tape.on("record")
    assert ask_in_threads() == recorded
    for line in sdk_tape.path.read_text().splitlines():
        assert json.loads(line)
    assert len(Cassette(sdk_tape.path).recordings) == len(prompts)
