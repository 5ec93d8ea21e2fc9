"""What the usage line says of a prompt: what is in it, and what looks like a mistake."""

from __future__ import annotations

import pytest

from gemini_magic.requests.interpolation.interpolate import interpolate

VARIABLES = {"name": "Ada", "rows": [1, 2], "DataFrame": 1, "json": pytest}


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        ("{nmae}", ("no variable nmae: did you mean name?",)),
        ("{nmae} {nmae} {{{nmae}}}", ("no variable nmae: did you mean name?",)),
        ("{dataframe}", ("no variable dataframe: did you mean DataFrame?",)),
        ("{names[0]}", ("no variable names: did you mean name?",)),
        # Nothing is like them, or they are no placeholders: code is full of such braces.
        ("{placeholder} {list} {i} {id} {nam3x}", ()),
        ("{{nmae}} $x_{nmae}$ f'{nmae}' {nmae: 1}", ()),
        ("{name.upper()}", ("name.upper() was left as it is: put it into a variable",)),
        (
            "{rows[0:1]} {name!r}",
            (
                "rows[0:1] was left as it is: put it into a variable",
                "name!r was left as it is: put it into a variable",
            ),
        ),
        ("{name:zz}", ("name:zz was left as it is: put it into a variable",)),
        ("{name: zz} {{name:zz}} {other:zz}", ()),
        ("{rows[0].real} {rows[0]:03} {rows[-1]}", ()),
        ("f'{name.upper()}' {print(name)}", ()),
        ("{json} {json.raises}", ("json is a module and was left as it is",)),
        ("file_{name}.txt", ("name after _ was left as it is, as in LaTeX",)),
        ("x_{name} \\sum_{name} $file_{name}$", ()),
    ],
)
def test_notes(text, notes):
    found = interpolate(text, VARIABLES).notes
    assert found[: len(notes)] == notes
    assert len(found) == len(notes)


def test_what_was_inserted_is_named_once():
    prompt = interpolate("{name} {rows} {rows[0]} {rows[0]:03} {rows} {{name}}", VARIABLES)
    assert prompt.inserted == ("name", "rows (2 items)", "rows[0]")
