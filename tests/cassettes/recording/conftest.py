"""Fixtures for plain SDK code through a cassette."""

from __future__ import annotations

import pytest

from tests.support.sdk_code import Tape


@pytest.fixture
def sdk_tape(tmp_path):
    sdk_tape = Tape(tmp_path / "sdk.gemini.jsonl")
    yield sdk_tape
    sdk_tape.off()
