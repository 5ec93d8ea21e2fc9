"""A listener on loopback that notes what a page fetches."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.support.browser import TIMEOUT_MS

PIXEL = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00,"
    b"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)


class Listener:
    """Answers on loopback with an image of one pixel, and notes who asked for what.

    Attributes
    ----------
    url
        Where it listens, without a slash at the end.
    hits
        The paths that were asked for.
    """

    def __init__(self) -> None:
        self.hits: list[str] = []
        self._arrived = threading.Condition()
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                listener._note(self.path)
                self.send_response(200)
                self.send_header("content-type", "image/gif")
                self.send_header("content-length", str(len(PIXEL)))
                self.send_header("access-control-allow-origin", "*")
                self.end_headers()
                self.wfile.write(PIXEL)

            do_POST = do_HEAD = do_OPTIONS = do_PUT = do_GET

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def wait_for(self, path: str) -> bool:
        """Return whether `path` is asked for, sooner or later."""
        with self._arrived:
            return self._arrived.wait_for(lambda: path in self.hits, TIMEOUT_MS / 1000)

    def _note(self, path: str) -> None:
        with self._arrived:
            self.hits.append(path)
            self._arrived.notify_all()

    def __enter__(self) -> Listener:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
