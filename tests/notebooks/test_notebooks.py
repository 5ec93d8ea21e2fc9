"""The notebooks in the repository run, are honest about their replies, and have nothing of this machine."""

from __future__ import annotations

import json
import re
import tomllib

import pytest

from gemini_magic.magics.check.notebook_check import check_notebook
from gemini_magic.options.settings import Settings
from tests.support.kernel import running_kernel
from tests.support.lessons import (
    FIRST_CELL,
    FOLDER,
    NOTEBOOKS,
    faults_of,
    faults_of_texts,
    source_of,
)

SAMPLES = sorted((FOLDER / "samples").glob("*.toml"))


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


@pytest.mark.slow
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
    setup, *others = [source_of(cell) for cell in cells if cell["cell_type"] == "code"]
    load = next(code for code in others if "%load_ext" in code)
    assert setup == FIRST_CELL
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
