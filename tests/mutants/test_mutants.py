# SPDX-License-Identifier: MIT
"""The checker and the swarm find the mistakes of mutants.toml, and none where there is none."""

import json
import re
import shlex
import subprocess
import tomllib
from pathlib import Path

import pytest

MUTANTS = tomllib.loads(Path(__file__).with_name("mutants.toml").read_text())["mutant"]
FOUND_BY_SWARM = [mutant for mutant in MUTANTS if "swarm" in mutant]


def run(root: Path, program: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Runs build/tests/PROGRAM with these options, for JSON."""
    command = [root / "build" / "tests" / program, "--format", "json", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def check(root: Path, mutant: dict[str, str], *options: str) -> tuple[int, dict]:
    """The checker's exit code and result with a mutant's policy and bound."""
    done = run(root, "check", "--policy", mutant["policy"], "--bound", mutant["bound"], *options)
    return done.returncode, json.loads(done.stdout)["results"][0]


def table_of_readme(root: Path) -> dict[str, list[str]]:
    """The README's row of each mutant: what it does, the promise broken, steps, run."""
    rows = re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", (root / "README.md").read_text(), re.M)
    names = {mutant["name"] for mutant in MUTANTS}
    return {name: cells.split(" | ") for name, cells in rows if name in names}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant["name"])
def test_checker_finds(root: Path, mutant: dict[str, str]) -> None:
    """A mistake breaks a promise, and the transcript ends with which."""
    code, result = check(root, mutant, "--mutant", mutant["name"])
    assert code == 1
    found = result["counterexample"]
    assert found["transcript"][-1].endswith(found["promise"])
    what, promise, steps, run = table_of_readme(root)[mutant["name"]]
    assert (what, promise, steps) == (mutant["what"], found["promise"], str(found["steps"]))
    assert (run == "—") == ("swarm" not in mutant)


BOUNDS = {(mutant["policy"], mutant["bound"]): mutant for mutant in MUTANTS}
# What takes minutes without a mistake. `build/tests/check` explores the first of these; the
# second is explored with no losses there, and with any losses only as far as the mistake.
LONG = ("faults=1", "faults=0,max_boots=1")


@pytest.mark.parametrize("key", [key for key in BOUNDS if key[1] not in LONG], ids=" ".join)
def test_checker_finds_nothing_where_nothing_is(root: Path, key: tuple[str, str]) -> None:
    """With the very same bounds the agent as it is breaks no promise, to exhaustion."""
    code, result = check(root, BOUNDS[key])
    assert code == 0
    assert result["exhausted"]


@pytest.mark.parametrize(
    "policy", ["fence-first", "fence-first-reboot", "restart-first", "immediate", "takeover"]
)
def test_any_losses(root: Path, policy: str) -> None:
    """Any packets may be lost, any number of times: every promise holds, to exhaustion."""
    code, result = check(root, {"policy": policy, "bound": "faults=0"})
    assert code == 0
    assert result["exhausted"]
    assert result["settles_within_ticks"] > 0


@pytest.mark.parametrize("policy", ["immediate", "takeover", "original"])
def test_where_one_primary_does_not_hold(root: Path, policy: str) -> None:
    """These policies can have two primaries; the checker shows how."""
    bound = "faults=2"
    options = ["--demand", "one-primary"]
    code, result = check(root, {"policy": policy, "bound": bound}, *options)
    assert code == 1
    assert result["counterexample"]["promise"] == "two servers hold the primary address"


def test_jobs_do_not_change_the_answer(root: Path) -> None:
    """One thread and three explore the same states and find the same counterexample."""
    mutant = next(m for m in MUTANTS if m["name"] == "stale-fence-answer-believed")
    results = []
    for jobs in ("1", "3"):
        _, result = check(root, mutant, "--mutant", mutant["name"], "--jobs", jobs)
        results.append(result["counterexample"]["steps"])
    assert results[0] == results[1]


@pytest.mark.parametrize("mutant", FOUND_BY_SWARM, ids=lambda mutant: mutant["name"])
def test_swarm_finds(root: Path, mutant: dict[str, str], tmp_path: Path) -> None:
    """A mistake fails within so many runs, as a scenario that fails again on its own."""
    scenario = tmp_path / "found.toml"
    done = run(
        root, "swarm", "--mutant", mutant["name"], "--runs", str(mutant["swarm"]),
        "--output", str(scenario),
    )  # fmt: skip
    assert done.returncode in (1, 3)
    failure = json.loads(done.stdout)["failure"]
    assert failure["verdict"] == {1: "wrong", 3: "stuck"}[done.returncode]
    assert failure["run"] == int(table_of_readme(root)[mutant["name"]][-1])
    assert scenario.read_text().count("[[fault]]") == failure["faults"]

    again = run(root, *shlex.split(failure["again"].removeprefix("build/tests/")), "--output",
                str(tmp_path / "again.toml"))  # fmt: skip
    assert again.returncode == done.returncode
    assert json.loads(again.stdout)["failure"]["what"] == failure["what"]


def test_swarm_finds_nothing_where_nothing_is(root: Path) -> None:
    """50,000 tortured pairs keep every promise."""
    done = run(root, "swarm", "--runs", "50000")
    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["runs"] == 50000


@pytest.mark.parametrize("program", ["check", "swarm"])
def test_no_such_mutant(root: Path, program: str) -> None:
    """One line that lists the mutants, and exit code 2."""
    done = run(root, program, "--mutant", "nobody")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert MUTANTS[0]["name"] in done.stderr


def test_bad_bounds(root: Path) -> None:
    """One line, and exit code 2."""
    for bound in ("faults", "faults=many", "faults=21", "misses=0", "failures=1", "losses=1",
                  "max_boots=8"):  # fmt: skip
        done = run(root, "check", "--bound", bound)
        assert done.returncode == 2
        assert done.stderr.startswith("check: --bound")
        assert done.stderr.count("\n") == 1
