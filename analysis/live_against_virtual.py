# SPDX-License-Identifier: MIT
"""How far runs in the lab, on real sockets, are from the same runs in virtual time.

    ./dev python analysis/live_against_virtual.py [NAME]... [--runs N] [--jobs J] [--output FILE.csv]

Runs each scenario of scenarios/*.toml that the lab can build, or those named, both ways with the
same draws, and prints for each measure the median of the paired differences (lab less virtual) and
the greatest one, in milliseconds. A lab takes as long as its scenario, so these are made short: the
first fault strikes some seconds after the start, nothing lasts longer than ten, boots take three (or
as long as a failover). On a machine that does something else meanwhile, the figures are that machine's. As root.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path

import tree  # noqa: F401  (puts understudy in reach)

import pandas as pd

import understudy
from understudy import Distribution

ROOT = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("UNDERSTUDY_BUILD", ROOT / "build")).resolve()

MEASURES = ("detection_s", "takeover_s", "outage_s", "redundancy_s", "no_primary_s")
SAME = ("boots", "false_failovers", "final_roles")  # how many runs differ in one of these

START_S = 4.0  # of the first fault, if the scenario has it later
LONGEST_S = 10.0  # of a fault
BOOT_S = 3.0
AFTERWARDS_S = 12.0  # for the pair to become whole again
LONGEST_RUN_S = 3600.0  # of a scenario as it is in its file: a year stays one


# ---- a scenario that is short enough -------------------------------------------------------------


def bounds(span: Distribution | None) -> tuple[float, float]:
    """The least and the greatest value, in seconds; of what has none, a guess."""
    if span is None:
        return 0.0, 0.0
    if span.shape == "fixed":
        return span.parameters[0], span.parameters[0]
    if span.shape == "uniform":
        return span.parameters[0], span.parameters[1]
    return 0.0, LONGEST_S


def moved(span: Distribution, by: float) -> Distribution:
    """So many seconds earlier."""
    return Distribution(span.shape, tuple(value - by for value in span.parameters))


def shortened(scenario: understudy.Scenario) -> understudy.Scenario:
    """The same troubles, in a run of some seconds."""
    faults = range(len(scenario.fault))
    changes: dict[str, object] = {}
    earliest = min((bounds(scenario.fault[i].at)[0] for i in faults), default=0.0)
    shift = max(earliest - START_S, 0.0)
    last = START_S
    for i in faults:
        at, lasts = scenario.fault[i].at, scenario.setting(f"fault.{i}.for")
        if at.shape in ("fixed", "uniform"):
            at = moved(at, shift)
            changes[f"fault.{i}.at"] = at
        if bounds(lasts)[1] > LONGEST_S:
            lasts = Distribution("fixed", (LONGEST_S,))
            changes[f"fault.{i}.for"] = lasts
        last = max(last, bounds(at)[1] + bounds(lasts)[1])
    pair = scenario.pair
    # A boot must outlast a failover, or the pair's inequalities do not hold.
    to_detect = (pair.misses + 1) * pair.ping_interval + bounds(scenario.power.latency)[1]
    boot = max(BOOT_S, to_detect + 1.0)
    changes["server.boot_time"] = boot
    changes["run.duration"] = last + max(AFTERWARDS_S, to_detect + boot)
    return scenario.replace(changes)


# ---- runs ----------------------------------------------------------------------------------------


class Refused(Exception):
    """The lab cannot build it, or did not."""


def records(
    scenario: understudy.Scenario, substrate: str, runs: int, jobs: int
) -> list[dict[str, object]]:
    """What a substrate makes of it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{scenario.name}.toml"
        path.write_text(scenario.to_toml())
        command = [str(BUILD / "scenarios" / "crash"), "--scenario", str(path), "--substrate"]
        command += [substrate, "--runs", str(runs), "--jobs", str(jobs), "--format", "json"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    if done.returncode != 0:
        raise Refused(done.stderr.splitlines()[-1])
    return json.loads(done.stdout)["runs"]


def compared(name: str, virtual: Sequence[dict], live: Sequence[dict]) -> dict[str, object]:
    """A row of the table: paired differences in milliseconds."""
    row: dict[str, object] = {"scenario": name, "runs": len(live)}
    for measure in MEASURES:
        pairs = [(here[measure], there[measure]) for here, there in zip(live, virtual, strict=True)]
        both = [1e3 * (h - t) for h, t in pairs if h is not None and t is not None]
        apart = pd.Series(both, dtype=float)
        row[f"{measure[:-2]} [ms]"] = apart.median()
        row[f"{measure[:-2]} at most"] = apart.abs().max()
    row["differ"] = sum(
        any(here[same] != there[same] for same in SAME)
        or any((here[m] is None) != (there[m] is None) for m in MEASURES)
        for here, there in zip(live, virtual, strict=True)
    )
    return row


def table(names: Sequence[str], runs: int, jobs: int) -> pd.DataFrame:
    """A row a scenario. What is refused is said, and left out."""
    rows = []
    for name in names:
        try:
            with warnings.catch_warnings():  # of what a scenario does on purpose
                warnings.simplefilter("ignore")
                scenario = understudy.load(ROOT / "scenarios" / f"{name}.toml")
            if scenario.run.duration > LONGEST_RUN_S:
                raise Refused(f"{name}: would take {scenario.run.duration:.0f} s")
            short = shortened(scenario)
            live = records(short, "live", runs, jobs)
            rows.append(compared(name, records(short, "virtual", runs, jobs), live))
            print(f"{name}: done", file=sys.stderr)
        except (Refused, understudy.BadInput) as why:
            print(f"{name}: left out: {why}", file=sys.stderr)
    return pd.DataFrame(rows)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    everything = sorted(path.stem for path in (ROOT / "scenarios").glob("*.toml"))
    parser.add_argument("names", nargs="*", metavar="NAME", help="of scenarios; all that there are")
    parser.add_argument("--runs", type=int, default=10, help="of each (10)")
    parser.add_argument("--jobs", type=int, default=4, help="labs at a time (4)")
    parser.add_argument("--output", type=Path, help="also write the table as CSV")
    wanted = parser.parse_args(arguments)
    unknown = set(wanted.names) - set(everything)
    if unknown:
        parser.error(f"there is no scenario {sorted(unknown)[0]!r} in scenarios/")
    found = table(wanted.names or everything, wanted.runs, wanted.jobs)
    with pd.option_context("display.width", None, "display.max_columns", None):
        print(found.to_string(index=False, float_format=lambda value: f"{value:.3f}"))
    if not found.empty:
        medians = found[[f"{measure[:-2]} [ms]" for measure in MEASURES]].abs().median()
        print("\nmedian over the scenarios of the medians' absolute values [ms]:")
        print(medians.to_string(float_format=lambda value: f"{value:.3f}"))
    if wanted.output:
        found.to_csv(wanted.output, index=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
