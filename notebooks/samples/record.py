"""Run the notebooks and save their outputs: on sample replies, on Gemini's own, or on what is recorded.

    python notebooks/samples/record.py [NAME ...]            record the sample replies of NAME.toml
    python notebooks/samples/record.py --live [NAME ...]     record Gemini's replies; needs a key, costs money
    python notebooks/samples/record.py --replay [NAME ...]   replay what is recorded

Without a NAME such as 01_quickstart it does so for all notebooks. A recording replaces the cassette, and is
then replayed, so that what is saved is what a test will see. The first cell says whether the replies are
samples. Where a notebook fails, it and its cassette stay as they were.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tomllib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from nbclient import NotebookClient

from gemini_magic.emulator import Emulator, EmulatorServer, ScriptedReply
from gemini_magic.emulator.writer import count_tokens, cut_pieces, prompts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["SampleService", "main", "make_reply", "record", "state_origin"]

SAMPLES = Path(__file__).parent
NOTEBOOKS = SAMPLES.parent
NOTE = {"x-gemini-magic-note": "sample reply"}
"""The usage line shows this, so that nobody takes a sample for Gemini's words."""

STATEMENT = (SAMPLES / "statement.md").read_text(encoding="utf-8").strip()
"""What the first cell of a lesson says as long as its replies are samples."""

INSTALLATION = (SAMPLES / "first_cell.txt").read_text(encoding="utf-8").strip()
_OURS = ("GOOGLE_", "GEMINI_")
_PIECE = 40
"""Characters of a streamed piece, as the service's are."""

_FIRST_S, _PAUSE_S = 0.6, 0.06
_MODE = "GEMINI_MAGIC_CASSETTE_MODE"
_GENERATE = re.compile(r"/models/([^/:]+):(?:streamG|g)enerateContent")


class SampleService(Emulator):
    """Answers each generate request with the next sample, and counts tokens as the emulator does.

    Parameters
    ----------
    samples
        What a TOML file has under `[[reply]]`, in the order of the requests.
    """

    def __init__(self, samples: list[dict[str, Any]]) -> None:
        super().__init__()
        self.left = list(samples)

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Any:
        """Return the answer to one HTTP request, as the emulator's does."""
        asked = _GENERATE.search(target)
        if asked:
            self.script.append(self._next(asked[1], json.loads(body)))
        return super().answer(method, target, headers, body)

    def _next(self, model: str, body: dict[str, Any]) -> ScriptedReply:
        prompt = prompts_of(body)[-1]
        # The first that fits, because prompts that are asked at once come in any order.
        fitting = (number for number, one in enumerate(self.left) if prompt.startswith(one["prompt"]))
        number = next(fitting, None)
        if number is None:
            message = f"no sample is left for {prompt!r}"
            return ScriptedReply(status=400, body={"error": {"code": 400, "message": message}})
        return make_reply(self.left.pop(number), model, body)


def make_reply(sample: Mapping[str, Any], model: str, body: Mapping[str, Any]) -> ScriptedReply:
    """Return a sample as the service would stream it.

    Parameters
    ----------
    sample
        `prompt` (how the prompt begins) and `text`; also `thinking` (tokens), `thoughts` (their summary),
        `tokens` (of the text), `finish_reason`, and the seconds `first_s` and `pause_s`.
    model
        The model that was asked.
    body
        The request; its texts are what the prompt's tokens are counted from.
    """
    thoughts = [{"text": piece, "thought": True} for piece in cut_pieces(sample.get("thoughts", ""), _PIECE)]
    texts = [{"text": piece} for piece in cut_pieces(sample["text"].strip("\n"), _PIECE)]
    sent = sum(count_tokens(text) for text in _texts_of(body))
    thinking, output = sample.get("thinking", 0), ""
    events = []
    for part in [*thoughts, *texts]:
        output += "" if part.get("thought") else str(part["text"])
        tokens = sample.get("tokens", count_tokens(output)) if part is texts[-1] else count_tokens(output)
        candidate: dict[str, Any] = {"content": {"parts": [part], "role": "model"}, "index": 0}
        if part is texts[-1]:
            candidate["finishReason"] = sample.get("finish_reason", "STOP")
        usage: dict[str, Any] = {
            "promptTokenCount": sent,
            "candidatesTokenCount": tokens,
            "totalTokenCount": sent + tokens + thinking,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": sent}],
        }
        if thinking:
            usage["thoughtsTokenCount"] = thinking
        events.append({"candidates": [candidate], "usageMetadata": usage, "modelVersion": model})
    return ScriptedReply(
        pieces=tuple(events),
        headers=NOTE,
        first_s=sample.get("first_s", _FIRST_S),
        pause_s=sample.get("pause_s", _PAUSE_S),
    )


def record(name: str, mode: str) -> None:
    """Run one notebook and save its outputs, and its cassette where it is recorded.

    Parameters
    ----------
    name
        The notebook's name without its ending.
    mode
        `samples`, `live` or `replay`.

    Raises
    ------
    Exception
        What the notebook raises; a RuntimeError where samples are left over.
    """
    if mode != "replay":
        with _replaced(NOTEBOOKS / f"{name}.gemini.jsonl"):
            _record_live(name) if mode == "live" else _record_samples(name)
    with _changed_environment(_nothing_of_ours() | {_MODE: "replay"}):
        notebook = _execute(name)
    if mode != "replay":
        first = notebook.cells[0]
        first.source = state_origin(first.source, is_sample=mode == "samples")
    _save(NOTEBOOKS / f"{name}.ipynb", notebook)


def state_origin(text: str, *, is_sample: bool) -> str:
    """Return the text of a first cell, with the statement that the replies are samples or without it."""
    others = text.replace("\n>\n", "\n\n").split("\n\n")
    others = [one for one in others if not one.startswith("> **About the replies.**")]
    quoted = next((n for n, one in enumerate(others) if one.startswith(">")), len(others))
    said = [STATEMENT, *others[quoted:]] if is_sample else others[quoted:]
    return "\n\n".join([*others[:quoted], *(["\n>\n".join(said)] if said else [])])


def _record_live(name: str) -> None:
    with _changed_environment({_MODE: "record"}):
        _execute(name)


def _record_samples(name: str) -> None:
    service = SampleService(tomllib.loads((SAMPLES / f"{name}.toml").read_text())["reply"])
    with EmulatorServer(service) as server:
        there = {"GOOGLE_GEMINI_BASE_URL": server.url, "GEMINI_API_KEY": "not-a-key", _MODE: "record"}
        with _changed_environment(_nothing_of_ours() | there):
            _execute(name)
    _check_used(service)


def _execute(name: str) -> nbformat.NotebookNode:
    """Return the notebook with the outputs of a fresh kernel."""
    notebook = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)
    next(cell for cell in notebook.cells if cell.cell_type == "code").source = INSTALLATION
    where = {"metadata": {"path": str(NOTEBOOKS)}}
    client = NotebookClient(
        notebook, timeout=600, resources=where, record_timing=False, coalesce_streams=True
    )
    return client.execute()


def _save(path: Path, notebook: nbformat.NotebookNode) -> None:
    # As JupyterLab writes it: a notebook that says something else has a change when it is opened.
    notebook.metadata["kernelspec"]["display_name"] = "Python 3 (ipykernel)"
    nbformat.write(notebook, path)


def _check_used(service: SampleService) -> None:
    if service.left:
        raise RuntimeError(f"not asked for: {[sample['prompt'] for sample in service.left]}")


def _texts_of(body: Mapping[str, Any]) -> list[str]:
    contents = [*body["contents"], body.get("systemInstruction") or {}]
    return [part.get("text") or "" for content in contents for part in content.get("parts") or []]


def _nothing_of_ours() -> dict[str, str | None]:
    """Return the change that takes keys and addresses of this machine out of the environment."""
    return {name: None for name in os.environ if name.startswith(_OURS)}


@contextmanager
def _replaced(path: Path) -> Iterator[None]:
    """Begin a file anew; where what follows fails, put the old one back."""
    old = path.read_bytes() if path.exists() else None
    path.unlink(missing_ok=True)
    try:
        yield
    except BaseException:
        if old is not None:
            path.write_bytes(old)
        raise


@contextmanager
def _changed_environment(changes: Mapping[str, str | None]) -> Iterator[None]:
    before = dict(os.environ)
    for name, value in changes.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def main(arguments: list[str]) -> int:
    """Run from the command line; return the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--live", dest="mode", action="store_const", const="live", help="ask Gemini itself")
    how.add_argument("--replay", dest="mode", action="store_const", const="replay", help="ask nobody")
    parser.add_argument("names", metavar="NAME", nargs="*", help="notebooks, without .ipynb; none for all")
    options = parser.parse_args(arguments)
    for name in options.names or sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb")):
        print(f"{name}: {options.mode or 'samples'}", flush=True)
        record(name, options.mode or "samples")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
