"""The magics in a real IPython shell, offline."""

from __future__ import annotations

import subprocess
import sys

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.magic import Magics, cell_magic, magics_class
from IPython.utils.capture import capture_output

from gemini_magic import errors
from gemini_magic.models import DEFAULT_MODEL
from gemini_magic.options.cell_options import FLAGS
from gemini_magic.runtime.secret import Secret
from tests.conftest import KEY


def run(shell, cell):
    """Run a cell and return what it shows: stdout, outputs; errors are raised."""
    with capture_output() as captured:
        result = shell.run_cell(cell)
    result.raise_error()
    return captured


def texts(captured):
    return [output.data["text/plain"] for output in captured.outputs]


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


@pytest.mark.parametrize(
    "line", ["%gemini why is the sky blue?", '%gemini What\'s "up" (doc)?', "%gemini -m gemini-2.5-pro a? b?"]
)
def test_a_question_on_one_line(offline, line):
    prompt = line.partition("%gemini ")[2].removeprefix("-m gemini-2.5-pro ")
    assert prompt in texts(run(offline, line))[1]


def test_questions_inside_python(offline):
    captured = run(offline, "for n in range(2):\n    %gemini --once how many?\ntext = '''\n%gemini x?\n'''")
    assert len(captured.outputs) == 4
    assert offline.user_ns["text"] == "\n%gemini x?\n"


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


def test_variables_and_braces_in_prompts_are_text(offline):
    offline.user_ns["x"] = "expanded"
    assert "$x {x} {1+1}" in texts(run(offline, "%%gemini\n$x {x} {1+1}"))[1].replace("\\", "")
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


def test_settings(offline, caplog):
    run(offline, "%config GeminiMagics.system = 'be polite'\n%config GeminiMagics.quiet = True")
    assert "be polite" in texts(run(offline, "%gemini hello"))[0]
    run(offline, "%config GeminiMagics.thinking = 'lots'")
    assert "'minimal', 'low'" in caplog.text
    assert offline.find_line_magic("gemini").__self__.thinking is None
    run(offline, "%config GeminiMagics.model = 'gemini-0'")
    with pytest.raises(errors.ModelNotFound):
        run(offline, "%gemini hello")


def test_settings_from_the_environment_and_the_config_file(shell, monkeypatch):
    monkeypatch.setenv("GEMINI_MAGIC_OFFLINE", "1")
    shell.config.GeminiMagics.model = "gemini-2.5-pro"
    shell.run_line_magic("reload_ext", "gemini_magic")
    magics = shell.find_line_magic("gemini").__self__
    assert (magics.freeze().offline, magics.model) == (True, "gemini-2.5-pro")
    assert "not Gemini" in texts(run(shell, "%gemini hello"))[1]


def test_the_key_is_hidden_from_config(shell, caplog):
    run(shell, f"%config GeminiMagics.api_key = '{KEY}'")
    shown = run(shell, "%config GeminiMagics\n%config GeminiMagics.api_key")
    assert KEY not in shown.stdout + str([o.data for o in shown.outputs])
    assert "[hidden]" in shown.stdout
    run(shell, f"%config GeminiMagics.api_key = ['{KEY}']")
    assert "api_key takes a text" in caplog.text
    assert KEY not in caplog.text


def test_no_key(shell):
    with pytest.raises(errors.NoApiKey, match=r"try offline: %config GeminiMagics\.offline = True"):
        run(shell, "%gemini hello")
    assert "_gemini" not in shell.user_ns


def test_a_typed_key_is_asked_for_once(shell, server, monkeypatch):
    monkeypatch.delenv("GEMINI_API_KEY")
    asked = []
    magics = shell.find_line_magic("gemini").__self__
    monkeypatch.setattr(magics.session.clients, "_ask_key", lambda: asked.append(1) or Secret(KEY))
    run(shell, "%gemini one")
    run(shell, "%gemini two")
    assert asked == [1]
    assert KEY not in repr(shell.user_ns) + repr(vars(magics))


def test_unload_and_reload(offline, capsys):
    first = offline.find_cell_magic("gemini").__self__
    before = (list(offline.configurables), list(offline.Completer.custom_matchers))
    for _ in range(3):
        offline.run_line_magic("reload_ext", "gemini_magic")
    assert capsys.readouterr().out == ""
    assert offline.find_cell_magic("gemini").__self__ is not first
    assert [len(offline.configurables), len(offline.Completer.custom_matchers)] == [len(b) for b in before]
    offline.run_line_magic("unload_ext", "gemini_magic")
    assert offline.find_cell_magic("gemini") is None
    assert offline.find_line_magic("gemini_magic") is None
    assert offline.Completer.custom_matchers == []
    assert not [c for c in offline.configurables if type(c).__name__ == "GeminiMagics"]


def test_another_owner_of_the_magic_keeps_it(offline, capsys):
    @magics_class
    class Other(Magics):
        @cell_magic
        def gemini(self, line, cell):
            return "theirs"

    Other.__module__ = "JupyterChatbook.magics"
    offline.run_line_magic("unload_ext", "gemini_magic")
    offline.register_magics(Other)
    offline.run_line_magic("load_ext", "gemini_magic")
    assert capsys.readouterr().out.splitlines() == [
        "%%gemini belongs to JupyterChatbook.magics here; gemini_magic answers to %%gemini_magic instead."
    ]
    assert offline.run_cell_magic("gemini", "", "x") == "theirs"
    offline.run_line_magic("config", "GeminiMagics.offline = True")
    assert "not Gemini" in texts(run(offline, "%%gemini_magic\nhello"))[1]
    offline.run_line_magic("unload_ext", "gemini_magic")
    assert offline.run_cell_magic("gemini", "", "x") == "theirs"


def test_both_names_are_the_same_magic(offline):
    assert "what is it?" in texts(run(offline, "%gemini_magic what is it?"))[1]
    assert offline.find_cell_magic("gemini") == offline.find_cell_magic("gemini_magic")


@pytest.mark.parametrize("cell", ["%gemini?", "%%gemini?", "%gemini_magic?"])
def test_help(shell, capsys, cell):
    shell.run_cell(cell)
    shown = capsys.readouterr().out
    assert "%gemini Why is the sky blue?" in shown
    assert all(flag in shown for flag in FLAGS)


def complete(shell, text):
    with provisionalcompleter():
        found = list(shell.Completer.completions(text, len(text)))
    return [text[: c.start] + c.text for c in found]


def test_tab_completes_flags_and_values(offline):
    run(offline, "%gemini -c tutor -q hello")
    offline.user_ns["style"] = "terse"
    assert complete(offline, "%%gemini --thi") == ["%%gemini --thinking"]
    assert set(complete(offline, "%gemini --")) == {f"%gemini {f}" for f in FLAGS if f.startswith("--")}
    assert f"%%gemini -m {DEFAULT_MODEL}" in complete(offline, "%%gemini -m gemini-3.8")
    assert complete(offline, "%%gemini_magic -q --thinking me") == ["%%gemini_magic -q --thinking medium"]
    assert complete(offline, "%%gemini -c tu") == ["%%gemini -c tutor"]
    assert "%%gemini -s $style" in complete(offline, "%%gemini -s $st")
    assert complete(offline, "%gemini --thinking=lo") == ["%gemini --thinking=low"]
    assert complete(offline, "\n%%gemini --thi") == ["\n%%gemini --thinking"]
    assert complete(offline, "%%time\n%gemini --thi") == ["%%time\n%gemini --thinking"]
    assert set(complete(offline, "%gemini ")) == {f"%gemini {f}" for f in FLAGS}
    for prompt in ("%%gemini\n--th", "%gemini what about --th", "%%gemini\n%gemini --th"):
        assert f"{prompt}inking" not in complete(offline, prompt)
    assert "print" in complete(offline, "prin")


def test_loading_prints_nothing_and_imports_nothing_heavy():
    code = """if True:
        import sys
        from IPython.core.interactiveshell import InteractiveShell
        shell = InteractiveShell.instance()
        before = set(sys.modules)
        shell.run_line_magic("load_ext", "gemini_magic")
        loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
        heavy = {"google", "pandas", "httpx2", "pydantic", "genai_prices", "ipywidgets", "rich"}
        print(sorted(loaded & heavy))
    """
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "[]\n"
    assert done.stderr == ""


def test_in_the_terminal():
    """`ipython` itself: plain text streams, the usage line comes after it."""
    command = [sys.executable, "-m", "IPython", "--simple-prompt", "--no-banner", "--colors=nocolor"]
    typed = "%load_ext gemini_magic\n%config GeminiMagics.offline = True\n"
    typed += "%gemini is it plain?\n%gemini -q -m nope x\n"
    done = subprocess.run(command, input=typed, capture_output=True, text=True, timeout=60, check=True)
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    [text] = [n for n, line in enumerate(lines) if "This is the offline emulator" in line]
    [usage] = [n for n, line in enumerate(lines) if line.startswith("offline-emulator · ")]
    assert text < usage
    assert "> is it plain?" in lines
    assert "ModelNotFound: nope: not found" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_questions_in_odd_positions(offline):
    assert "a b?" in texts(run(offline, "%gemini a \\\n   b?"))[1]
    assert "why?" in texts(run(offline, "x = %gemini why?"))[1]
    assert "blank-tab" in texts(run(offline, "%%gemini\t-q -c tab\nblank-tab"))[0]


def test_typing_a_cell_in_the_terminal_goes_on_after_its_first_line(shell):
    """The terminal asks whether what was typed is complete; a cell magic's body is yet to come."""
    check = shell.input_transformer_manager.check_complete
    for line in ("%%gemini", "%%gemini -q", "%%gemini_magic"):
        assert check(line) == check("%%bash")
        assert check(f"{line}\nhello")[0] == "incomplete"


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


def test_offline_by_the_environment_at_any_time(shell, monkeypatch):
    with pytest.raises(errors.NoApiKey):
        run(shell, "%gemini hello")
    monkeypatch.setenv("GEMINI_MAGIC_OFFLINE", "true")
    assert "not Gemini" in texts(run(shell, "%gemini hello"))[1]


def test_the_indentation_of_pasted_code_stays(offline):
    run(offline, "%%gemini -o reply\n\n    if x:\n        y\n\n")
    [turn] = offline.find_line_magic("gemini").__self__.session.chats["main"].turns
    assert turn.prompt.parts[0].text == "    if x:\n        y"


def test_the_key_prompt_can_be_interrupted(shell, monkeypatch):
    def interrupt(_prompt):
        raise KeyboardInterrupt

    monkeypatch.setattr("getpass.getpass", interrupt)
    monkeypatch.setattr("gemini_magic.magics.gemini_magics.can_answer", lambda _shell: True)
    with pytest.raises(errors.NoApiKey):
        run(shell, "%gemini hello")


def test_the_key_is_not_in_the_stored_configuration(shell):
    run(shell, f"%config GeminiMagics.api_key = '{KEY}'")
    magics = shell.find_line_magic("gemini").__self__
    assert magics.freeze().api_key.reveal() == KEY
    assert KEY not in repr(magics.config) + repr(vars(magics))
    assert "Current: not set" in run(shell, "%config GeminiMagics.api_key = ''\n%config GeminiMagics").stdout
