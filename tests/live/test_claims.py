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


def carry_out(name: str) -> subprocess.CompletedProcess:
    return run(PROGRAM, f"--gtest_filter={name}", check=False, seconds=300, cwd=ROOT)


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest) -> dict[str, Future]:
    """Of those that were asked for, as they come."""
    pool = ThreadPoolExecutor(AT_ONCE)
    wanted = [item.callspec.params["name"] for item in request.session.items
              if getattr(item, "function", None) is test_on_real_sockets]
    return {name: pool.submit(carry_out, name) for name in wanted}


def test_the_claims_are_there() -> None:
    """`./dev build` makes them."""
    claims = {number for name in NAMES for number in name.split("Claim")[-1].split("_")[:-1]}
    assert {"01", "03", "04", "05", "06", "09", "11", "12", "13", "14", "15", "16", "17", "18",
            "19", "20", "21", "07", "08", "22", "23", "24", "25", "26"} == claims  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_on_real_sockets(name: str, runs: dict[str, Future]) -> None:
    """What a machine that was busy elsewhere held up for too long is made once more, alone."""
    done = runs[name].result()
    if done.returncode != 0:
        for other in runs.values():
            other.result()
        done = carry_out(name)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[  PASSED  ] 1 test." in done.stdout, "it has run"
