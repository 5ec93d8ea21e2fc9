"""What a page sends to widgets of a kernel, and what it gets."""

from __future__ import annotations

from gemini_magic.emulator import ScriptedReply

VIEW = "application/vnd.jupyter.widget-view+json"


def words(count, pause_s=0.0, **more):
    return ScriptedReply(pieces=tuple(f"word{n} " for n in range(count)), pause_s=pause_s, **more)


def bars(run):
    """The ids of the widgets shown in the place of the first output, and of the second."""
    return [display["data"][VIEW]["model_id"] for display in run.displays if VIEW in display["data"]]


def final_text(run, number=1):
    data = run.final()[number]["data"]
    return data["text/plain"]


def told(message, **state):
    """Whether a message tells a widget's state."""
    content = message["content"]
    return message["msg_type"] == "comm_msg" and state.items() <= content["data"].get("state", {}).items()


def says_done(message):
    return told(message, state="done")


def shows(text):
    return lambda message: text in message["content"].get("data", {}).get("text/markdown", "")


LOADED = {"method": "custom", "content": "loaded"}


def loads(kernel, way):
    """Answers as a page does that has loaded a widget."""

    def on_message(message):
        name = message["content"].get("comm_id", "")
        if message["msg_type"] == "comm_open" and name.startswith(
            ("gemini-magic-bar-", "gemini-magic-panel-")
        ):
            kernel.tell(name, LOADED, way)

    return on_message


def comms(messages, msg_type):
    return {m["content"]["comm_id"] for m in messages if m["msg_type"] == msg_type}


def wait_until_closed(kernel, run):
    """Wait until all widgets of a run are closed."""
    opened = comms(run.messages, "comm_open")
    while not comms(kernel.heard, "comm_close") >= opened:
        kernel.hear()


def once(suits, act):
    """Do something at the first message that suits."""
    done = []

    def on_message(message):
        if not done and suits(message):
            done.append(message)
            act()

    return on_message
