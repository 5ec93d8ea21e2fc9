"""The option parser: splits like a shell, leaves prompts alone, explains itself in one line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from traitlets import TraitError

from gemini_magic.errors import OptionError, UnknownVariable
from gemini_magic.options.cell_options import FLAGS, Options, describe_options, parse_options
from gemini_magic.options.chat_names import check_chat_name, to_chat_name
from gemini_magic.options.settings import SettingsTraits


def parse(line, is_cell=True, **variables):
    return parse_options(line, variables, is_cell=is_cell)


def test_every_option():
    line = (
        "-m gemini-2.5-pro -s 'be \"very\" terse' -c tutor --new --once --max-tokens 5 --temperature 0.5 "
        "--timeout 9 --thinking HIGH --no-stream --view text -o answer -q"
    )
    assert parse(line)[0] == Options(
        model="gemini-2.5-pro",
        system='be "very" terse',
        chat="tutor",
        new=True,
        once=True,
        max_tokens=5,
        temperature=0.5,
        thinking="high",
        no_stream=True,
        timeout=9,
        view="text",
        into="answer",
        quiet=True,
    )


def test_long_forms_and_equal_signs():
    assert parse('--model=x --system="a b" --chat=c --into=v --quiet')[0] == Options(
        model="x", system="a b", chat="c", into="v", quiet=True
    )


@pytest.mark.parametrize(
    ("line", "prompt"),
    [
        ("What's up?", "What's up?"),
        ('-q say "hello  there" -- it\'s fine', 'say "hello  there" -- it\'s fine'),
        ("-m x   two  words", "two  words"),
        ("-- -m is a flag", "-m is a flag"),
        ("", ""),
    ],
)
def test_a_prompt_on_the_line_is_untouched(line, prompt):
    assert parse(line, is_cell=False)[1] == prompt


@given(st.text(alphabet=st.characters(exclude_categories=["C", "Z"]), min_size=1))
def test_any_word_that_is_no_flag_is_a_prompt(word):
    if not word.startswith("-"):
        assert parse(f"-q {word}", is_cell=False) == (Options(quiet=True), word)


def test_system_from_a_variable():
    assert parse("-s $style", style="be terse")[0].system == "be terse"
    assert parse("-s '$5 is a price'")[0].system == "$5 is a price"
    assert parse("-s ''")[0].system == ""


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("--modle x", "did you mean --model"),
        ("--nothing-like-it", "there is no option --nothing-like-it"),
        ('-s "be terse', "is not closed"),
        ("-m", "-m or --model needs a value"),
        ("--max-tokens 0", "not a whole number"),
        ("--max-tokens ten", "not a whole number"),
        ("--temperature hot", "not a number from 0 to 2"),
        ("--temperature nan", "not a number from 0 to 2"),
        ("--thinking lots", "choose from"),
        ("--view 3d", "choose from"),
        ("-c 'a b'", "no chat name"),
        ("-o 1x", "not a variable name"),
        ("-o class", "not a variable name"),
        ("--max-tokens " + "9" * 5000, "not a whole number"),
        ("--timeout 0", "not a number of seconds"),
        ("-q --help", "shows the help if it stands first"),
        ("--show --debug", "--show and --debug do not go together; choose one"),
        ("--dry-run --count", "--dry-run and --count do not go together"),
        ("hello", "in the lines below %%gemini"),
    ],
)
def test_wrong_options_say_what_to_write(line, says):
    with pytest.raises(OptionError) as caught:
        parse(line)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_unknown_variable():
    with pytest.raises(UnknownVariable, match="no variable style"):
        parse("-s $style")
    with pytest.raises(OptionError, match="a list, not a text"):
        parse("-s $style", style=[])


def test_every_flag_is_described():
    assert all(flag in describe_options() and FLAGS[flag] for flag in FLAGS)


@pytest.mark.parametrize("name", ["café", "学习.2", "हिन्दी", "_x", "a" * 60])
def test_names_of_chats(name):
    assert parse(f"-c {name}")[0].chat == SettingsTraits(chat=name).chat == to_chat_name(name) == name


@pytest.mark.parametrize(
    "name", ["a b", "-x", ".x", "a/b", "a'b", "a\u202eb", "", "a" * 61, "\u0301a", "<b>"]
)
def test_names_that_no_chat_has(name):
    with pytest.raises(OptionError, match="is no chat name; use letters"):
        parse(f'-c "{name}"')
    with pytest.raises(TraitError, match="is no chat name; use letters"):
        SettingsTraits(chat=name)


@given(st.text())
def test_any_text_can_be_made_a_name(text):
    name = to_chat_name(text)
    assert check_chat_name(name) == name
    assert parse(f"-c {name}")[0].chat == name
