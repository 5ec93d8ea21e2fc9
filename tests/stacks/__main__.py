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
    except StackError as error:
        parser.error(str(error))
    results = try_all(stacks, options.jobs)
    print("\n=== stacks")
    for name, (_, line) in results.items():
        print(f"{name:<14} {line}")
    return int(any(failed for failed, _ in results.values()))


def try_all(stacks: list[Stack], jobs: str) -> dict[str, tuple[bool, str]]:
    """Try stacks one after the other; return for each whether it failed, and a line that says how it went."""
    pythons = {stack.name: find_python(stack.python) for stack in stacks}
    wheel = build_wheel(WORK / "dist")
    results = {}
    # Making an environment is mostly waiting: the next one is made while the tests of one run.
    with ThreadPoolExecutor(max_workers=1) as pool:
        made = {
            stack.name: pool.submit(_prepare, stack, python, wheel)
            for stack in stacks
            if (python := pythons[stack.name])
        }
        for stack in stacks:
            if stack.name not in made:
                results[stack.name] = (False, f"not tried: there is no Python {stack.python} here")
                continue
            try:
                ready = made[stack.name].result()
            except StackError as error:
                results[stack.name] = (True, f"FAILED: {error}")
                continue
            print(f"\n=== {stack.name} on Python {stack.python}: gemini-magic {ready.told}", flush=True)
            results[stack.name] = _test(stack, ready, jobs)
    return results


def _prepare(stack: Stack, python: Path, wheel: Path) -> Ready:
    start = time.monotonic()
    environment, told = prepare(stack, python, wheel)
    return Ready(environment, told, time.monotonic() - start)


def _test(stack: Stack, ready: Ready, jobs: str) -> tuple[bool, str]:
    start = time.monotonic()
    options = ["-q", "--disable-warnings", "-n", jobs, "--dist", "loadfile", "--no-loadscope-reorder"]
    command = [ready.environment.python, "-m", "pytest", *options, "-m", stack.marks]
    failed = subprocess.run(command, cwd=ROOT, env=clean(), check=False).returncode != 0
    seconds = time.monotonic() - start
    verdict = "FAILED" if failed else "passed"
    return failed, f"{verdict}: environment in {ready.seconds:.0f} s, tests in {seconds:.0f} s"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
