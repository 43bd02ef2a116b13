# SPDX-License-Identifier: MIT
"""Virtual time against ns-3, run by run: how far apart the outcomes of each scenario are.

    ./dev python analysis/cross_check.py [NAME]...
    ./dev python analysis/cross_check.py --rewrite

The same run draws the same on both substrates, so what is left between them is what they model
differently. The first makes the runs of all scenarios, or of those named, prints what differs, and
ends with 1 if that breaks a bound. The second writes what it finds into docs/cross-check.md.
tests/scenarios/test_cross_check.py holds scenarios, bounds and page together.

The bounds are in analysis/cross_check.toml. It opens with the number of runs and with the reasons,
by name; then each scenario has a table, be it an empty one:

    [two-sites]
    settings.run.duration = "120s"      # what is changed for this, if anything
    outage_s      = { bound = "31ms", why = "arp" }
    lost_requests = { bound = 1, why = "arp" }
    takeover_s    = { alone = 1, why = "draws" }

A metric that is not named has to be the same to the nanosecond in every run. `bound` is what no run
exceeds, `alone` how many runs may have a value on one substrate only. No bound may be wider than
twice the largest difference that is found, and two packet times: else it would hold nothing.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tree

import understudy

SCENARIOS = tree.ROOT / "scenarios"
BOUNDS = Path(__file__).with_suffix(".toml")
PAGE = tree.ROOT / "docs" / "cross-check.md"
MARK = "<!-- From here on: ./dev python analysis/cross_check.py --rewrite -->"

# Of each fault, of the run as a whole, and counts. All that an outcome has but its list of faults.
OF_FAULTS = ("at_s", "detection_s", "takeover_s", "outage_s", "redundancy_s")
OF_RUNS = ("dual_primary_s", "no_primary_s")
COUNTS = ("false_failovers", "boots", "requests", "lost_requests", "lost_writes")
ROLES = "final_roles"
METRICS = (*OF_FAULTS, *OF_RUNS, *COUNTS, ROLES)

PACKET_NS = 1_152  # a ping and its answer, over two cables of 1 Gbit/s each

_UNITS = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000}

Run = Mapping[str, Any]


class Mistake(ValueError):
    """Bounds that cannot be read."""


# ---- bounds --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Bound:
    """Of a metric: in nanoseconds, as a count, or as the number of runs that differ."""

    largest: int = 0
    alone: int = 0
    why: str = ""


@dataclass(frozen=True)
class Check:
    """What a scenario is held to."""

    runs: int
    settings: Mapping[str, Any]
    bounds: Mapping[str, Bound]

    def bound_of(self, metric: str) -> Bound:
        return self.bounds.get(metric, Bound())


@dataclass(frozen=True)
class Bounds:
    """The file of bounds."""

    reasons: Mapping[str, str]
    checks: Mapping[str, Check]


def amount_of(metric: str, value: Any) -> int:
    """A bound as it is written in the file."""
    if metric.endswith("_s"):
        found = re.fullmatch(r"(\d+(?:\.\d+)?) ?(ns|us|ms|s)", str(value))
        if found is None:
            raise Mistake(f'{metric} = {value!r}: a bound is a duration like "102us"')
        return round(float(found[1]) * _UNITS[found[2]])
    if not isinstance(value, int) or value < 0:
        raise Mistake(f"{metric} = {value!r}: a bound is a count")
    return value


def flat(table: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Settings as `replace` has them, by their dotted names."""
    result: dict[str, Any] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            result |= flat(value, f"{prefix}{key}.")
        else:
            result[prefix + key] = value
    return result


def check_of(table: Mapping[str, Any], runs: int, reasons: Iterable[str]) -> Check:
    """One scenario's table."""
    bounds = {}
    for metric, row in table.items():
        if metric in ("settings", "runs"):
            continue
        if metric not in METRICS:
            raise Mistake(f"{metric}: no such metric; there are {', '.join(METRICS)}")
        if not isinstance(row, dict) or not set(row) <= {"bound", "alone", "why"}:
            raise Mistake(f"{metric}: a row has bound, alone and why")
        if row.get("why") not in reasons:
            raise Mistake(f"{metric}: why is one of {', '.join(reasons)}")
        largest = amount_of(metric, row["bound"]) if "bound" in row else 0
        bounds[metric] = Bound(largest, row.get("alone", 0), row["why"])
    return Check(table.get("runs", runs), flat(table.get("settings", {})), bounds)


def read(text: str) -> Bounds:
    """The file of bounds."""
    tables = tomllib.loads(text)
    runs, reasons = tables.pop("runs"), tables.pop("reasons")
    checks = {}
    for name, table in tables.items():
        try:
            checks[name] = check_of(table, runs, reasons)
        except Mistake as mistake:
            raise Mistake(f"[{name}] {mistake}") from mistake
    return Bounds(reasons, checks)


# ---- differences ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """How far a metric is apart, run by run: the same units as those of its bound."""

    metric: str
    largest: int = 0
    differing: int = 0  # runs
    alone: int = 0  # runs in which only one substrate has a value


def nanoseconds(value: float | None) -> int | None:
    return None if value is None or value != value else round(value * 1e9)


def values_of(run: Run, metric: str) -> list[Any]:
    """What is to be compared: a value a fault, or one."""
    if metric in OF_FAULTS:
        return [nanoseconds(fault[metric]) for fault in run["faults"]]
    value = run[metric]
    return [nanoseconds(value) if metric in OF_RUNS else value]


def apart(a: Any, b: Any) -> int:
    """Of two values that are there."""
    return int(a != b) if isinstance(a, dict) else abs(int(a) - int(b))


def difference(metric: str, ours: Sequence[Run], theirs: Sequence[Run]) -> Difference:
    """Of one metric in the same runs."""
    largest = differing = alone = 0
    for one, other in zip(ours, theirs, strict=True):
        here, there = values_of(one, metric), values_of(other, metric)
        pairs = list(zip(here, there))
        distance = max((apart(a, b) for a, b in pairs if None not in (a, b)), default=0)
        only_one = len(here) != len(there) or any((a is None) != (b is None) for a, b in pairs)
        largest = max(largest, distance)
        differing += distance > 0 or only_one
        alone += only_one
    return Difference(metric, largest, differing, alone)


def runs_of(name: str, check: Check, substrate: str) -> list[Run]:
    """The runs of a scenario, as records."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what the scenario itself is warned of
        scenario = understudy.load(SCENARIOS / f"{name}.toml").replace(check.settings)
    frame = understudy.run(scenario, check.runs, substrate)
    return list(frame.to_dict("records"))


def differences(name: str, check: Check) -> list[Difference]:
    """Of all metrics of a scenario."""
    ours, theirs = (runs_of(name, check, substrate) for substrate in ("virtual", "ns3"))
    return [difference(metric, ours, theirs) for metric in METRICS]


def slack(metric: str) -> int:
    """How much wider than twice what is found a bound may be."""
    return 2 * PACKET_NS if metric.endswith("_s") else 0


def complaints(found: Sequence[Difference], check: Check) -> list[str]:
    """What is wrong between differences and their bounds."""
    said = []
    for d in found:
        bound = check.bound_of(d.metric)
        text = f"{d.metric}: {shown(d.metric, d.largest)} apart"
        if d.largest > bound.largest:
            said.append(f"{text}, the bound is {shown(d.metric, bound.largest)}")
        lone = f"{d.metric}: {d.alone} runs on one substrate only"
        if d.alone > bound.alone:
            said.append(f"{lone}, {bound.alone} may be")
        if bound.largest > 2 * d.largest + slack(d.metric):
            said.append(f"{text}, so {shown(d.metric, bound.largest)} is no bound")
        if bound.alone > 2 * d.alone:
            said.append(f"{lone}, so {bound.alone} is no bound")
        if d.metric in check.bounds and not d.differing:
            said.append(f"{d.metric}: the same in all runs, so it needs no row")
    return said


# ---- what is printed -----------------------------------------------------------------------------


def shown(metric: str, amount: int) -> str:
    """Three digits are enough for a duration."""
    if not metric.endswith("_s") or amount == 0:
        return str(amount)
    unit = next(unit for unit in ("s", "ms", "us", "ns") if amount >= _UNITS[unit])
    scaled = amount / _UNITS[unit]
    return f"{scaled:.{max(0, 3 - len(str(int(scaled))))}f} {unit}".replace("us", "µs")


def rows(name: str, found: Sequence[Difference], check: Check) -> list[str]:
    """The lines of a scenario in the table: one a metric that differs."""
    lines = []
    for d in found:
        if not d.differing:
            continue
        bound = check.bound_of(d.metric)
        most = shown(d.metric, d.largest) + (f", {d.alone} on one only" if d.alone else "")
        limit = shown(d.metric, bound.largest) + (f", {bound.alone}" if bound.alone else "")
        lines.append(
            f"| `{name}` | {d.metric} | {most} | {d.differing} of {check.runs} | {limit} "
            f"| {bound.why} |"
        )
    return lines


def page(found: Mapping[str, Sequence[Difference]], bounds: Bounds) -> str:
    """What stands below the mark."""
    same = [name for name, each in found.items() if not any(d.differing for d in each)]
    lines = ["## Why", ""]
    lines += [f"- **{name}**: {' '.join(text.split())}" for name, text in bounds.reasons.items()]
    lines += ["", "## How far", "", "| scenario | metric | largest | runs | bound | why |"]
    lines += ["| --- | --- | ---: | ---: | ---: | --- |"]
    for name, each in found.items():
        lines += rows(name, each, bounds.checks[name])
    lines += ["", "The same to the nanosecond, in every metric of every run:", ""]
    lines += [f"- `{name}`" for name in same]
    return "\n".join(lines) + "\n"


def rewrite(found: Mapping[str, Sequence[Difference]], bounds: Bounds) -> None:
    head, mark, _ = PAGE.read_text().partition(MARK)
    if not mark:
        raise Mistake(f"{PAGE.name}: has no line {MARK}")
    PAGE.write_text(f"{head}{MARK}\n\n{page(found, bounds)}")


# ---- as a command --------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="of scenarios; all, if not said")
    parser.add_argument("--rewrite", action="store_true", help="the page docs/cross-check.md")
    options = parser.parse_args(arguments)
    try:
        bounds = read(BOUNDS.read_text())
        unknown = [name for name in options.names if name not in bounds.checks]
        if unknown:
            raise Mistake(f'"{unknown[0]}": has no table in {BOUNDS.name}')
        if options.rewrite and options.names:
            raise Mistake("--rewrite makes the whole page: name no scenario")
        found, broken = {}, 0
        for name in options.names or sorted(bounds.checks):
            check = bounds.checks[name]
            found[name] = differences(name, check)
            for line in rows(name, found[name], check):
                print(line, flush=True)
            for text in complaints(found[name], check):
                broken += 1
                print(f"cross_check.py: {name}, {text}", file=sys.stderr)
        if options.rewrite:
            rewrite(found, bounds)
    except Mistake as mistake:
        print(f"cross_check.py: {mistake}", file=sys.stderr)
        return 2
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
