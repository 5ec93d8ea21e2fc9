"""Plain google-genai code that is recorded and replayed."""

from __future__ import annotations

from google import genai

from gemini_magic.cassettes.cassette import Cassette
from gemini_magic.cassettes.playback import Playback
from gemini_magic.cassettes.recording.sdk_hook import SdkHook
from gemini_magic.runtime.event_loop import BackgroundLoop

MODEL = "gemini-3.8-flash"


class Tape:
    """Turns hooks on and off, as a kernel or a fixture does."""

    def __init__(self, path):
        self.path = path
        self.hooks = []
        self.clients = []

    def on(self, mode):
        self.off()
        loop = BackgroundLoop()
        self.playback = Playback(Cassette(self.path), mode)
        hook = SdkHook(loop, lambda: self.playback)
        self.hooks.append((hook, loop))
        hook.install()
        return self.playback.cassette

    def client(self, **options):
        """A client that lives as long: the SDK closes it when it is collected."""
        self.clients.append(genai.Client(**options))
        return self.clients[-1]

    def off(self):
        while self.hooks:
            hook, loop = self.hooks.pop()
            hook.uninstall()
            loop.close()


def texts(stream):
    return [chunk.text for chunk in stream]
