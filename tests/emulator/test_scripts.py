"""A script that is wrong is refused, saying where; one that is right can always be sent."""

from __future__ import annotations

import asyncio
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gemini_magic.emulator import Emulator, EmulatorError, EmulatorServer, ScriptedReply
from gemini_magic.emulator.emulator import SCRIPT_HEADER
from gemini_magic.emulator.script import DIALECTS, read_script
from gemini_magic.models import DEFAULT_MODEL
from gemini_magic.transports.emulator import EmulatorTransport
from gemini_magic.transports.http_library import httpx

BODY = {"contents": [{"parts": [{"text": "hello"}]}]}
TARGETS = [
    f"/v1/models/{DEFAULT_MODEL}:{verb}" for verb in ("generateContent", "streamGenerateContent?alt=sse")
]


@pytest.fixture(scope="module")
def http():
    with EmulatorServer(Emulator(pace=0)) as server, httpx.Client(base_url=server.url, timeout=30) as client:
        yield client


def ask_transport(target, header):
    async def ask():
        transport = EmulatorTransport(Emulator(pace=0))
        async with httpx.AsyncClient(base_url="http://emulator", transport=transport) as client:
            return await client.post(target, json=BODY, headers={SCRIPT_HEADER: header})

    return asyncio.run(ask())


WRONG = [
    *({"pieces": pieces} for pieces in (5, None, "text", {}, [5], [["a"]], [None])),
    *({"raw": raw} for raw in (5, [], "half a \ud83d character")),
    *({"finish_reason": reason} for reason in (5, [], True)),
    *({"model": model} for model in (5, None)),
    *({name: -1} for name in ("headers_s", "first_s", "pause_s", "drip_s")),
    *({"pause_s": pause} for pause in ("x", None, True, 10**400, 1e300)),
    *({"status": status} for status in ("x", None, True, 200.0, 0, 100, 199, 600, -200)),
    *({"body": body} for body in (5, None, [], "text")),
    *({"headers": headers} for headers in (5, [], {"a": 5}, {"a b": "c"}, {"": "x"}, {"a": "b\r\nc: d"})),
    *({"headers": {"a": value}} for value in ("é", " b", "b ", "\0")),
    *({"headers": {name: "5"}} for name in ("Content-Length", "transfer-encoding")),
    *({"dialect": dialect} for dialect in (5, [], {}, "klingon")),
    *({"fault": fault} for fault in (5, [], "flood")),
    *({"after": after} for after in (-1, 1.5, "x", None, True)),
]


@pytest.mark.parametrize("script", WRONG, ids=repr)
def test_a_wrong_value_is_named(http, script):
    [name] = script
    refused = http.post(TARGETS[0], json=BODY, headers={SCRIPT_HEADER: json.dumps(script)})
    assert refused.status_code == refused.json()["error"]["code"] == 400
    assert refused.json()["error"]["status"] == "INVALID_ARGUMENT"
    assert f"{SCRIPT_HEADER}: {name} of a scripted reply is " in refused.json()["error"]["message"]
    with pytest.raises(EmulatorError, match=f"{name} of a scripted reply is "):
        ScriptedReply(**script)


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("{", "not JSON"),
        ("", "not JSON"),
        ('{"first_s": NaN}', "not JSON"),
        ('{"first_s": Infinity}', "not JSON"),
        ('{"pieces": [{"a": 1e999}]}', "1e999"),
        ('{"pieces": [' + '{"a":' * 100 + "1" + "}" * 100 + "]}", "nested"),
        ("[" * 10_000, "nested"),
        ("[]", "not a JSON object"),
        ("5", "not a JSON object"),
        ('{"fualt": "reset"}', "has no fualt; it has after, body,"),
    ],
)
def test_a_header_of_the_wrong_shape_is_refused(http, header, says):
    for response in (
        http.post(TARGETS[0], json=BODY, headers={SCRIPT_HEADER: header}),
        ask_transport(TARGETS[0], header),
    ):
        assert response.status_code == response.json()["error"]["code"] == 400
        assert response.json()["error"]["message"].startswith(f"{SCRIPT_HEADER}: ")
        assert says in response.json()["error"]["message"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
EVENT = st.fixed_dictionaries(
    {"candidates": st.lists(JSON | st.fixed_dictionaries({"content": JSON}), max_size=2) | JSON}
)
RIGHT = {
    "pieces": st.lists(st.text(st.characters(), max_size=9) | EVENT, max_size=3),
    "raw": st.text(max_size=9),
    "finish_reason": st.text(st.characters(), max_size=9) | st.none(),
    "model": st.text(st.characters(), max_size=9),
    "first_s": st.just(0),
    "drip_s": st.just(0.0),
    "status": st.integers(200, 599),
    "body": st.dictionaries(st.text(max_size=5), JSON, max_size=3),
    "headers": st.dictionaries(st.sampled_from(["retry-after", "x-a"]), st.just("5"), max_size=2),
    "dialect": st.sampled_from(DIALECTS),
    "fault": st.sampled_from(["none", "truncate", "cut"]),
    "after": st.integers(0, 3),
}
SOME = st.fixed_dictionaries({}, optional=RIGHT)
ANY = st.dictionaries(st.sampled_from([*RIGHT, "headers_s", "pause_s"]), JSON, max_size=2)
SCRIPTS = SOME | st.builds(lambda right, any_: right | any_, SOME, ANY)


def is_quick(script):
    pauses = [script.get(name) for name in ("headers_s", "first_s", "pause_s", "drip_s")]
    return not any(isinstance(pause, int | float) and pause > 0 for pause in pauses)


@given(st.sampled_from(TARGETS), SCRIPTS.filter(is_quick))
def test_any_script_is_sent_or_refused(http, target, script):
    with http.stream("POST", target, json=BODY, headers={SCRIPT_HEADER: json.dumps(script)}) as response:
        # As it came: a script may say of anything that it is compressed.
        data = b"".join(response.iter_raw())
    if response.status_code != script.get("status", 200):
        assert response.status_code == json.loads(data)["error"]["code"] == 400
        assert json.loads(data)["error"]["message"].startswith(f"{SCRIPT_HEADER}: ")


def test_an_answer_without_a_body_is_sent(http):
    for status in (204, 304):
        script = {"status": status, "body": {"never": "sent"}}
        response = http.post(TARGETS[0], json=BODY, headers={SCRIPT_HEADER: json.dumps(script)})
        assert (response.status_code, response.content) == (status, b"")


def test_headers_of_a_script_come_below_the_sdk_too():
    response = ask_transport(
        TARGETS[1], json.dumps({"dialect": "gzip", "pieces": ["hi"], "headers": {"a": "b"}})
    )
    assert response.headers["a"] == "b"
    assert response.text.startswith("data: {")


@pytest.mark.parametrize(
    "pieces",
    [({"a": {1, 2}},), ({"a": object()},), (b"bytes",), ({("a", "b"): 1},)],
)
def test_a_script_in_python_has_what_json_has(pieces):
    with pytest.raises(EmulatorError, match="pieces of a scripted reply is"):
        ScriptedReply(pieces=pieces)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (None, "cannot read"),
        ("{", "not JSON"),
        ("{}", "not a list of replies"),
        ("[5]", "not a JSON object"),
        ('[{"status": "x"}]', "status of a scripted reply is"),
        (b"[\xff]", "not JSON"),
    ],
)
def test_a_file_of_the_wrong_shape_is_named(tmp_path, text, says):
    file = tmp_path / "script.json"
    if text is not None:
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(EmulatorError, match=says) as caught:
        read_script(file)
    assert "script.json" in str(caught.value)
