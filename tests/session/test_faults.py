"""Every fault, at every moment, in every view, through a real kernel over a real socket."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest

from gemini_magic.emulator import Emulator, EmulatorServer, ScriptedReply
from gemini_magic.emulator.script import DIALECTS
from gemini_magic.options.settings import Settings
from tests.support.kernel import running_kernel
from tests.support.service import KEY

pytestmark = pytest.mark.slow

PIECES = tuple(f"word{number} " for number in range(8))
TEXT = "".join(PIECES)
VIEWS = ("blocks", "final", "text")
FAILED = Settings().model
"""In the usage line of a request that brought nothing; the error has a line of its own."""


@dataclass(frozen=True)
class Fault:
    """A scripted reply and how the cell has to end."""

    name: str
    script: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    text: str = ""
    line: str = ""
    exact: bool = True
    interrupt: bool = False

    @property
    def options(self) -> str:
        """A short timeout where silence is to end the reply; elsewhere a busy machine has time."""
        is_silent = self.script.get("fault") == "stall" or {"headers_s", "first_s"} & self.script.keys()
        return "--timeout 1" if is_silent and not self.interrupt else ""


def _refusal(status, error):
    body = {"error": {"code": status, "message": "models/x said no", "status": "X"}}
    return Fault(f"status {status}", {"status": status, "body": body}, error, line=FAILED)


def _interrupted(name, text, **script):
    return Fault(f"interrupt {name}", script, "ReplyStopped", text, "stopped", interrupt=True)


def _ending(name, error, line, **event):
    return Fault(name, {"pieces": (event,)}, error, line=line)


MOMENTS = {"first": 0, "early": 1, "late": 6}
FAULTS = [
    Fault("none", text=TEXT, line="tokens in"),
    Fault("refuse", {"fault": "refuse"}, "ConnectionFailed", line=FAILED),
    Fault("no headers", {"headers_s": 60}, "ConnectionFailed", line=FAILED),
    Fault("no first event", {"first_s": 60}, "ConnectionFailed", line=FAILED),
    Fault("drip", {"drip_s": 0.0001}, text=TEXT, line="tokens in"),
    *(
        Fault(
            f"{fault} {moment}",
            {"fault": fault, "after": after},
            error if after else at_once,
            "".join(PIECES[:after]),
            "interrupted" if after else FAILED,
            exact=fault != "reset",  # what a reset overtakes is lost in the network
        )
        for fault, error, at_once in (
            ("stall", "StreamBroken", "ConnectionFailed"),
            ("reset", "StreamBroken", "ConnectionFailed"),
            ("truncate", "StreamBroken", "UnexpectedAnswer"),
            ("cut", "StreamBroken", "UnexpectedAnswer"),
        )
        for moment, after in MOMENTS.items()
    ),
    _interrupted("before headers", "", headers_s=60),
    _interrupted("before the first event", "", first_s=60),
    _interrupted("in an early stall", PIECES[0], fault="stall", after=1),
    _interrupted("in a late stall", "".join(PIECES[:6]), fault="stall", after=6),
    _interrupted("in a retry wait", "", status=503, headers={"retry-after": "60"}),
    _refusal(400, "BadRequest"),
    _refusal(401, "InvalidApiKey"),
    _refusal(403, "PermissionRefused"),
    _refusal(404, "ModelNotFound"),
    _refusal(408, "ServiceUnavailable"),
    _refusal(429, "QuotaExceeded"),
    *(_refusal(status, "ServiceUnavailable") for status in (500, 502, 503, 504)),
    *(Fault(f"dialect {name}", {"dialect": name}, text=TEXT) for name in DIALECTS[:-3]),
    Fault("malformed event", {"dialect": "malformed"}, text=TEXT, line="1 unreadable events left out"),
    Fault("html", {"dialect": "html"}, "UnexpectedAnswer", line=FAILED),
    Fault("empty body", {"dialect": "empty"}, "UnexpectedAnswer", line=FAILED),
    Fault(
        "error event",
        {"pieces": (*PIECES[:2], {"error": {"code": 503, "message": "overloaded", "status": "UNAVAILABLE"}})},
        "StreamBroken",
        "word0 word1 ",
        "interrupted",
    ),
    Fault("limit", {"finish_reason": "MAX_TOKENS"}, text=TEXT, line="cut off at the limit of output tokens"),
    Fault("safety", {"finish_reason": "SAFETY"}, text=TEXT, line="stopped by the safety filter"),
    Fault("unknown end", {"finish_reason": "NEW_ONE"}, text=TEXT, line="ended early (NEW_ONE)"),
    Fault("no end", {"finish_reason": None}, "StreamBroken", TEXT, "interrupted"),
    _ending("blocked", "PromptBlocked", FAILED, promptFeedback={"blockReason": "SAFETY"}),
    _ending("nothing", "EmptyReply", FAILED, candidates=[{"finishReason": "STOP"}]),
    _ending(
        "all thinking",
        "EmptyReply",
        FAILED,
        candidates=[{"finishReason": "MAX_TOKENS"}],
        usageMetadata={"promptTokenCount": 1, "thoughtsTokenCount": 9},
    ),
]


@pytest.fixture(scope="module")
def server():
    with EmulatorServer(Emulator(pace=0)) as server:
        yield server


@pytest.fixture(scope="module")
def kernel(server):
    with running_kernel(GOOGLE_GEMINI_BASE_URL=server.url, GEMINI_API_KEY=KEY) as kernel:
        kernel.run("%load_ext gemini_magic\n%config GeminiMagics.tries = 1")
        yield kernel


def shown(run, view):
    """The text and the usage line that a person has before them at the end."""
    if view == "text":
        lines = [line for line in run.stream("stdout").splitlines() if "trying again" not in line]
        *text, line = lines or [""]
        return "\n".join(text), line
    line, *blocks = [content["data"]["text/plain"] for content in run.final()]
    return "".join(blocks), line


def watch_for(kernel, server, fault, view):
    """Interrupt at the moment that the fault's name says; return what looks at the kernel's messages.

    Where the cell shows its text as it grows, that is when the text is there; else when it has been sent.
    """
    pending = [kernel.manager.interrupt_kernel]
    if fault.script.get("status"):
        kernel.run("%config GeminiMagics.tries = 4")

    def strike():
        if pending:
            pending.pop()()

    def on_message(message):
        if fault.script.get("status"):
            due = "trying again in" in repr(message["content"])
        else:
            due = bool(fault.text) and fault.text.split()[-1] in repr(message["content"])
        if due and message["msg_type"] in {"display_data", "update_display_data", "stream", "comm_msg"}:
            strike()

    if view == "final" or not (fault.text or fault.script.get("status")):
        sent = len(fault.text.split()) or bool(fault.script.get("status"))
        server.watch = lambda exchange: strike() if exchange.sent == sent else None
    return on_message


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_fault(kernel, server, fault, view):
    server.emulator.script.clear()
    server.emulator.script.append(ScriptedReply.from_json({"pieces": PIECES} | fault.script))
    server.exchanges.clear()
    on_message = watch_for(kernel, server, fault, view) if fault.interrupt else lambda message: None
    cell = f"%%gemini --new --view {view} {fault.options}\nhello"
    run = kernel.run(cell, cell_id="c", on_message=on_message)
    server.watch = lambda exchange: None
    kernel.run("%config GeminiMagics.tries = 1")

    assert [error["ename"] for error in run.errors] == ([fault.error] if fault.error else [])
    assert [len(error["traceback"]) for error in run.errors] in ([], [1]), run.errors
    assert KEY not in repr(run.errors)
    text, line = shown(run, view)
    if fault.exact and not (fault.interrupt and view == "final"):
        assert text.rstrip() == fault.text.rstrip()
    else:
        assert fault.text.startswith(text.rstrip("\n"))
    if text.strip():
        kept = kernel.run("print(_gemini.text)").stream("stdout")
        assert kept.rstrip() == text.rstrip()
    assert fault.line in line
    assert fault.error is None or fault.error not in line
    assert "failed" not in line
    assert "streaming" not in line
    assert run.stream("stderr") == ""
    assert server.exchanges
    assert all(exchange.ended.wait(5) for exchange in server.exchanges)
    after = kernel.run("%%gemini --once --view final\nand now?")
    assert after.errors == []
    assert "not Gemini" in after.displays[1]["data"]["text/plain"]
