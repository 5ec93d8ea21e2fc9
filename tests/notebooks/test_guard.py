"""The guard of the notebooks finds what must not be saved."""

from __future__ import annotations

import copy
import json

import pytest

from tests.support.lessons import (
    error,
    faults_of,
)
from tests.support.service import KEY

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
