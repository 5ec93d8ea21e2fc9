"""The magics in a real IPython shell, offline: cells, lines, errors, variables."""

from __future__ import annotations

import pytest

from gemini_magic import errors
from tests.support.shell import run, texts


def test_a_cell_leaves_the_usage_line_and_the_reply(offline):
    usage, reply = run(offline, "%%gemini\nExplain attention.").outputs
    assert usage.data["text/plain"].startswith("offline-emulator · 5 tokens in · ")
    assert usage.data["text/plain"].endswith("offline, no cost · chat main, turn 1")
    assert usage.data["text/html"].startswith("<small><code>offline-emulator</code> · 5 tokens in")
    assert set(reply.data) <= {"text/markdown", "text/html", "text/plain"}
    facts = usage.metadata["gemini_magic"]
    assert facts["finish_reason"] == "STOP"
    assert facts["latency"] == {"first_token_s": None, "total_s": None}
    assert facts["cost_usd"] is None
    assert facts["usage"]["total"] == facts["usage"]["prompt"] + facts["usage"]["output"]
    assert reply.data["text/markdown"] == reply.data["text/plain"] == offline.user_ns["_gemini"].text
    assert "not Gemini" in reply.data["text/plain"]


def test_the_next_cell_remembers(offline):
    run(offline, "%%gemini\nmy first question")
    assert "1. my first question" in texts(run(offline, "%%gemini\nand the second"))[1]
    assert "first" not in texts(run(offline, "%%gemini --once\nalone"))[1]
    assert "first" not in texts(run(offline, "%%gemini -c other\nelsewhere"))[1]
    usage, reply = texts(run(offline, "%gemini -c main third"))
    assert usage.endswith("chat main, turn 3")
    assert "1. my first question\n2. and the second" in reply
    usage, reply = texts(run(offline, "%%gemini --new\nfresh"))
    assert usage.endswith("chat main, turn 1")
    assert "first" not in reply


def test_once_is_outside_any_chat(offline):
    captured = run(offline, "%gemini --once hello")
    assert texts(captured)[0].endswith("outside any chat")
    facts = captured.outputs[0].metadata["gemini_magic"]
    assert (facts["chat"], facts["turn"]) == (None, None)


def test_a_chat_keeps_its_system_instruction(offline):
    run(offline, '%%gemini -c tutor -s "be Socratic"\nhello')
    assert "be Socratic" in texts(run(offline, "%gemini -c tutor and now"))[1]
    assert "be Socratic" not in texts(run(offline, "%gemini elsewhere"))[1]
    assert "be Socratic" not in texts(run(offline, "%gemini -c tutor -s '' without"))[1]


@pytest.mark.parametrize("cell", ["%%gemini", "%%gemini\n", "%%gemini -q\n\n  \n", "%gemini", "%gemini -q"])
def test_an_empty_prompt(offline, cell):
    with pytest.raises(errors.EmptyPrompt, match="write it below"):
        run(offline, cell)


def test_markers_of_nbval_are_no_prompt(offline):
    assert (
        "NBVAL"
        not in texts(run(offline, "%%gemini\n# NBVAL_IGNORE_OUTPUT\nhello # NBVAL?"))[1].split("hello")[0]
    )
    with pytest.raises(errors.EmptyPrompt):
        run(offline, "%%gemini\n# NBVAL_SKIP")


@pytest.mark.parametrize(
    ("cell", "error"),
    [
        ("%%gemini --nope\nx", errors.OptionError),
        ("%%gemini -s 'x\ny", errors.OptionError),
        ("%%gemini -s $nope\nx", errors.UnknownVariable),
        ("%%gemini -m gemini-0\nx", errors.ModelNotFound),
        ("%%gemini what is it?", errors.OptionError),
        ("%%gemini -q what?\n", errors.OptionError),
        ("%%gemini\t--nope\nx", errors.OptionError),
    ],
)
def test_errors_are_one_line_and_change_nothing(offline, capsys, cell, error):
    run(offline, "%gemini -q before")
    offline.run_cell("%xmode Verbose")
    capsys.readouterr()
    result = offline.run_cell(cell)
    assert isinstance(result.error_in_exec, error)
    printed = capsys.readouterr().out.strip().splitlines()
    assert printed[-1].endswith(str(result.error_in_exec))
    assert len(printed) <= 2  # the usage line of a failed request, and the error
    offline.run_cell("%xmode Context")
    assert "1. before" in texts(run(offline, "%gemini after"))[1]


def test_ipython_expands_nothing_in_prompts(offline):
    offline.user_ns["x"] = "expanded"
    for magic in ("%%gemini\n", "%gemini "):
        assert "$x {1+1} {x!r}" in texts(run(offline, f"{magic}$x {{1+1}} {{x!r}}"))[1].replace("\\", "")
    offline.user_ns["style"] = "be brief"
    assert "> be brief" in texts(run(offline, "%%gemini -s $style\nhello"))[1]


def test_into_and_quiet(offline):
    captured = run(offline, "%%gemini -q -o answer\nhello")
    assert len(captured.outputs) == 1
    answer = offline.user_ns["answer"]
    assert str(answer) == captured.outputs[0].data["text/plain"]
    assert offline.user_ns["_gemini"] is answer
    assert (answer.finish_reason, answer.model, answer.cost) == ("STOP", "offline-emulator", None)


def test_views(offline):
    assert texts(run(offline, "%gemini --view final hi")) == texts(
        run(offline, "%gemini --new --view final hi")
    )
    assert run(offline, "%gemini --view none hi").outputs == []
    printed = run(offline, "%gemini --once --view text hi").stdout
    assert printed.splitlines()[-1].startswith("offline-emulator · ")
    assert printed.startswith("**This is the offline emulator")


def test_no_stream(offline):
    streamed, whole = (texts(run(offline, f"%gemini --once {flag} hi")) for flag in ("", "--no-stream"))
    assert streamed == whole


def test_max_tokens_ends_early(offline):
    usage, reply = texts(run(offline, "%gemini --max-tokens 4 hi"))
    assert "cut off at the limit of output tokens (MAX_TOKENS)" in usage
    assert len(reply) == 16


def test_the_setting_can_change_under_a_chat(offline):
    def asked_with(cell):
        return texts(run(offline, cell))[1]

    for style in ("style one", "style two"):
        run(offline, f"%config GeminiMagics.system = {style!r}")
        assert style in asked_with("%gemini hello")
    assert "style" not in asked_with("%gemini -s '' hello")
    assert "style" not in asked_with("%gemini hello again")
    assert "style two" in asked_with("%gemini --new hello")


def test_a_failed_cell_leaves_the_last_reply(offline):
    run(offline, "%gemini -q -o answer good")
    kept = offline.user_ns["answer"]
    with pytest.raises(errors.ModelNotFound):
        run(offline, "%gemini -m gemini-0 -o answer bad")
    assert offline.user_ns["answer"] is offline.user_ns["_gemini"] is kept


def test_the_indentation_of_pasted_code_stays(offline):
    run(offline, "%%gemini -o reply\n\n    if x:\n        y\n\n")
    [turn] = offline.find_line_magic("gemini").__self__.session.chats["main"].turns
    assert turn.prompt.parts[0].text == "    if x:\n        y"
