"""Which braces are variables and which stay: a table of cases, and random texts."""

from __future__ import annotations

import keyword
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_magic.requests.interpolation.interpolate import interpolate
from gemini_magic.requests.prompt import clean_prompt

VARIABLES = {
    "name": "Ada",
    "a": 1,
    "b": 2,
    "i": 3,
    "n": 4,
    "x": 3.14159,
    "y": 7,
    "price": 5,
    "tax": 1,
    "rows": [{"k": "first"}, {"k": "last"}],
    "d": {"k": "item", "a b": "spaced", "}": "brace"},
    "text": "{name} costs {{price}}",
    "größe": "tall",
    "fi": "normalized",
    "source": "def f():\n    return '```'",
}


def sent(text, **variables):
    return interpolate(text, VARIABLES | variables).text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello {name}!", "Hello Ada!"),
        ("{name}{name}", "AdaAda"),
        ("{rows[0]}", '{"k": "first"}'),
        ('{rows[0]["k"]} {rows[-1]["k"]}', "first last"),
        ("{d['k']} {d[\"k\"]} {d['a b']} {d['}']}", "item item spaced brace"),
        ("{x:.2f} {a:03} {price:>3}. {x:,.1f} {name:s}", "3.14 001   5. 3.1 Ada"),
        ("{x.real} {rows[0]['k']:>7}", "3.14159   first"),
        ("{größe} {ﬁ}", "tall normalized"),
        ("a\r\n{name}\r\nb", "a\nAda\nb"),
        ("```python\n{source}\n```", "```python\ndef f():\n    return '```'\n```"),
        ("`{name}` \"{name}\" '{name}' <{name}> ({name})", "`Ada` \"Ada\" 'Ada' <Ada> (Ada)"),
    ],
)
def test_variables_are_inserted(text, expected):
    assert sent(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{{name}}", "{name}"),
        ("{{x:.2f}} {{rows[0]}}", "{x:.2f} {rows[0]}"),
        ("{{{name}}}", "{Ada}"),
        ("{{{{name}}}}", "{{name}}"),
        ("{{{{{name}}}}}", "{{Ada}}"),
        # Braces that have no partner are the text's.
        ('{"a": {"b": {name}}}', '{"a": {"b": Ada}}'),
        ("{{name}, {b}}", "{Ada, 2}"),
        # What names no variable is no placeholder, so nothing is doubled in it.
        ("{{nobody}} {{{nobody}}}", "{{nobody}} {{{nobody}}}"),
    ],
)
def test_pairs_of_braces(text, expected):
    assert sent(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        # JSON, JavaScript, Python
        '{"a": 1, "name": {"b": [1, 2]}}',
        "{a: 1} {a:1} {a: b} {name: 'x'}",
        "{x, y} {x: y} {*rows} {**d} {x for x in rows} {a + b} {x=}",
        "{}{0}{1:>5}{ name }{name }{ name}",
        "{name!r} {name!s:>10} {rows[0:1]} {rows[i]} {d[k]} {name.upper()} {print(name)}",
        "{if} {None} {True} {class} {rows.class}",
        "{name:} {name:zz} {a:999999999} {x:.99999f}",
        'f"hello {name}" F\'{a}\' rf"{a}\\d" t"{name}"',
        'f"""\nhello {name}\n"""',
        'f"{d["k"]}"',
        "\"hello {name}\".format(name=1) '{a}'.format(a=2)",
        "{{ name }} {% if name %} {{name|upper}} {# name #} {{-name-}}",
        "{\n  name\n} for (;;) {\n  a++;\n}",
        "a {color: red; margin:0} .b{width:50%} {a:50%}",
        "${HOME} $HOME {HOME} %{nobody}",
        "`Hello ${name}, ${price}`",
        # LaTeX
        r"\frac{a}{b} \sqrt[3]{x} \text{name} \begin{a} \frac{{a}}{b} \textbf{Hello {name}}",
        "x_{i} e^{n} 2^{n} x_{i}^{n} f(x)_{i} x'_{i}",
        "$a{n}$ $x_{i} = {a}$ ${a}_{b}$ ${a}$ $2{n}+1$ $\\{a\\}{b}$",
        "$$\n{a} + {b}\n$$ \\({a}\\) \\[\n{a}\n\\]",
    ],
)
def test_all_other_braces_stay(text):
    prompt = interpolate(text, VARIABLES)
    assert prompt.text == text
    assert prompt.inserted == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It costs ${price}.", "It costs $5."),
        ("${price} and ${tax}", "$5 and $1"),
        ("${price}/${tax} or US${price}", "$5/$1 or US$5"),
        ("${price} here or 5$ there", "$5 here or 5$ there"),
        ("$5 for {name}, 10$ for {a}", "$5 for Ada, 10$ for 1"),
        ("$HOME/{name}:$PATH", "$HOME/Ada:$PATH"),
        ("\\${price}", "\\$5"),
        ("_{name}_ __{name}__ *{name}*", "_Ada_ __Ada__ *Ada*"),
        ("C:\\{name} and {a}{b}", "C:\\Ada and 12"),
        ("$x$ and {name}, \\alpha and {name}", "$x$ and Ada, \\alpha and Ada"),
        ("The letter f\" and {name}\nf'", "The letter f\" and Ada\nf'"),
        ('f"{a}" of {name}; don\'t, {name}', 'f"{a}" of Ada; don\'t, Ada'),
        ("`x` ${price} `y`", "`x` $5 `y`"),
    ],
)
def test_what_only_looks_like_latex_or_code(text, expected):
    assert sent(text) == expected


def test_what_is_inserted_is_never_expanded():
    assert sent("{text}") == VARIABLES["text"]
    assert sent("{{{text}}} {text}{name}") == f"{{{VARIABLES['text']}}} {VARIABLES['text']}Ada"
    # Two values do not make a placeholder together, and a value keeps its blank lines and markers.
    assert sent("{o}name{c}", o="{", c="}") == "{name}"
    assert sent("# NBVAL_SKIP\n\n{own}\n", own="\n# NBVAL_SKIP\n") == "\n# NBVAL_SKIP\n"


TEXTS = st.text(alphabet="{}[]$\\_^`\"'f:. ,\n\r#nameab0(", max_size=60)


@given(TEXTS)
def test_a_text_without_variables_is_unchanged(text):
    assert interpolate(text, {}).text == clean_prompt(text)


@given(TEXTS, st.from_regex(r"[a-z_]{1,8}", fullmatch=True).filter(lambda name: name not in {"if", "in"}))
def test_doubled_braces_are_the_text_of_the_name(value, name):
    if not keyword.iskeyword(name):
        assert interpolate(f"a {{{{{name}}}}} b", {name: value}).text == f"a {{{name}}} b"


@given(TEXTS.filter(lambda value: "AIza" not in value))
def test_a_text_is_inserted_as_it_is(value):
    assert interpolate("({name}) {name}", {"name": value, "a": 1, "b": 2}).text == f"({value}) {value}"


@pytest.mark.parametrize(
    "piece",
    [
        *("{name} ", "{", "}", "{{", "{nmae} ", "_", "{rows[0", "{a['", "{a.a", "{name(", "\\"),
        *(r"\frac{a}{b}_{i} ", "$a ", "${a} ", "$$", "$a_", r"\(", r"\[ {a} ", r"\aaaa", r"\a["),
        *('f"', "f'''", "'", "'.format(", "`"),
    ],
)
def test_the_work_grows_with_the_text(piece):
    def seconds(size):
        text = piece * (size // len(piece)) + " {name}"
        times = []
        for _ in range(3):
            start = time.perf_counter()
            interpolate(text, VARIABLES)
            times.append(time.perf_counter() - start)
        return min(times)

    # 8 where it grows with the text, 64 where with its square.
    assert seconds(80_000) < 30 * seconds(10_000)
