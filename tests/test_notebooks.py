"""The notebooks in the repository: run, honest about their replies, and with nothing of this machine in them.

Whether their outputs are right is nbval's to say (`make test`); what must never be saved is looked for here.
"""

from __future__ import annotations

import copy
import importlib.util
import json
import re
import tomllib
from pathlib import Path

import pytest

from gemini_magic.secret import scrub
from tests.conftest import KEY

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
SAMPLES = sorted((FOLDER / "samples").glob("*.toml"))

STATEMENT = re.compile(r"sample replies written for this lesson, not Gemini's.*`make record`")
ROOTS = "home|root|Users|tmp|var|opt|mnt|usr|private|work|content|kaggle"
PATHS = re.compile(rf"(?<![\w.:/])/(?:{ROOTS})/\w|\b[A-Z]:\\+\w|site-packages")
TIMES = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\b\d\d:\d\d:\d\d\b")
PROMPT = re.compile(r"^(?:%%|%)gemini(?!_)", re.MULTILINE)


def faults_of(path):
    """Return what is wrong with a saved notebook, in words."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = notebook["cells"]
    return [
        *faults_of_texts(notebook),
        *([] if states_samples(cells[0]) else ["the first cell does not say that the replies are samples"]),
        *(fault for cell in cells if cell["cell_type"] == "code" for fault in faults_of_cell(cell)),
    ]


def faults_of_texts(value):
    """Return what no text in a JSON value may have."""
    text = "\n".join(texts_in(value))
    found = {"a machine path": PATHS.search(text), "a timestamp": TIMES.search(text)}
    faults = [f"{what}: {match.group()}" for what, match in found.items() if match]
    return faults + (["the shape of a key"] if scrub(text) != text else [])


def texts_in(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in [*value.keys(), *value.values()] if isinstance(value, dict) else value:
            yield from texts_in(item)


def states_samples(cell):
    words = " ".join(source_of(cell).replace("\n>", "\n").split())
    return cell["cell_type"] == "markdown" and STATEMENT.search(words)


def faults_of_cell(cell):
    name, outputs = cell["id"], cell["outputs"]
    errors = [output for output in outputs if output["output_type"] == "error"]
    if cell["execution_count"] is None:
        yield f"{name} was not run"
    if PROMPT.search(source_of(cell)) and not outputs:
        yield f"{name} asks, and has no output"
    if errors and "raises-exception" not in cell["metadata"].get("tags", []):
        yield f"{name} has an error: {errors[0]['ename']}"
    if any(len("".join(error["traceback"]).splitlines()) > 1 for error in errors):
        yield f"{name} shows a traceback"
    for output in outputs:
        line = "".join(output.get("data", {}).get("text/plain", ""))
        is_usage = "gemini_magic" in output.get("metadata", {}) and " tokens in" in line
        if is_usage and "sample reply" not in line:
            yield f"{name} has a usage line that does not say 'sample reply'"


def source_of(cell):
    return "".join(cell["source"])


def name_of(path):
    return path.stem


def test_there_are_notebooks():
    assert [path.stem[:2] for path in NOTEBOOKS] == [f"{n:02}" for n in range(1, len(NOTEBOOKS) + 1)]
    assert len(NOTEBOOKS) >= 6


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_a_notebook_has_no_faults(path):
    assert faults_of(path) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_a_notebook_is_a_short_lesson(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    text = "\n".join(source_of(cell) for cell in cells if cell["cell_type"] == "markdown")
    assert 10 <= len(cells) <= 20
    assert "**Goal:**" in source_of(cells[0])
    assert "## Recap" in text
    assert text.count("<details><summary>Solution</summary>") == text.count("</details>") == 2
    setup, load = [source_of(cell) for cell in cells if cell["cell_type"] == "code"][:2]
    assert "%pip install -q gemini-magic" in setup
    assert f"%load_ext gemini_magic\n%gemini_cassette {path.stem}.gemini.jsonl" in load


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_links_lead_to_files(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    text = "\n".join(source_of(cell) for cell in cells if cell["cell_type"] == "markdown")
    links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if not link.startswith("https://")]
    assert [link for link in links if not (FOLDER / link).exists()] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_a_cassette_has_nothing_of_this_machine(path):
    lines = path.with_suffix(".gemini.jsonl").read_text(encoding="utf-8").splitlines()
    assert faults_of_texts([json.loads(line) for line in lines]) == []


@pytest.mark.parametrize("path", SAMPLES, ids=name_of)
def test_samples_are_recorded(path):
    """Whoever edits a sample runs `make samples`."""
    recorded = recorded_texts(FOLDER / f"{path.stem}.gemini.jsonl")
    if recorded is None:
        pytest.skip("Gemini's own replies are recorded")
    samples = tomllib.loads(path.read_text(encoding="utf-8"))["reply"]
    assert sorted(sample["text"].strip("\n") for sample in samples) == sorted(recorded)


def recorded_texts(path):
    """Return the texts of the replies in a cassette; None where they are not samples."""
    texts, is_sample = [], True
    for line in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        if "request" in line:
            text, generates = "", "enerateContent" in line["request"]
        elif "event" in line and generates:
            parts = line["event"]["candidates"][0]["content"]["parts"]
            text += "".join(part["text"] for part in parts if not part.get("thought"))
        elif "end" in line and generates:
            texts.append(text)
            is_sample = is_sample and line.get("note") == "sample reply"
    return texts if is_sample else None


# The guard itself: each fault is put into a good notebook, and must be found.

USAGE = {
    "output_type": "display_data",
    "data": {"text/plain": "m · sample reply · 1 tokens in · 2 out"},
    "metadata": {"gemini_magic": {"model": "m"}},
}
GOOD = {
    "cells": [
        {
            "id": "c0",
            "cell_type": "markdown",
            "metadata": {},
            "source": "> **sample replies written for this lesson, not Gemini's**. `make\n> record` asks.",
        },
        {
            "id": "c1",
            "cell_type": "code",
            "metadata": {},
            "source": ["%%gemini\n", "Hello. See https://example.org/home/page and a/tmp/b."],
            "execution_count": 1,
            "outputs": [USAGE],
        },
    ],
    "metadata": {},
    "nbformat": 4,
    "nbformat_minor": 5,
}


def stream(text):
    return {"output_type": "stream", "name": "stdout", "text": text}


def error(*lines):
    return {"output_type": "error", "ename": "ValueError", "evalue": "x", "traceback": list(lines)}


def change(source=None, outputs=None, tags=None, count=1):
    def apply(notebook):
        cell = notebook["cells"][1]
        cell["execution_count"] = count
        cell["metadata"] = {"tags": tags} if tags else {}
        if source is not None:
            cell["source"] = source
        if outputs is not None:
            cell["outputs"] = outputs

    return apply


def say(text):
    return lambda notebook: notebook["cells"][0].update(source=text)


BAD = {
    "not run": (change(outputs=[], count=None), "was not run"),
    "no output": (change(outputs=[]), "asks, and has no output"),
    "no output of a line": (change(source="x = 1\n%gemini why?", outputs=[]), "asks, and has no output"),
    "error": (change(outputs=[error("ValueError: x")]), "has an error: ValueError"),
    "traceback": (change(outputs=[error("a\nb")], tags=["raises-exception"]), "shows a traceback"),
    "path": (change(outputs=[stream("saved /home/somebody/x.csv\n")]), "a machine path: /home/s"),
    "temporary path": (change(source="open('/tmp/x')"), "a machine path: /tmp/x"),
    "windows path": (change(outputs=[stream("C:\\Users\\somebody")]), "a machine path"),
    "package path": (change(outputs=[stream("lib/site-packages/x.py")]), "a machine path"),
    "key": (change(source=f"key = '{KEY}'"), "the shape of a key"),
    "key in an output": (change(outputs=[stream(KEY)]), "the shape of a key"),
    "time": (change(outputs=[stream("2026-01-02 03:04:05")]), "a timestamp"),
    "time of day": (change(outputs=[stream("at 03:04:05")]), "a timestamp"),
    "no statement": (say("# Lesson"), "the first cell does not say"),
    "half a statement": (say("sample replies, not Gemini's"), "the first cell does not say"),
    "unmarked reply": (
        change(outputs=[{**USAGE, "data": {"text/plain": "m · 1 tokens in · 2 out"}}]),
        "does not say 'sample reply'",
    ),
}


def write(folder, notebook):
    path = folder / "bad.ipynb"
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False))
    return path


def test_the_guard_passes_a_good_notebook(tmp_path):
    assert faults_of(write(tmp_path, GOOD)) == []
    raising = copy.deepcopy(GOOD)
    change(outputs=[error("ValueError: x")], tags=["raises-exception"])(raising)
    assert faults_of(write(tmp_path, raising)) == []


@pytest.mark.parametrize("name", list(BAD))
def test_the_guard_finds(name, tmp_path):
    spoil, fault = BAD[name]
    notebook = copy.deepcopy(GOOD)
    spoil(notebook)
    faults = faults_of(write(tmp_path, notebook))
    assert any(fault in found for found in faults), faults


# The script that makes sample replies.


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
