"""The house: folders in layers, imports that point down, files that stay short."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "gemini_magic"
LONGEST_FILE = 250
MOST_ENTRIES = {"": 25, "views": 18}
"""Of a folder; 14 where nothing else is said. The root is mostly folders."""

# From the bottom up: a folder, or a module of the root, imports only what stands above it in this list.
LAYERS = {
    "models": "the model ids known by name",
    "text": "model text to what is safe to draw",
    "errors": "what a user can be told",
    "runtime": "the process: background loop, interrupts, imports, files, keys, the running cell",
    "replies": "what comes back: events, the reply, what it took",
    "options": "what a cell, a line and the kernel ask for",
    "requests": "what is sent",
    "emulator": "the offline stand-in for the service",
    "transports": "HTTP below the SDK",
    "cassettes": "recorded replies as files; recording and replaying them",
    "service": "how a request is sent, and its stream of events",
    "chats": "what is remembered",
    "ledger": "what every request took",
    "views": "drawing a reply",
    "exports": "a chat for people and programs",
    "turn": "the loop of a turn",
    "session": "what one kernel holds; the whole flow of a prompt",
    "magics": "what stands behind a %",
    "pytest_plugin": "fixtures for tests of others",
    "__init__": "the door",
    "__main__": "the command line",
}
ORDER = list(LAYERS)
MODULES = {
    ".".join(("gemini_magic", *path.relative_to(SOURCE).with_suffix("").parts)): path
    for path in sorted(SOURCE.rglob("*.py"))
}


def imports_of(tree: ast.AST) -> set[str]:
    """Return every module of ours that is imported: also lazily, for types only, by its name in a text."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            found |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value if node.value.startswith("gemini_magic.") else "")
    return {name if name in MODULES else f"{name}.__init__" for name in found} & MODULES.keys()


def private_imports_of(tree: ast.AST) -> list[str]:
    """Return the names with a leading underscore that are imported from a module of ours."""
    froms = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    ours = (node for node in froms if (node.module or "").startswith("gemini_magic"))
    names = (alias.name for node in ours for alias in node.names)
    return [name for name in names if name.startswith("_") and not name.endswith("__")]


TREES = {name: ast.parse(path.read_text()) for name, path in MODULES.items()}
# The package's version may be read from anywhere.
GRAPH = {name: imports_of(tree) - {"gemini_magic.__init__"} for name, tree in TREES.items()}


def place_of(name: str) -> str:
    return name.split(".")[1]


def assert_no_cycle(graph: dict[str, set[str]]) -> None:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"imports in a circle: {error.args[1]}")


def test_every_folder_has_a_layer():
    assert {place_of(name) for name in MODULES} == LAYERS.keys()


@pytest.mark.parametrize("name", MODULES)
def test_imports_point_down(name):
    upward = {other for other in GRAPH[name] if ORDER.index(place_of(other)) > ORDER.index(place_of(name))}
    assert not upward


def test_no_cycle_between_modules():
    assert_no_cycle(GRAPH)


def test_no_cycle_between_folders():
    folders: dict[str, set[str]] = {}
    for name, others in GRAPH.items():
        folders.setdefault(place_of(name), set()).update(map(place_of, others))
    assert_no_cycle({folder: others - {folder} for folder, others in folders.items()})


@pytest.mark.parametrize("name", MODULES)
def test_files_are_short(name):
    assert len(MODULES[name].read_text().splitlines()) <= LONGEST_FILE


@pytest.mark.parametrize("folder", sorted({path.parent for path in MODULES.values()}))
def test_folders_can_be_taken_in_at_a_glance(folder):
    entries = [entry for entry in folder.iterdir() if entry.name not in {"__pycache__", "py.typed"}]
    name = folder.relative_to(SOURCE).as_posix().removeprefix(".")
    assert len(entries) <= MOST_ENTRIES.get(name, 14)


@pytest.mark.parametrize("name", MODULES)
def test_private_names_stay_in_their_module(name):
    assert not private_imports_of(TREES[name])


def test_nothing_is_set_in_a_reply_from_outside():
    names = ("reply", "self.last", "self._reply")
    for name, tree in TREES.items():
        targets = (target for node in ast.walk(tree) for target in getattr(node, "targets", []))
        attributes = (target for target in targets if isinstance(target, ast.Attribute))
        assert not [one.attr for one in attributes if ast.unparse(one.value) in names], name


def test_only_one_module_prints_and_publishes():
    """It makes printable what it is given; the command line prints texts of our own only."""
    allowed = {"gemini_magic.runtime.output", "gemini_magic.__main__"}
    for name in MODULES.keys() - allowed:
        calls = (ast.unparse(node.func) for node in ast.walk(TREES[name]) if isinstance(node, ast.Call))
        assert not [one for one in calls if one == "print" or one.endswith("display_pub.publish")], name


def test_values_know_no_notebook_and_no_client():
    for name, tree in TREES.items():
        if place_of(name) in {"text", "errors", "replies", "requests"}:
            imported = {getattr(node, "module", None) for node in ast.walk(tree)}
            imported |= {alias.name for node in ast.walk(tree) for alias in getattr(node, "names", [])}
            assert not {module for module in map(str, imported) if module.startswith("IPython")}, name
            assert not imported & {"google.genai.Client", "Client"}, name


def test_the_checks_see_lazy_type_only_and_private_imports_and_names_in_texts():
    tree = ast.parse(
        "if TYPE_CHECKING:\n"
        "    import gemini_magic.replies.reply\n"
        "def f():\n"
        "    from gemini_magic.chats import chat\n"
        "    from gemini_magic.text.html.render import _plain\n"
        "    import_module('gemini_magic.views.widgets.bar')\n"
    )
    names = {"replies.reply", "chats.chat", "views.widgets.bar", "text.html.render"}
    assert imports_of(tree) >= {f"gemini_magic.{name}" for name in names}
    assert private_imports_of(tree) == ["_plain"]
