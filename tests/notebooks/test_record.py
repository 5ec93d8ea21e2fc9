"""notebooks/samples/record.py: samples have the shape of replies, and lessons say that they are samples."""

from __future__ import annotations

import importlib.util
import json

import pytest

from tests.support.lessons import FOLDER, NOTEBOOKS, faults_of_statement, source_of


@pytest.fixture(scope="module")
def recorder():
    spec = importlib.util.spec_from_file_location("record", FOLDER / "samples" / "record.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


BODY = {"contents": [{"role": "user", "parts": [{"text": "Why?"}]}]}
TARGET = "/v1beta/models/gemini-3.8-flash:streamGenerateContent?alt=sse"


def ask(service, body=BODY):
    answer = service.answer("POST", TARGET, {}, json.dumps(body).encode())
    return answer, b"".join(piece.data for piece in answer.pieces).decode()


def test_a_sample_has_the_shape_of_a_reply(recorder):
    sample = {"prompt": "Why?", "text": "\nBecause. " * 9 + "\n", "thoughts": "Hm.", "thinking": 7}
    answer, data = ask(recorder.SampleService([sample]))
    events = [json.loads(line.removeprefix("data: ")) for line in data.splitlines() if line]
    assert ("x-gemini-magic-note", "sample reply") in answer.headers
    assert events[0]["candidates"][0]["content"]["parts"] == [{"text": "Hm.", "thought": True}]
    texts = [part["text"] for event in events[1:] for part in event["candidates"][0]["content"]["parts"]]
    assert "".join(texts) == sample["text"].strip("\n")
    assert len(texts) > 1
    assert [event["candidates"][0].get("finishReason") for event in events] == [None] * len(texts) + ["STOP"]
    usage = events[-1]["usageMetadata"]
    assert (usage["promptTokenCount"], usage["thoughtsTokenCount"]) == (1, 7)
    assert usage["totalTokenCount"] == 1 + 7 + usage["candidatesTokenCount"]
    assert events[-1]["modelVersion"] == "gemini-3.8-flash"


def test_a_prompt_without_a_sample_is_an_error(recorder):
    service = recorder.SampleService([{"prompt": "How?", "text": "So."}])
    answer, data = ask(service)
    assert answer.status == 400
    assert "no sample is left for 'Why?'" in data
    assert len(service.left) == 1


def test_samples_are_given_in_their_order(recorder):
    samples = [
        {"prompt": prompt, "text": text} for prompt, text in (("How?", "0"), ("Why", "1"), ("Why?", "2"))
    ]
    service = recorder.SampleService(samples)
    assert '"text": "1"' in ask(service)[1]
    assert '"text": "2"' in ask(service)[1]
    assert service.left == samples[:1]


def test_the_statement_goes_and_comes(recorder):
    """`make record` takes it out of the first cell, `make samples` puts it back."""
    for path in NOTEBOOKS:
        cell = json.loads(path.read_text(encoding="utf-8"))["cells"][0]
        stated = recorder.state_origin(source_of(cell), is_sample=True)
        taken = recorder.state_origin(stated, is_sample=False)
        assert list(faults_of_statement({**cell, "source": stated}, is_sample=True)) == []
        assert list(faults_of_statement({**cell, "source": taken}, is_sample=False)) == []
        assert recorder.state_origin(taken, is_sample=True) == stated
        assert source_of(cell) in {stated, taken}
