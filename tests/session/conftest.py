"""A kernel with the extension, which asks the emulator."""

from __future__ import annotations

import pytest

from tests.support.kernel import running_kernel


@pytest.fixture
def kernel(server):
    with running_kernel() as kernel:
        assert kernel.run("%load_ext gemini_magic").messages[1]["msg_type"] == "execute_input"
        yield kernel
