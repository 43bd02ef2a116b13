# SPDX-License-Identifier: MIT
"""The README's two tables of what the checker and the swarm have found.

    /usr/bin/python3 analysis/evidence.py policies|mistakes [--jobs N]

`policies` explores the standard series of every policy (half an hour on two cores); `mistakes` lets
both programs look for the mistakes of tests/mutants/mutants.toml, each until it is found, or for
the runs that are said there (some minutes). Both print Markdown.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
MUTANTS = ROOT / "tests" / "mutants" / "mutants.toml"
PROGRAMS = ROOT / "build" / "tests"

POLICIES = {
    "fence-first": "`fence-first`",
    "fence-first-reboot": "`fence-first`, one order for off and on",
    "restart-first": "`restart-first`",
    "restart-first-reboot": "`restart-first`, one order",
    "immediate": "`immediate`",
    "takeover": '`on_fence_failure = "takeover"`',
}
SERIES = {
    "any losses and 1 fault": "faults=1",
    "3 faults, no losses": "faults=3,losses=no",
    "a switchover, any losses": "faults=0,requests=1",
}
NOT_FOUND_WITHIN = 20_000  # runs of the swarm; a test of these must not last longer


def result_of(program: str, *options: str) -> dict[str, Any]:
    """What a program says as JSON; ends this one if it could not do its work."""
    command = [PROGRAMS / program, "--format", "json", *options]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode not in (0, 1, 3):
        sys.exit(f"{sys.argv[0]}: {program} {' '.join(options)} failed")
    return json.loads(done.stdout)


def millions(count: int) -> str:
    """Two digits and a unit: 7.3 M."""
    return f"{count / 1e6:.2g} M"


def policies(jobs: str) -> None:
    """A row a policy: states of each bound, and how soon a pair has settled at the latest."""
    print("| policy |", " | ".join(SERIES), "| settles within |")
    print("| --- |" + " ---: |" * (len(SERIES) + 1))
    for policy, name in POLICIES.items():
        results = result_of("check", "--policy", policy, "--jobs", jobs)["results"]
        if any(r["counterexample"] or not r["exhausted"] for r in results):
            sys.exit(f"{sys.argv[0]}: {policy} breaks a promise, or could not be exhausted")
        states = {r["bounds"]: r["states"] for r in results}
        counts = []
        for bound in SERIES.values():
            found = [n for text, n in states.items() if set(bound.split(",")) <= set(text.split(","))]
            counts.append(millions(found[0]))
        settles = max(r["settles_within_ticks"] for r in results)
        print(f"| {name} |", " | ".join(counts), f"| {settles} ticks |", flush=True)


def mistakes(jobs: str) -> None:
    """A row a mutant: steps of the checker's counterexample, first run of the swarm that fails."""
    print("| mistake | what the agent does then | promise broken | steps | run |")
    print("| --- | --- | --- | ---: | ---: |")
    for mutant in tomllib.loads(MUTANTS.read_text())["mutant"]:
        name = mutant["name"]
        options = ["--mutant", name, "--jobs", jobs]
        bounds = ["--policy", mutant["policy"], "--bound", mutant["bound"]]
        found = result_of("check", *options, *bounds)["results"][0]["counterexample"]
        runs = str(NOT_FOUND_WITHIN)
        failure = result_of("swarm", *options, "--runs", runs, "--output", os.devnull)["failure"]
        run = failure["run"] if failure else "—"
        cells = [f"`{name}`", mutant["what"], found["promise"], str(found["steps"]), str(run)]
        print("|", " | ".join(cells), "|", flush=True)


def main() -> None:
    """Does what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", choices=["policies", "mistakes"])
    parser.add_argument("--jobs", default=str(os.cpu_count()), help="threads of the programs")
    arguments = parser.parse_args()
    {"policies": policies, "mistakes": mistakes}[arguments.table](arguments.jobs)


if __name__ == "__main__":
    main()
