# SPDX-License-Identifier: MIT
"""The claims' tests that run in real time, in labs: those of the same names that CTest runs in
virtual time and in ns-3 (tests/model/claims_test.cc) and on ns-3's captures (capture_test.cc).

A lab waits most of the time, so many of them wait side by side: each test is a process of its own.
"""

from __future__ import annotations

import subprocess
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from lab import ROOT, run

PROGRAM = ROOT / "build" / "tests" / "substrates_test"
LIVE = "Live/*"
AT_ONCE = 12


def names() -> list[str]:
    """As GoogleTest lists them: a suite, and indented its tests."""
    if not PROGRAM.exists():
        return []
    found = []
    suite = ""
    for line in run(PROGRAM, "--gtest_list_tests", f"--gtest_filter={LIVE}").stdout.splitlines():
        name = line.split("#")[0].rstrip()
        if name.startswith("  "):
            found.append(suite + name.strip())
        elif name.startswith("Live/"):
            suite = name
    return found


NAMES = names()


def together(name: str) -> str:
    """What is run in one process with a test: those of CapturesOf… look at the same capture."""
    suite, test = name.split(".")
    return f"{suite}.*/{test.split('/')[1]}" if "/CapturesOf" in suite else name


def carry_out(names: str) -> str:
    done = run(PROGRAM, f"--gtest_filter={names}", check=False, seconds=300, cwd=ROOT)
    return done.stdout + done.stderr


def passed(name: str, output: str) -> bool:
    return f"[       OK ] {name} (" in output


@pytest.fixture(scope="module")
def outputs(request: pytest.FixtureRequest) -> dict[str, Future]:
    """Of those that were asked for, as they come."""
    pool = ThreadPoolExecutor(AT_ONCE)
    wanted = {together(item.callspec.params["name"]): None for item in request.session.items
              if getattr(item, "function", None) is test_on_real_sockets}
    return {names: pool.submit(carry_out, names) for names in wanted}


def test_each_claim_is_there() -> None:
    """`./dev build` makes them."""
    titles = [name.split(".")[1].split("/")[0].removeprefix("Claim") for name in NAMES]
    claims = {int(part) for title in titles for part in title.split("_") if part.isdigit()}
    assert claims == set(range(1, 27)) - {2, 10}


@pytest.mark.parametrize("name", NAMES)
def test_on_real_sockets(name: str, outputs: dict[str, Future]) -> None:
    """What a machine that was busy elsewhere held up for too long is made once more, alone."""
    output = outputs[together(name)].result()
    if not passed(name, output):
        for other in outputs.values():
            other.result()
        print(output)
        output = carry_out(name)
    assert passed(name, output), output
