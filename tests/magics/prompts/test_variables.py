"""Notebook variables in prompts, through the magics: what is sent, kept, shown, counted and recorded."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from gemini_magic.emulator import ScriptedReply
from gemini_magic.errors import EmptyPrompt, NotInserted, NotRecorded, OptionError, ReplyStopped
from gemini_magic.runtime.origin import Origin
from tests.support.asking import interrupt
from tests.support.cassettes import asked, said
from tests.support.service import KEY
from tests.support.shell import ledger_of, run, texts


@pytest.fixture
def notebook(live):
    live.user_ns |= {"name": "Ada", "df": pd.DataFrame({"n": range(1200)}), "empty": " "}
    return live


def session_of(shell):
    return shell.find_line_magic("gemini").__self__.session


def test_the_usage_line_names_what_was_inserted(notebook, emulator):
    line = texts(run(notebook, "%%gemini\nHello {name}, see:\n{df}\nand {nmae}, {{name}}"))[0]
    assert " · with name, df (1,200 rows, 20 shown) · no variable nmae: did you mean name? · " in line
    assert asked(emulator)[0].startswith("Hello Ada, see:\n| n |\n")
    assert asked(emulator)[0].endswith("(20 of 1,200 rows)\nand {nmae}, {name}")


def test_the_prompt_as_sent_is_in_the_chat_the_log_and_the_reply(notebook, emulator, tmp_path):
    reply = run(notebook, "reply = %gemini Hello {name}") and notebook.user_ns["reply"]
    assert reply.inserted == ("name",)
    assert [turn.prompt_text for turn in session_of(notebook).chats["main"].turns] == ["Hello Ada"]
    assert [entry.prompt for entry in ledger_of(notebook).entries] == ["Hello Ada"]
    assert "Hello Ada" in texts(run(notebook, "%gemini_log"))[0]
    run(notebook, f"%gemini_chat save {tmp_path / 'chat.json'}")
    assert "Hello Ada" in (tmp_path / "chat.json").read_text()


@pytest.mark.parametrize("line", ["", "--no-stream", "--once", "--view final"])
def test_on_lines_and_with_options(notebook, emulator, line):
    run(notebook, f"%gemini -q {line} -s 'Like {{name}}' Is {{name}} here, or {{df.columns[0]}}?")
    assert asked(emulator) == ["Is Ada here, or n?"]
    # The chat keeps its instruction: only the prompt is filled.
    [body] = emulator.bodies
    assert body["systemInstruction"]["parts"] == [{"text": "Like {name}"}]


@pytest.mark.parametrize("how", ["option", "setting"])
def test_it_can_be_turned_off(notebook, emulator, how):
    run(notebook, "%config GeminiMagics.interpolate = " + str(how == "option"))
    flag = "--no-vars" if how == "option" else ""
    shown = run(notebook, f"%gemini {flag} Hello {{name}} {{{{name}}}} {{nmae}}")
    assert asked(emulator) == ["Hello {name} {{name}} {nmae}"]
    assert "name" not in texts(shown)[0]


def test_what_ipython_and_python_have_is_no_variable(notebook, emulator):
    run(notebook, "1 + 1")
    prompt = "{list} {In} {Out[1]} {_} {__} {_1} {_i} {_i1} {_ih} {exit} {get_ipython} {__name__} {open}"
    run(notebook, f"%gemini -q {prompt}")
    assert asked(emulator) == [prompt]
    run(notebook, "In = 5; _own = 6")
    run(notebook, "%gemini -q {In} {_own}")
    assert asked(emulator)[-1] == "5 6"


def test_replies_can_be_inserted(notebook, emulator):
    emulator.script += [said("the first"), said("the second")]
    run(notebook, "%gemini -q -o first hello")
    run(notebook, "second = %gemini -q hello")
    run(notebook, "%gemini -q {first}, {second}, {_gemini.state}")
    assert asked(emulator)[-1] == "the first, the second, complete"


@pytest.mark.parametrize("text", ["{df.colums}", "{df[0]}", "{df:.2f}"])
def test_errors_come_before_anything_is_sent(notebook, server, emulator, text):
    for line in ("", "--count", "--dry-run"):
        with pytest.raises(NotInserted) as caught:
            run(notebook, f"%gemini {line} {text}")
        assert caught.value.__context__ is None
    assert not server.exchanges
    assert session_of(notebook).chats == {}


def test_a_prompt_of_blank_values_is_empty(notebook):
    with pytest.raises(EmptyPrompt):
        run(notebook, "%gemini {empty}")


def test_keys_are_never_sent(notebook, server):
    notebook.user_ns["key"] = KEY
    with pytest.raises(NotInserted, match="it holds an API key"):
        run(notebook, "%gemini my key is {key}")
    notebook.user_ns["key"] = "given-as-a-setting"
    run(notebook, "%config GeminiMagics.api_key = 'given-as-a-setting'")
    with pytest.raises(NotInserted, match="it holds an API key"):
        run(notebook, "%gemini my key is {key}")
    assert not server.exchanges


def test_keys_are_not_even_shown_to_the_emulator(offline):
    offline.user_ns["key"] = "given-as-a-setting"
    run(offline, "%config GeminiMagics.api_key = 'given-as-a-setting'")
    with pytest.raises(NotInserted, match="it holds an API key"):
        run(offline, "%gemini --dry-run my key is {key}")


def test_count_and_dry_run(notebook, server):
    said = run(notebook, "%gemini --count Hello {name} {nmae}").stdout
    assert said.startswith("gemini-3.8-flash · with name · no variable nmae: did you mean name? · ")
    shown = run(notebook, "%gemini --dry-run Hello {name}")
    body = json.loads(shown.outputs[0].data["text/plain"])["body"]
    assert body["contents"][-1]["parts"] == [{"text": "Hello Ada"}]
    assert shown.stdout == "with name\n"
    assert run(notebook, "%gemini --dry-run Hello").stdout == ""


def test_a_cell_that_is_run_again_is_filled_anew(notebook, emulator, monkeypatch):
    owner = "gemini_magic.magics.gemini_magics.find_origin"
    for number, name in enumerate(("Ada", "Grace")):
        monkeypatch.setattr(owner, lambda _, run=str(number): Origin("cell", run))
        notebook.user_ns["name"] = name
        run(notebook, "%gemini -q Hello {name}")
    assert asked(emulator) == ["Hello Ada", "Hello Grace"]
    assert [turn.prompt_text for turn in session_of(notebook).chats["main"].turns] == ["Hello Grace"]


def test_a_resumed_reply_answers_the_prompt_as_it_was_sent(notebook, emulator):
    emulator.script.append(ScriptedReply(pieces=("half",), finish_reason="MAX_TOKENS"))
    run(notebook, "%gemini -q Hello {name}")
    notebook.user_ns["name"] = "Grace"
    with pytest.raises(OptionError, match="--resume takes no prompt"):
        run(notebook, "%gemini --resume {name}")
    shown = run(notebook, "%gemini --resume")
    contents = emulator.bodies[-1]["contents"]
    assert contents[0]["parts"] == [{"text": "Hello Ada"}]
    assert "with name" not in texts(shown)[0]


def test_an_interrupt_while_a_value_is_written(notebook, emulator):
    class Slow:
        def __str__(self):
            interrupt()
            return "late"

    notebook.user_ns["stopper"] = Slow()
    with pytest.raises(ReplyStopped, match="stopped before any text had come"):
        run(notebook, "%gemini {stopper}")
    assert not emulator.bodies


def test_the_exported_script_and_notebook_ask_the_same(notebook, emulator, tmp_path):
    notebook.user_ns["code"] = "f'{name}'; print({name})"
    run(notebook, "%gemini -q Explain {code}")
    from gemini_magic.exports.python_code import to_python

    assert "Explain f'{name}'; print({name})" in to_python(session_of(notebook).chats["main"], whole=True)
    run(notebook, f"%gemini_chat export {tmp_path / 'chat.ipynb'}")
    cells = json.loads((tmp_path / "chat.ipynb").read_text())["cells"]
    assert cells[1]["source"] == "%%gemini --no-vars\nExplain f'{name}'; print({name})"
    run(notebook, cells[1]["source"])
    assert asked(emulator) == ["Explain f'{name}'; print({name})"] * 2


def test_a_cassette_replays_what_was_sent(notebook, emulator):
    emulator.script += [said("one"), said("two")]
    run(notebook, "%gemini_cassette lesson.gemini.jsonl --mode record")
    run(notebook, "%gemini --once Hello {name}")
    run(notebook, "%gemini_cassette --mode replay")
    shown = run(notebook, "%gemini --once Hello {name}")
    assert texts(shown)[0].startswith("gemini-3.8-flash · with name · ")
    assert texts(shown)[1] == "one"
    notebook.user_ns["name"] = "Grace"
    with pytest.raises(NotRecorded, match=r"\[-Ada-\] \{\+Grace\+\}"):
        run(notebook, "%gemini --once Hello {name}")


def check(shell, folder, *sources):
    path = folder / "lesson.ipynb"
    cells = [{"cell_type": "code", "source": source} for source in sources]
    path.write_text(json.dumps({"cells": cells}))
    return run(shell, f"%gemini_cassette check {path}").stdout.splitlines()


@pytest.fixture
def recorded(notebook, emulator):
    emulator.script += [said(str(number)) for number in range(9)]
    run(notebook, "%gemini_cassette lesson.gemini.jsonl --mode record")
    for prompt in ("Hello {name}", "and {df.shape[0]}?", "--once Once {name}"):
        run(notebook, f"%gemini -q {prompt}")
    notebook.user_ns.pop("name")
    return notebook


def test_a_check_matches_what_variables_may_have_been(recorded, tmp_path):
    sources = ["%%gemini\nHello {name}", "%gemini and {df.shape[0]}?", "%gemini --once Once {name}"]
    assert check(recorded, tmp_path, *sources) == ["3 of 3 prompts are recorded"]
    report = check(recorded, tmp_path, "%gemini Bye {name}", "%gemini Hello {name}")
    assert report[0] == "0 of 2 prompts are recorded"
    assert "no reply to 'Bye {name}'" in report[1]
    assert report[2].endswith("it follows, in chat main, a prompt that is not recorded")


def test_a_check_says_what_it_cannot_know(recorded, emulator, tmp_path):
    run(recorded, "%gemini -q --once Once Grace")
    # Either may have been asked.
    assert check(recorded, tmp_path, "%gemini --once Once {name}") == ["1 of 1 prompts are recorded"]
    # One that does not fit the chat before it is not taken for a miss.
    sources = ["%gemini Hello {name}", "%gemini Once {name}", "%gemini next", "%gemini --once Once Ada"]
    assert check(recorded, tmp_path, *sources) == [
        "2 of 2 prompts are recorded",
        "not looked at (what is recorded depends on variables, or on the chat before it): code cell 2",
        "not looked at (what their chat holds by then is not known): code cell 3",
    ]


def test_a_check_that_has_guessed_does_not_go_on(recorded, tmp_path):
    recorded.user_ns["name"] = "Grace"
    run(recorded, "%gemini -q --new Hello {name}")
    assert check(recorded, tmp_path, "%gemini Hello {name}", "%gemini and 1200?") == [
        "1 of 1 prompts are recorded",
        "not looked at (what their chat holds by then is not known): code cell 2",
    ]


def test_a_check_of_prompts_without_variables(recorded, tmp_path):
    report = check(recorded, tmp_path, "%gemini --no-vars Hello {name}")
    assert report[0] == "0 of 1 prompts are recorded"
    sources = ["%config GeminiMagics.interpolate = False", "%gemini Hello {name}"]
    assert check(recorded, tmp_path, *sources)[0] == "0 of 1 prompts are recorded"
