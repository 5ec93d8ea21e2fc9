"""Requests with some bytes wrong get an answer in HTTP.

The seed is fixed; `make fuzz` draws a new one, prints it, and tries more requests.
"""

from __future__ import annotations

import random

import pytest

from gemini_magic.emulator import Emulator, EmulatorServer
from gemini_magic.models import DEFAULT_MODEL
from tests.support.fuzz import FUZZ_FACTOR, FUZZ_SEED
from tests.support.raw_http import error_of, send_raw, to_request

TARGET = f"/v1/models/{DEFAULT_MODEL}:generateContent"
BODY = b'{"contents": [{"parts": [{"text": "hello"}]}]}'


def damaged(request, rng):
    """A request with some bytes changed, left out, doubled or made up."""
    damaged = bytearray(request)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(damaged))
        to = at + rng.randint(0, 4)
        damaged[at:to] = rng.choice(
            [b"", b"\r\n", b"\0", b":", b" ", rng.randbytes(3), bytes(damaged[at:to]) * 2]
        )
    return bytes(damaged)


@pytest.mark.fuzz
def test_damaged_requests_are_answered():
    rng = random.Random(FUZZ_SEED)
    requests = [
        to_request(TARGET, BODY, connection="close"),
        to_request("/v1/models", method="GET", connection="close"),
        to_request(
            TARGET,
            b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY),
            content_length=None,
            transfer_encoding="chunked",
            connection="close",
        ),
    ]
    with EmulatorServer(Emulator(pace=0), request_s=0.2) as server:
        for _ in range(150 * FUZZ_FACTOR):
            sent = damaged(rng.choice(requests), rng)
            status, headers, body = send_raw(server, sent)
            assert status in {200, 400, 403, 404, 408, 413}, sent
            assert status == 200 or error_of((status, headers, body)), sent
