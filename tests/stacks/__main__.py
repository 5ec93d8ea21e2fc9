"""`python -m tests.stacks [NAME ...]`: try gemini-magic in environments that people have; `make stacks`."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.stacks.definitions import Stack, StackError, choose, read_stacks
from tests.stacks.environment import ROOT, WORK, Environment, build_wheel, clean
from tests.stacks.installing import prepare
from tests.stacks.interpreters import find_python

if TYPE_CHECKING:
    from pathlib import Path

FAILED = "FAILED"


@dataclass
class Ready:
    """A stack whose environment was made."""

    environment: Environment
    told: str
    seconds: float


def main(arguments: list[str]) -> int:
    """Run from the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.stacks", description=__doc__)
    parser.add_argument("names", metavar="NAME", nargs="*", help="stacks, also as newest-*; none for all")
    parser.add_argument("--jobs", default="2", help="processes that share the tests of a stack")
    options = parser.parse_args(arguments)
    try:
        stacks = choose(read_stacks(), options.names)
        wheel = build_wheel(WORK / "dist")
    except StackError as error:
        parser.error(str(error))
    lines = try_all(stacks, wheel, options.jobs)
    print("\n=== stacks", *lines, sep="\n")
    return int(any(FAILED in line for line in lines))


def try_all(stacks: list[Stack], wheel: Path, jobs: str) -> list[str]:
    """Try stacks one after the other; return for each a line that says how it went."""
    lines = []
    # Making an environment is mostly waiting: the next one is made while the tests of one run.
    with ThreadPoolExecutor(max_workers=1) as pool:
        waiting = [(stack, pool.submit(_prepare, stack, wheel)) for stack in stacks]
        for stack, environment in waiting:
            try:
                ready = environment.result()
                line = _test(stack, ready, jobs) if ready else f"not tried: no Python {stack.python} here"
            except StackError as error:
                line = f"{FAILED}: {error}"
                print(f"\n=== {stack.name} {line}", flush=True)
            lines.append(f"{stack.name:<14} {line.splitlines()[0]}")
    return lines


def _prepare(stack: Stack, wheel: Path) -> Ready | None:
    python = find_python(stack.python)
    if python is None:
        return None
    start = time.monotonic()
    environment, told = prepare(stack, python, wheel)
    return Ready(environment, told, time.monotonic() - start)


def _test(stack: Stack, ready: Ready, jobs: str) -> str:
    print(f"\n=== {stack.name} on Python {stack.python}: gemini-magic {ready.told}", flush=True)
    start = time.monotonic()
    options = ["-q", "--disable-warnings", "-n", jobs, "--dist", "loadfile", "--no-loadscope-reorder"]
    command = [ready.environment.python, "-m", "pytest", *options, "-m", stack.marks]
    done = subprocess.run(command, cwd=ROOT, env=clean(), check=False)
    seconds = time.monotonic() - start
    verdict = FAILED if done.returncode else "passed"
    return f"{verdict}: environment in {ready.seconds:.0f} s, tests in {seconds:.0f} s"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
