"""Notebook variables in a real kernel, watched and headless."""

from __future__ import annotations

import nbformat
import pytest
from nbclient import NotebookClient

from gemini_magic.emulator import ScriptedReply
from tests.support.cassettes import asked
from tests.support.kernel import running_kernel
from tests.support.service import KEY

pytestmark = pytest.mark.slow

SETUP = """\
%load_ext gemini_magic
name = "Ada"
rows = [{"k": 1}]

def double(n):
    return 2 * n

class Empty:
    x = 1
"""
PROMPT = "%%gemini\nExplain to {name}, {rows[0]}:\n```\n{double}\n{Empty}\n```\n$x_{name}$ {nmae}"
SENT = (
    'Explain to Ada, {"k": 1}:\n```\ndef double(n):\n    return 2 * n\nclass Empty:\n    x = 1\n```\n'
    "$x_{name}$ {nmae}"
)
LINE = (
    " · with name, rows[0] (1 item), double (2 lines), Empty (2 lines) · "
    "no variable nmae: did you mean name? · "
)


def test_a_person_and_a_test_see_the_same(server, emulator):
    emulator.script += [ScriptedReply(pieces=("yes",))] * 2
    with running_kernel(GEMINI_API_KEY=KEY) as kernel:
        assert kernel.run(SETUP).errors == []
        line, _ = kernel.run(PROMPT, cell_id="c1").final()
        assert LINE in line["data"]["text/plain"]
        error = kernel.run("%gemini {rows[7]}").errors[0]["evalue"]
        assert error.startswith("{rows[7]}: this list of 1 item has")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in (SETUP, PROMPT)])
    NotebookClient(notebook, kernel_name="python3").execute()
    assert LINE in notebook.cells[1].outputs[0].data["text/plain"]
    assert asked(emulator) == [SENT, SENT]
