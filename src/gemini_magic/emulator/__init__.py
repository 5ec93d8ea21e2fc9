"""The offline emulator: a deterministic stand-in for the Gemini API, in its wire format.

It is no model and says so in every reply. `emulator` decides what is answered; `server` serves that over
loopback HTTP, `gemini_magic.transports.emulator` below the SDK without any network.
"""

from gemini_magic.emulator.emulator import Emulator
from gemini_magic.emulator.errors import EmulatorError
from gemini_magic.emulator.script import ScriptedReply
from gemini_magic.emulator.server import EmulatorServer

__all__ = ["Emulator", "EmulatorError", "EmulatorServer", "ScriptedReply"]
