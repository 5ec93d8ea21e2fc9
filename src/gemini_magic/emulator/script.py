"""Scripted replies: what a test wants the emulator to say next, and how it is to fail."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from gemini_magic.emulator.errors import EmulatorError
from gemini_magic.emulator.json_text import load_json
from gemini_magic.emulator.script_rules import DIALECTS, FAULTS, check_values

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["DIALECTS", "FAULTS", "ScriptedReply", "read_script"]


@dataclass(frozen=True)
class ScriptedReply:
    """The answer to one generate request.

    Attributes
    ----------
    pieces
        What is streamed, one event each: a text, or a whole `GenerateContentResponse` as the API
        would send it (a dict in wire format), sent as it is.
    raw
        A recorded body, streamed as it is instead of `pieces`.
    finish_reason
        Goes into the last event made from a text; None leaves it out.
    model
        The `modelVersion` to report.
    headers_s
        Seconds before the answer's status and headers.
    first_s
        Seconds before the first event.
    pause_s
        Seconds before each event but the first.
    status
        HTTP status; anything but 200 sends `body` and no events (204 and 304 nothing).
    body
        JSON body of a refused request.
    headers
        More headers of the answer, for example `retry-after`. How long the body is, the server says itself.
    dialect
        How the stream is written, one of `DIALECTS`.
    drip_s
        Seconds before each single byte of the body; 0 sends whole events.
    fault
        How the answer ends, one of `FAULTS`: *refuse* closes the connection without an answer; the
        others come after `after` events: *stall* sends nothing more, *reset* resets the connection,
        *truncate* ends the body cleanly, *cut* ends it in the middle of the next event.
    after
        Events before the fault.

    Raises
    ------
    EmulatorError
        If a value could not be sent.
    """

    pieces: tuple[str | dict[str, Any], ...] = ()
    raw: str | None = None
    finish_reason: str | None = "STOP"
    model: str = "offline-emulator"
    headers_s: float = 0.0
    first_s: float = 0.0
    pause_s: float = 0.0
    status: int = 200
    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    dialect: str = "plain"
    drip_s: float = 0.0
    fault: str = "none"
    after: int = 1

    def __post_init__(self) -> None:
        check_values(vars(self))

    @classmethod
    def from_json(cls, values: Any) -> ScriptedReply:
        """Return a reply from its attributes as JSON has them.

        Raises
        ------
        EmulatorError
            If a name or a value is none of those above.
        """
        if not isinstance(values, dict):
            raise EmulatorError("a scripted reply is its attributes by name; this is not a JSON object")
        known = {f.name for f in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise EmulatorError(
                f"a scripted reply has no {', '.join(unknown)}; it has {', '.join(sorted(known))}"
            )
        reply = cls(**values)
        return replace(reply, pieces=tuple(reply.pieces))


def read_script(path: Path) -> list[ScriptedReply]:
    """Return the replies in a JSON file.

    Raises
    ------
    EmulatorError
        If the file cannot be read, or is not a list of replies.
    """
    try:
        script = load_json(path.read_bytes())
        if not isinstance(script, list):
            raise EmulatorError("it is not a list of replies")
        return [ScriptedReply.from_json(reply) for reply in script]
    except OSError as error:
        raise EmulatorError(f"cannot read the script {path}: {error.strerror}") from None
    except EmulatorError as error:
        raise EmulatorError(f"the script {path} cannot be used: {error}") from None
