"""A real Jupyter kernel in a test, and what it sends while a cell runs."""

from __future__ import annotations

import os
import queue
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from jupyter_client.manager import KernelManager

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TIMEOUT_S = 60
CONTROL = "control"
"""In the place of a subshell: the channel that any kernel hears while a cell runs."""


class Run:
    """One executed cell: every message on iopub, in order, and the reply's status."""

    def __init__(self, messages: list[dict[str, Any]], reply: dict[str, Any]) -> None:
        self.messages = messages
        self.status = reply["content"]["status"]
        self.displays = [m["content"] for m in messages if m["msg_type"] == "display_data"]
        self.updates = [m["content"] for m in messages if m["msg_type"] == "update_display_data"]
        self.errors = [m["content"] for m in messages if m["msg_type"] == "error"]

    def stream(self, name: str) -> str:
        """What was printed on `stdout` or `stderr`."""
        texts = [m["content"] for m in self.messages if m["msg_type"] == "stream"]
        return "".join(text["text"] for text in texts if text["name"] == name)

    def final(self) -> list[dict[str, Any]]:
        """The outputs as a front end shows them at the end: displays with their last update."""
        last: dict[str, dict[str, Any]] = {}
        for content in [*self.displays, *self.updates]:
            last[content["transient"].get("display_id", str(len(last)))] = content
        return list(last.values())


class Kernel:
    """A kernel and a front end's side of it."""

    def __init__(self, manager: KernelManager, client: Any) -> None:
        self.manager = manager
        self.client = client
        self.heard: list[dict[str, Any]] = []
        """Every message on iopub, in order, whoever asked for it."""

    def run(
        self,
        code: str,
        *,
        cell_id: str | None = None,
        allow_stdin: bool = False,
        on_message: Callable[[dict[str, Any]], None] = lambda message: None,
    ) -> Run:
        """Execute a cell; with a cell id as JupyterLab does, without as nbclient does."""
        run = self.collect(self.send(code, cell_id=cell_id, allow_stdin=allow_stdin), on_message)
        while run.status == "aborted":
            # ipykernel 6 aborts what comes within a moment after an error, too.
            run = self.collect(self.send(code, cell_id=cell_id, allow_stdin=allow_stdin), on_message)
        return run

    def send(
        self,
        code: str,
        *,
        cell_id: str | None = None,
        allow_stdin: bool = False,
        stop_on_error: bool = True,
        subshell_id: str | None = None,
    ) -> str:
        """Ask for a cell to be executed, after those asked for before; return the request's id."""
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": allow_stdin,
            "stop_on_error": stop_on_error,
        }
        metadata = {"cellId": cell_id} if cell_id else {}
        message = self.client.session.msg("execute_request", content, metadata=metadata)
        message["header"]["subshell_id"] = subshell_id
        self.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def collect(
        self, msg_id: str, on_message: Callable[[dict[str, Any]], None] = lambda message: None
    ) -> Run:
        """Return what a requested cell sends up to its end; requests are collected in their order."""
        messages = []
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline:
            message = self.hear()
            if message["parent_header"].get("msg_id") != msg_id:
                continue
            messages.append(message)
            on_message(message)
            if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
                return Run(messages, self._reply(msg_id))
        raise TimeoutError("the cell did not end")

    def wait_for(self, suits: Callable[[dict[str, Any]], bool]) -> None:
        """Return when the kernel has sent a message that suits."""
        while not suits(self.hear()):
            pass

    def hear(self) -> dict[str, Any]:
        """Return the next message on iopub."""
        self.heard.append(self.client.get_iopub_msg(timeout=TIMEOUT_S))
        return self.heard[-1]

    def create_subshell(self) -> str | None:
        """Make a thread that takes messages while a cell runs; None where the kernel has no such thing."""
        info = self.client.kernel_info(reply=True, timeout=TIMEOUT_S)["content"]
        if "kernel subshells" not in info.get("supported_features", []):
            return None
        self.client.control_channel.send(self.client.session.msg("create_subshell_request", {}))
        return str(self.client.get_control_msg(timeout=TIMEOUT_S)["content"]["subshell_id"])

    def tell(self, comm_id: str, data: dict[str, Any], subshell_id: str | None) -> None:
        """Send what a widget in the page would send, to a subshell or on the control channel."""
        message = self.client.session.msg("comm_msg", {"comm_id": comm_id, "data": data})
        if subshell_id == CONTROL:
            self.client.control_channel.send(message)
            return
        message["header"]["subshell_id"] = subshell_id
        self.client.shell_channel.send(message)

    def _reply(self, msg_id: str) -> dict[str, Any]:
        while True:
            try:
                reply = self.client.get_shell_msg(timeout=TIMEOUT_S)
            except queue.Empty:
                raise TimeoutError("the kernel did not answer") from None
            if reply["parent_header"].get("msg_id") == msg_id:
                return dict(reply)


@contextmanager
def running_kernel(**environment: str) -> Iterator[Kernel]:
    """Start a kernel with these environment variables, and end it."""
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(env=os.environ | environment)
    client = manager.blocking_client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=TIMEOUT_S)
        yield Kernel(manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
