"""The house: imports point down or sideways, never up and never in a circle; files stay short."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "gemini_magic"
LONGEST_FILE = 250

# From the bottom up. A package stands for all of its modules.
LAYERS = [
    # text: from what the model writes to what is safe to draw; knows nothing of replies
    {"rendering", "latex", "inert", "html", "bundles", "markdown", "code_blocks"},
    # values: no I/O, no IPython, no SDK client
    {
        "wording",
        "errors",
        "origin",
        "wire",
        "usage",
        "models",
        "secret",
        "events",
        "decoding",
        "ends",
        "budget",
        "prices",
        "names",
        "tries",
        "parts",
        "turns",
        "records",
        "reply",
        "parsing",
        "options",
        "ledger_options",
        "cassette_options",
        "chat_words",
        "settings",
    },
    # pure functions
    {"history", "request", "retry", "refusals", "translate", "surrogates"},
    # I/O at the edge
    {
        "loop",
        "arrivals",
        "files",
        "sdk",
        "keys",
        "interrupts",
        "emulator",
        "cassettes",
        "transports",
        "client",
        "clients",
        "pump",
        "stream",
        "preview",
        "views",
    },
    # state
    {
        "chat",
        "chats",
        "ledger",
        "log_files",
        "turn",
        "transcript",
        "autosave",
        "export",
        "rebuilt",
        "pages",
        "notebooks",
        "python_code",
        "session",
        "followed_chats",
        "cassette_check",
    },
    # front
    {
        "completion",
        "inputs",
        "magics",
        "chat_magics",
        "ledger_magics",
        "cassette_magics",
        "owned",
        "pytest_plugin",
        "reference",
        "__main__",
        "__init__",
    },
]


def _name(path: Path) -> str:
    return ".".join(("gemini_magic", *path.relative_to(SOURCE).with_suffix("").parts))


MODULES = {_name(path): path for path in sorted(SOURCE.rglob("*.py"))}


def imports_of(tree: ast.AST) -> set[str]:
    """Every module of ours that is imported anywhere, lazily or for types only."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    ours = {name if name in MODULES else f"{name}.__init__" for name in found}
    return ours & MODULES.keys()


GRAPH = {name: imports_of(ast.parse(path.read_text())) for name, path in MODULES.items()}


def layer_of(name: str) -> int:
    room = name.split(".")[1]
    [level] = [level for level, rooms in enumerate(LAYERS) if room in rooms]
    return level


@pytest.mark.parametrize("name", MODULES)
def test_imports_point_down(name):
    upward = {other for other in GRAPH[name] if layer_of(other) > layer_of(name)}
    # The package's own version number may be read from anywhere.
    assert not upward - {"gemini_magic.__init__"}


def test_no_circles():
    graph = {name: others - {"gemini_magic.__init__"} for name, others in GRAPH.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"imports in a circle: {error.args[1]}")


@pytest.mark.parametrize("name", MODULES)
def test_files_are_short(name):
    assert len(MODULES[name].read_text().splitlines()) <= LONGEST_FILE


def test_every_room_has_a_layer():
    assert {name.split(".")[1] for name in MODULES} == set().union(*LAYERS)


def test_values_know_no_notebook_and_no_client():
    for name, path in MODULES.items():
        if layer_of(name) <= 1 and "settings" not in name:
            text = path.read_text()
            assert "IPython" not in text.replace("IPython's", "").replace("in IPython", "")
            assert "genai.Client" not in text


def test_the_checks_see_lazy_and_type_only_imports():
    tree = ast.parse(
        "if TYPE_CHECKING:\n    import gemini_magic.replies.reply\ndef f():\n    from gemini_magic import chat"
    )
    assert imports_of(tree) >= {"gemini_magic.replies.reply", "gemini_magic.chats.chat"}
