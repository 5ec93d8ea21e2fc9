"""The notebooks in the repository: run, honest about their replies, and with nothing of this machine in them.

Whether their outputs are right is nbval's to say (`make test`); what must never be saved is looked for here.
"""

from __future__ import annotations

import copy
import json
import re
import tomllib
from pathlib import Path

import pytest

from gemini_magic.magics.cassette_check import check_notebook
from gemini_magic.options.settings import Settings
from gemini_magic.runtime.secret import scrub
from tests.conftest import KEY
from tests.support.kernel import running_kernel

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
SAMPLES = sorted((FOLDER / "samples").glob("*.toml"))

STATEMENT = re.compile(r"sample replies written for this lesson, not Gemini's.*`make record`")
ROOTS = "home|root|Users|tmp|var|opt|mnt|usr|private|work|content|kaggle"
PATHS = re.compile(rf"(?<![\w.:/])/(?:{ROOTS})/\w|\b[A-Z]:\\+\w|site-packages")
TIMES = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d|\b\d\d:\d\d:\d\d\b")
PROMPT = re.compile(r"^(?:%%|%)gemini(?!_)", re.MULTILINE)


def faults_of(path, *, is_sample=True):
    """Return what is wrong with a saved notebook, in words; its replies are samples, or Gemini's."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = notebook["cells"]
    return [
        *faults_of_texts(notebook),
        *faults_of_statement(cells[0], is_sample=is_sample),
        *(
            fault
            for cell in cells
            if cell["cell_type"] == "code"
            for fault in faults_of_cell(cell, is_sample)
        ),
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


def faults_of_statement(cell, *, is_sample):
    words = " ".join(source_of(cell).replace("\n>", "\n").split())
    states = cell["cell_type"] == "markdown" and STATEMENT.search(words) is not None
    if states != is_sample:
        yield f"the first cell {'says' if states else 'does not say'} that the replies are samples"


def faults_of_cell(cell, is_sample):
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
        if is_usage and ("sample reply" in line) != is_sample:
            yield f"{name} has a usage line that {'does not say' if is_sample else 'says'} 'sample reply'"


def source_of(cell):
    return "".join(cell["source"])


def name_of(path):
    return path.stem


def has_good_numbers(stems):
    """Return whether lessons are 01, 02 …; one that came later is 02b, and so on, behind its number."""
    places = [re.match(r"(\d\d)([b-z]?)_", stem) for stem in stems]
    if None in places:
        return False
    numbers = [int(place[1]) for place in places if not place[2]]
    added = [place for place in places if place[2]]
    known = all(int(place[1]) in numbers for place in added)
    return (
        known and numbers == list(range(1, len(numbers) + 1)) and len({p[0] for p in places}) == len(places)
    )


def test_there_are_notebooks():
    assert has_good_numbers([path.stem for path in NOTEBOOKS])
    assert len(NOTEBOOKS) >= 6


@pytest.mark.parametrize(
    ("stems", "is_good"),
    [
        (["01_a", "02_b"], True),
        (["01_a", "01b_x", "01c_y", "02_b"], True),
        (["01_a", "03_b"], False),
        (["01_a", "01_b"], False),
        (["01_a", "02b_x"], False),
        (["01_a", "01b_x", "01b_y"], False),
        (["01_a", "intro"], False),
    ],
)
def test_lessons_can_be_added(stems, is_good):
    assert sorted(stems) == stems
    assert has_good_numbers(stems) == is_good


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_a_notebook_has_no_faults(path):
    assert faults_of(path, is_sample=holds_samples(path.with_suffix(".gemini.jsonl"))) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_a_notebook_misses_nothing(path):
    """What a learner is told by `%gemini_cassette check`, before any cell has run."""
    settings = Settings(cassette=str(path.with_suffix(".gemini.jsonl")))
    assert check_notebook(path, settings, {}).misses == []


def test_cells_of_the_streaming_lesson_run_again_after_its_end(monkeypatch):
    """Its network that fails has gone by then, and the cassette is on again."""
    cells = json.loads((FOLDER / "05_streaming.ipynb").read_text(encoding="utf-8"))["cells"]
    code = {cell["id"]: cell for cell in cells if cell["cell_type"] == "code"}
    monkeypatch.chdir(FOLDER)
    with running_kernel() as kernel:
        for cell in code.values():
            kernel.run(source_of(cell), cell_id=cell["id"])
        for name in ("cell-05", "cell-11"):
            again = kernel.run(source_of(code[name]), cell_id=name)
            assert again.stream("stdout") == "".join(code[name]["outputs"][0]["text"])
            assert again.errors == []


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
    cassette = FOLDER / f"{path.stem}.gemini.jsonl"
    if not holds_samples(cassette):
        pytest.skip("Gemini's own replies are recorded")
    recorded = [text for text, _ in recordings_in(cassette)]
    samples = tomllib.loads(path.read_text(encoding="utf-8"))["reply"]
    assert sorted(sample["text"].strip("\n") for sample in samples) == sorted(recorded)


def recordings_in(path):
    """Return the text and the note of each generated reply in a cassette."""
    found = []
    for line in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        if "request" in line:
            text, generates = "", "enerateContent" in line["request"]
        elif "event" in line and generates:
            # The service also sends events without candidates, and candidates without parts.
            [candidate] = line["event"].get("candidates") or [{}]
            parts = candidate.get("content", {}).get("parts", [])
            text += "".join(part.get("text", "") for part in parts if not part.get("thought"))
        elif "end" in line and generates:
            found.append((text, line.get("note")))
    return found


def holds_samples(path):
    """Return whether the replies in a cassette are samples; samples and Gemini's together are an error."""
    [is_sample] = {note == "sample reply" for _, note in recordings_in(path)}
    return is_sample


# The guard itself: each fault is put into a good notebook, and must be found.

USAGE = {
    "output_type": "display_data",
    "data": {"text/plain": "m · sample reply · 1 tokens in · 2 out"},
    "metadata": {"gemini_magic": {"model": "m"}},
}
REAL_USAGE = {**USAGE, "data": {"text/plain": "m · 1 tokens in · 2 out"}}
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
        change(outputs=[REAL_USAGE]),
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


def test_the_guard_tells_samples_from_replies(tmp_path):
    path = write(tmp_path, GOOD)
    first, usage = faults_of(path, is_sample=False)
    assert "the first cell says that the replies are samples" in first
    assert "has a usage line that says 'sample reply'" in usage
    real = copy.deepcopy(GOOD)
    say("# Lesson")(real)
    change(outputs=[REAL_USAGE])(real)
    assert faults_of(write(tmp_path, real), is_sample=False) == []


@pytest.mark.parametrize("name", list(BAD))
def test_the_guard_finds(name, tmp_path):
    spoil, fault = BAD[name]
    notebook = copy.deepcopy(GOOD)
    spoil(notebook)
    faults = faults_of(write(tmp_path, notebook))
    assert any(fault in found for found in faults), faults
