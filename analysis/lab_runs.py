# SPDX-License-Identifier: MIT
"""Runs in the lab, on real sockets, and the same runs in virtual time, many labs at once.

A lab takes as long as its scenario, so scenarios are made short, and said so: the first fault
strikes some seconds after the start, none lasts longer than ten, and boots are a few seconds, or as
long as a failover takes. Whatever is drawn is still drawn. A lab sleeps most of the time, so a
machine of two processors bears some dozens at a time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tree

import understudy
from understudy import Distribution

SCENARIOS = tree.ROOT / "scenarios"
BUILD = Path(os.environ.get("UNDERSTUDY_BUILD", tree.ROOT / "build")).resolve()

START_S = 4.0  # of the first fault, if the scenario has it later
LONGEST_S = 10.0  # of a fault
BOOT_S = 3.0  # on average, if a failover is over sooner
AFTERWARDS_S = 12.0  # for the pair to become whole again
LONGEST_RUN_S = 3600.0  # of a scenario as it is in its file: a year stays one

Record = Mapping[str, Any]  # of a run, as the command line prints it


class Refused(Exception):
    """The lab cannot build it, or it would take too long."""


class Failed(Exception):
    """A run could not be made."""


@dataclass
class Pairs:
    """The runs of a scenario on both substrates, in the same order."""

    request_interval_s: float
    virtual: list[Record] = field(default_factory=list)
    live: list[Record] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)  # why there is no such pair


# ---- a scenario that is short enough -------------------------------------------------------------


def bounds(span: Distribution | None) -> tuple[float, float]:
    """The least and the greatest value, in seconds; of what has none, a guess."""
    if span is None:
        return 0.0, 0.0
    if span.shape == "fixed":
        return span.parameters[0], span.parameters[0]
    if span.shape == "uniform":
        return span.parameters[0], span.parameters[1]
    if span.shape == "normal":  # draws are cut at four deviations
        mean, deviation = span.parameters
        return max(mean - 4.0 * deviation, 0.0), mean + 4.0 * deviation
    return 0.0, LONGEST_S


def moved(span: Distribution, by: float) -> Distribution:
    """So many seconds earlier."""
    return Distribution(span.shape, tuple(value - by for value in span.parameters))


def quicker(boot: Distribution, least: float) -> Distribution:
    """The same draws of a boot, on a smaller scale: `BOOT_S` on average, and never below `least`.

    Two servers that boot at once must not do so in the very same time. Who comes first would be
    left to chance on real machines, where every draw of virtual time decides.
    """
    if boot.shape not in ("fixed", "uniform", "normal"):
        return Distribution("fixed", (max(BOOT_S, least),))
    shortest, longest = bounds(boot)
    scale = max(2.0 * BOOT_S / (shortest + longest), least / shortest)
    return Distribution(boot.shape, tuple(scale * value for value in boot.parameters))


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
    boot = quicker(scenario.server.boot_time, to_detect + 1.0)
    changes["server.boot_time"] = boot
    changes["run.duration"] = last + max(AFTERWARDS_S, to_detect + bounds(boot)[1])
    return scenario.replace(changes)


def short_one(name: str) -> understudy.Scenario:
    """A scenario of scenarios/, made short.

    Raises
    ------
    Refused
        If that cannot be done.
    """
    try:
        with warnings.catch_warnings():  # of what a scenario does on purpose
            warnings.simplefilter("ignore")
            scenario = understudy.load(SCENARIOS / f"{name}.toml")
        if scenario.run.duration > LONGEST_RUN_S:
            raise Refused(f"would take {scenario.run.duration:.0f} s")
        return shortened(scenario)
    except understudy.BadInput as why:
        raise Refused(str(why)) from why


# ---- runs ----------------------------------------------------------------------------------------


def records(path: Path, substrate: str, first_run: int, runs: int) -> list[Record]:
    """What a substrate makes of the scenario in a file, one run after the other."""
    command = [str(BUILD / "scenarios" / "crash"), "--scenario", str(path), "--format", "json"]
    command += ["--substrate", substrate, "--jobs", "1"]
    command += ["--first-run", str(first_run), "--runs", str(runs)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tree.ROOT, check=False)
    if done.returncode != 0:
        raise (Refused if done.returncode == 2 else Failed)(done.stderr.splitlines()[-1])
    return json.loads(done.stdout)["runs"]


def to_stderr(line: str) -> None:
    print(line, file=sys.stderr)


def both_ways(
    scenarios: Mapping[str, understudy.Scenario],
    runs: int,
    labs: int,
    say: Callable[[str], None] = to_stderr,
) -> dict[str, Pairs]:
    """Each run of each scenario in virtual time and in a lab, so many labs at a time.

    What the lab cannot build, and runs that fail, are said and left out.
    """
    found = {}
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(labs) as pool:
        paths = {name: Path(folder) / f"{name}.toml" for name in scenarios}
        for name, path in paths.items():
            path.write_text(scenarios[name].to_toml())
        # The longest first, so that none of them is left when the others are done.
        wanted = sorted(
            ((name, run) for name in scenarios for run in range(1, runs + 1)),
            key=lambda each: (-time_of(scenarios[each[0]]), each),
        )
        futures = {
            (name, run): pool.submit(records, paths[name], "live", run, 1) for name, run in wanted
        }
        try:
            for name, scenario in scenarios.items():
                pairs = Pairs(scenario.service.request_interval)
                virtual = records(paths[name], "virtual", 1, runs)
                labs_of_it = [futures[name, run] for run in range(1, runs + 1)]
                if refusal := add_to(pairs, virtual, labs_of_it):
                    say(f"{name}: left out: {refusal}")
                    continue
                found[name] = pairs
                for why in pairs.failed:
                    say(f"{name}: {why}")
                say(f"{name}: done")
        finally:  # whoever interrupts this wants no further ones
            for future in futures.values():
                future.cancel()
    return found


def time_of(scenario: understudy.Scenario) -> float:
    """How long a lab of it takes: until the rhythm of its pings is known, and its run."""
    return 5.0 + 6.0 * scenario.pair.ping_interval + scenario.run.duration


def add_to(
    pairs: Pairs, virtual: Sequence[Record], labs: Sequence[Future[list[Record]]]
) -> str:
    """Add the runs in virtual time, each with what has come of its lab; or why it has no lab."""
    for there, lab in zip(virtual, labs, strict=True):
        try:
            (here,) = lab.result()
        except Refused as why:
            return str(why)
        except Failed as why:
            pairs.failed.append(str(why))
            continue
        pairs.virtual.append(there)
        pairs.live.append(here)
    return ""
