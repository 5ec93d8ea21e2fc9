"""The files of the stacks agree with pyproject.toml."""

from __future__ import annotations

import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.stacks.definitions import HERE, StackError, choose, read_stacks
from tests.stacks.environment import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
STACKS = read_stacks()


def requirements_in(name):
    lines = (
        line.partition("#")[0].strip() for line in (HERE / name).read_text(encoding="utf-8").splitlines()
    )
    return [Requirement(line) for line in lines if line]


def versions_of(requirements, operator):
    """Return the version that each requirement names behind an operator, by the package's name."""
    return {
        canonicalize_name(one.name): Version(specifier.version)
        for one in requirements
        for specifier in one.specifier
        if specifier.operator == operator
    }


def test_the_lowest_stack_holds_every_floor():
    direct = [Requirement(line) for line in PROJECT["dependencies"]]
    floors = versions_of(direct, ">=")
    assert floors.keys() == {canonicalize_name(one.name) for one in direct}, "each dependency has a floor"
    held = versions_of(requirements_in("lowest.txt"), "==")
    assert {name: held.get(name) for name in floors} == floors


def test_colabs_stack_is_pinned_and_within_the_ranges():
    held = versions_of(requirements_in("colab-2026-08.txt"), "==")
    assert len(held) == len(requirements_in("colab-2026-08.txt"))
    [stack] = choose(STACKS, ["colab-2026-08"])
    ranges = {canonicalize_name(r.name): r.specifier for r in map(Requirement, PROJECT["dependencies"])}
    outside = {name for name, version in held.items() if name in ranges and version not in ranges[name]}
    assert outside <= stack.may_replace


def test_the_claimed_pythons_are_those_that_are_tested():
    prefix = "Programming Language :: Python :: 3."
    claimed = {line.rpartition(" ")[2] for line in PROJECT["classifiers"] if line.startswith(prefix)}
    assert claimed == {stack.python for stack in STACKS if stack.is_claimed}
    oldest = min(claimed, key=Version)
    assert PROJECT["requires-python"] == f">={oldest}"
    [lowest] = choose(STACKS, ["lowest"])
    assert lowest.python == oldest


def test_every_file_is_used():
    assert {stack.holds for stack in STACKS} == set(HERE.glob("*.txt"))


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (["lowest"], ["lowest"]),
        (["lowest", "colab-*"], ["colab-2026-08", "lowest"]),
        ([], [stack.name for stack in STACKS]),
    ],
)
def test_stacks_are_chosen_by_name(patterns, names):
    assert [stack.name for stack in choose(STACKS, patterns)] == names


def test_an_unknown_stack_is_an_error_that_names_those_there_are():
    with pytest.raises(StackError, match="no stack higest; there are colab-2026-08, lowest, "):
        choose(STACKS, ["higest"])
