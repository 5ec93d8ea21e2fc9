"""Installing gemini-magic where a stack is, as a learner does, and what that has changed."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.stacks.definitions import NEEDS, Stack, StackError
from tests.stacks.environment import ROOT, WORK, Environment

if TYPE_CHECKING:
    from collections.abc import Mapping, Set

FIRST_CELL = ROOT / "notebooks" / "samples" / "first_cell.txt"
_SAID = "gemini-magic is installed now."


def prepare(stack: Stack, python: Path, wheel: Path) -> tuple[Environment, str]:
    """Make the environment of a stack; return it, and what gemini-magic has changed in it.

    Raises
    ------
    StackError
        If something cannot be installed, or replaces what it must not.
    """
    environment = Environment(WORK / stack.name, python)
    environment.install("-r", stack.holds)
    before = environment.packages()
    run_first_cell(environment, wheel)
    after = environment.packages()
    told = describe_changes(before, after, stack.may_replace)
    _install_needs(environment, after)
    environment.run("-m", "pip", "check")
    _check_origin(environment)
    return environment, told


def run_first_cell(environment: Environment, wheel: Path) -> None:
    """Install the wheel by the first cell of the lessons: it is quiet, and nothing has to be restarted."""
    options = ("--no-banner", "--colors=NoColor", "--TerminalInteractiveShell.term_title=False")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / wheel.name).symlink_to(wheel)
        cells = FIRST_CELL.read_text(encoding="utf-8") + "%load_ext gemini_magic\n"
        (folder / "cells.ipy").write_text(cells, encoding="utf-8")
        printed = environment.run("-m", "IPython", *options, "cells.ipy", folder=folder)
    if printed != f"{_SAID}\n":
        raise StackError(f"the first cell says {printed!r}")


def describe_changes(before: Mapping[str, str], after: Mapping[str, str], may_replace: Set[str]) -> str:
    """Return in words what an installation has added and replaced.

    Raises
    ------
    StackError
        If it has replaced or removed anything that it may not.
    """
    replaced = {
        name: f"{name} {version} by {after.get(name, 'nothing')}"
        for name, version in before.items()
        if after.get(name) != version
    }
    wrong = [text for name, text in replaced.items() if name not in may_replace]
    if wrong:
        raise StackError(f"installing replaces {', '.join(wrong)}")
    added = [f"{name} {version}" for name, version in after.items() if name not in before]
    parts = {"adds": added, "replaces": list(replaced.values())}
    return "; ".join(f"{verb} {', '.join(names)}" for verb, names in parts.items() if names) or "adds nothing"


def _install_needs(environment: Environment, held: Mapping[str, str]) -> None:
    """Install what the tests need, while everything that is there stays as it is."""
    pins = environment.folder / "held.txt"
    lines = (f"{name}=={version}\n" for name, version in held.items() if name != "gemini-magic")
    pins.write_text("".join(lines), encoding="utf-8")
    environment.install("-r", NEEDS, "-c", pins)
    describe_changes(held, environment.packages(), frozenset())


def _check_origin(environment: Environment) -> None:
    """Check that beside the sources, where the tests run, the installed wheel is what is imported."""
    origin = environment.run("-c", "import gemini_magic; print(gemini_magic.__file__)").strip()
    if not Path(origin).is_relative_to(environment.folder):
        raise StackError(f"the tests would import {origin} instead of the wheel")
