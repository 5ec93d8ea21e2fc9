"""The log as CSV, JSON, data frame and plot."""

from __future__ import annotations

import base64
import csv
import importlib.util
import io
import json
import re
import sys
from pathlib import Path

import pytest

import gemini_magic
from gemini_magic import errors
from gemini_magic.emulator import ScriptedReply
from gemini_magic.ledger.log_files import to_csv
from tests.support.requests_sent import BUSY, NOW, ended
from tests.support.service import KEY
from tests.support.shell import ledger_of, run


def test_csv_and_json_are_whole(live, emulator):
    reply = 'a "quoted", reply\n' + "x" * 1000 + "\r\nend ✓"
    emulator.script += [ended(reply), ScriptedReply(status=400, body={"error": {"message": "bad"}})]
    run(live, "%gemini -q hello, 'you'")
    with pytest.raises(errors.BadRequest):
        run(live, "%gemini again")
    said = run(live, "%gemini_log --csv 'my log.csv'").stdout
    assert said == "2 requests written to my log.csv\n"
    run(live, "%gemini_log --json log.json")
    entries = ledger_of(live).entries
    expected = [entry.as_row() | {"time": entry.time.isoformat()} for entry in entries]
    assert json.loads(Path("log.json").read_text("utf-8")) == expected
    found = list(csv.DictReader(io.StringIO(Path("my log.csv").read_bytes().decode(), newline="")))
    assert found == [{k: "" if v is None else str(v) for k, v in row.items()} for row in expected]
    assert found[0]["reply"] == reply
    assert expected[0]["tokens_prompt"] == 1000
    run(live, "%gemini_log 1 --json log.json")
    assert [row["prompt"] for row in json.loads(Path("log.json").read_text("utf-8"))] == ["again"]
    assert KEY not in Path("my log.csv").read_text("utf-8")
    with pytest.raises(errors.LogNotWritten, match=r"cannot write none/log\.csv"):
        run(live, "%gemini_log --csv none/log.csv")


def test_the_frame(live, emulator, monkeypatch):
    run(live, "%gemini -q hello")
    entries = ledger_of(live).entries
    monkeypatch.setitem(sys.modules, "pandas", None)
    rows = gemini_magic.log_frame()
    assert rows == [entry.as_row() for entry in entries]
    assert rows[0]["time"] == entries[0].time


@pytest.mark.skipif(importlib.util.find_spec("pandas") is None, reason="pandas is not installed")
def test_the_frame_of_pandas(live):
    run(live, "%gemini -q one")
    run(live, "%gemini -q two")
    frame = gemini_magic.log_frame()
    assert list(frame["prompt"]) == ["one", "two"]
    assert frame["tokens_total"].sum() == ledger_of(live).totals.usage.total
    assert str(frame["time"].dt.tz) == "UTC"


def test_no_frame_without_the_extension(shell):
    shell.run_line_magic("unload_ext", "gemini_magic")
    with pytest.raises(errors.NothingToShow, match="%load_ext gemini_magic"):
        gemini_magic.log_frame()


def test_no_plot_without_matplotlib(live, monkeypatch):
    run(live, "%gemini -q hello")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(errors.PackageMissing, match="%pip install matplotlib"):
        run(live, "%gemini_usage --plot")


@pytest.mark.skipif(importlib.util.find_spec("matplotlib") is None, reason="matplotlib is not installed")
def test_the_plot(live, emulator):
    emulator.script += [ended(), ScriptedReply(status=503, body=BUSY, headers=NOW), ended()]
    run(live, "%gemini -q one")
    run(live, "%gemini -q two")
    [output] = run(live, "%gemini_usage --plot").outputs
    assert base64.b64decode(output.data["image/png"]).startswith(b"\x89PNG")
    assert output.data["text/plain"] == "tokens and cost of 3 requests"


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1", "'=1", "''@x"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_the_csv_is_a_formula(live, emulator, text):
    """And the exact texts can be had again."""
    candidate = {"content": {"parts": [{"text": text}]}, "finishReason": text}
    emulator.script.append(ScriptedReply(pieces=({"candidates": [candidate], "modelVersion": text},)))
    run(live, f"%%gemini --view none\nx {text}")
    [row] = csv.DictReader(io.StringIO(to_csv(ledger_of(live).entries), newline=""))
    assert not [value for value in row.values() if re.match("[=+@\t\r\n\uff1d]|-[^0-9]", value)]
    assert re.sub("^'(?='*[=+\\-@\t\r\n\uff1d])", "", row["reply"]) == text
    assert row["model_served"] == f"'{text}"


@pytest.mark.parametrize("text", ["plain", "'quoted'", "a=b", "1-2", ""])
def test_other_texts_stay_as_they_are(live, emulator, text):
    emulator.script.append(ScriptedReply(pieces=("x", {"modelVersion": text or "m"})))
    run(live, f"%gemini --view none {text} y")
    [row] = csv.DictReader(io.StringIO(to_csv(ledger_of(live).entries), newline=""))
    assert row["model_served"] == (text or "m")


def test_nothing_in_the_csv_drives_a_terminal(live):
    live.user_ns["value"] = "a\x1b]0;title\x07b\x9b2J\tc"
    run(live, "%gemini -q {value}")
    run(live, "%gemini_log --csv log.csv")
    [row] = csv.DictReader(io.StringIO(Path("log.csv").read_bytes().decode(), newline=""))
    assert row["prompt"] == "a\ufffd]0;title\ufffdb\ufffd2J\tc"
