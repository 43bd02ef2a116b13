# SPDX-License-Identifier: MIT
"""How far runs in the lab, on real sockets, are from the same runs in virtual time.

    ./dev python analysis/live_against_virtual.py [NAME]... [--runs N] [--labs N] [--hold 1ms]
                                                  [--figure FILE.svg] [--output FILE.csv]

Runs each scenario of scenarios/*.toml that the lab can build, or those named, both ways with the
same draws, and prints for each measure the median of the paired differences (lab less virtual) and
the greatest one, in milliseconds: what the kernel and the scheduler add. Scenarios are made short
(lab_runs.py). All of them take ten minutes, as root. On a machine that does something else
meanwhile, the figures are that machine's.

`--figure` draws the differences of each run, and writes them into a CSV of the same name. `--hold`
ends with 1 if a median of detection, takeover or outage (but for whole requests) is farther from
virtual time, if a run ends otherwise than there, or if one could not be made. What is known to be
farther is in FARTHER and OTHERWISE, with its reason.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import tree  # noqa: F401  (puts understudy in reach)

import lab_runs
import pandas as pd
import style
from lab_runs import Pairs, Record, Refused
from matplotlib.figure import Figure
from substrates import plot_differences

import understudy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MEASURES = ("detection_s", "takeover_s", "outage_s", "redundancy_s", "no_primary_s")
HELD = {"detection_s": "detection", "takeover_s": "takeover", "outage_s": "outage"}
SAME = ("boots", "false_failovers", "final_roles")  # how many runs differ in one of these


# Why some are farther apart than others, or end otherwise.
REASONS = {
    "wait": "What is sent to an address that nobody holds waits in the kernel for whoever takes it; "
    "in virtual time it is lost. So a probe is answered by the claim of the other server that has "
    "found no monitor, a request by the new primary, a ping by a network that has just healed.",
    "draws": "Each packet draws whether it is lost, and up to the first failover the same packets "
    "draw the same. Then they are others: probes that wait in the kernel do not leave, and there "
    "are questions for hardware addresses, which are lost too.",
    "arp": "Who speaks to a new primary asks for its hardware address first: a round trip.",
    "boot": "Processes take some milliseconds more or less to start. So much later or earlier are "
    "the pings of the primary, and all that comes after a boot: it meets the next fault or not.",
    "checks": "When the service is checked is not drawn in the lab: a check lasts as long as its "
    "program, and the next one is an interval after that.",
    "late": "A ping whose timeout is as long as the interval is judged when all of that is over, "
    "and the next one leaves then: each of 30 misses is as late as a timer of the kernel.",
}


@dataclass(frozen=True)
class Known:
    """What is allowed beyond the usual, and the reason."""

    bound: float  # milliseconds; or a share of the runs
    why: str


# By scenario and measure: the bound of a median, in milliseconds.
FARTHER: Mapping[tuple[str, str], Known] = {
    ("double-power-cut", "outage_s"): Known(200.0, "wait"),
    ("ill-service", "outage_s"): Known(1000.0, "checks"),
    ("lossy-bursts", "detection_s"): Known(20.0, "boot"),  # by the primary's pings, most of them
    ("profile-patroni", "outage_s"): Known(50.0, "wait"),
    ("profile-redis-sentinel", "detection_s"): Known(3.0, "late"),
    ("profile-redis-sentinel", "outage_s"): Known(50.0, "wait"),
    ("profile-repmgr", "outage_s"): Known(50.0, "wait"),
    ("restart-first", "outage_s"): Known(20.0, "boot"),
    ("restart-first", "takeover_s"): Known(20.0, "boot"),
    ("silent-power", "outage_s"): Known(20.0, "boot"),
    ("silent-power", "takeover_s"): Known(20.0, "boot"),
    ("two-sites", "outage_s"): Known(31.0, "arp"),
    ("unplugged-monitor", "detection_s"): Known(20.0, "boot"),  # by the primary's pings
}

# By scenario: the share of runs that may end otherwise than in virtual time.
OTHERWISE: Mapping[str, Known] = {
    "cold-start": Known(0.4, "wait"),
    "congestion": Known(0.25, "draws"),
    "flapping-link": Known(0.25, "boot"),
    "full-partition": Known(0.25, "wait"),
    "lossy-bursts": Known(0.5, "draws"),
    "lost-pings": Known(0.5, "draws"),
    "unplugged-primary": Known(0.25, "wait"),
}


# ---- numbers -------------------------------------------------------------------------------------


def differences(found: Mapping[str, Pairs]) -> pd.DataFrame:
    """A row a scenario, run and measure that both substrates have: by how much the lab is later."""
    return pd.DataFrame(
        [
            (name, here["run"], measure, 1e3 * (here[measure] - there[measure]))
            for name, pairs in found.items()
            for here, there in zip(pairs.live, pairs.virtual, strict=True)
            for measure in MEASURES
            if here[measure] is not None and there[measure] is not None
        ],
        columns=["scenario", "run", "measure", "later_ms"],
    )


def end_otherwise(here: Record, there: Record) -> bool:
    """Whether a run and its twin are not the same story."""
    return any(here[same] != there[same] for same in SAME) or any(
        (here[measure] is None) != (there[measure] is None) for measure in MEASURES
    )


def table(found: Mapping[str, Pairs]) -> pd.DataFrame:
    """A row a scenario: medians and greatest differences in milliseconds, and how many differ."""
    apart = differences(found)
    rows = []
    for name, pairs in found.items():
        row: dict[str, object] = {"scenario": name, "runs": len(pairs.live)}
        for measure in MEASURES:
            these = apart[(apart.scenario == name) & (apart.measure == measure)].later_ms
            row[f"{measure[:-2]} [ms]"] = these.median()
            row[f"{measure[:-2]} at most"] = these.abs().max()
        row["differ"] = sum(map(end_otherwise, pairs.live, pairs.virtual))
        row["failed"] = len(pairs.failed)
        rows.append(row)
    return pd.DataFrame(rows)


def beyond_requests(later_ms: pd.Series, interval_ms: float) -> pd.Series:
    """What outages differ by, but for whole requests.

    An outage ends with a request, so a takeover that is a little too late for one costs a whole
    interval, and the first request that is lost at all two, from answer to answer.
    """
    return later_ms - interval_ms * (later_ms / interval_ms).round().clip(-2.0, 2.0)


def held_medians(found: Mapping[str, Pairs]) -> dict[tuple[str, str], float]:
    """By scenario and measure: what is held to a bound, in milliseconds."""
    medians = {}
    for (name, measure), rows in differences(found).groupby(["scenario", "measure"], sort=False):
        if measure not in HELD:
            continue
        later = rows.later_ms
        if measure == "outage_s":
            later = beyond_requests(later, 1e3 * found[name].request_interval_s)
        medians[name, measure] = later.median()
    return medians


def complaints(found: Mapping[str, Pairs], bound_ms: float) -> list[str]:
    """What is not as it is held to be, a line each."""
    lines = []
    for (name, measure), median in held_medians(found).items():
        known = FARTHER.get((name, measure))
        bound = max(bound_ms, known.bound if known else 0.0)
        if abs(median) > bound:
            lines.append(f"{name}: {HELD[measure]}: {median:+.2f} ms, beyond {bound:g} ms")
    for name, pairs in found.items():
        differ = sum(map(end_otherwise, pairs.live, pairs.virtual))
        if differ > (OTHERWISE[name].bound if name in OTHERWISE else 0.0) * len(pairs.live):
            lines.append(f"{name}: {differ} of {len(pairs.live)} runs end otherwise")
        if pairs.failed:
            lines.append(f"{name}: {len(pairs.failed)} runs could not be made")
    return lines


# ---- the figure ----------------------------------------------------------------------------------

LINEAR_MS = 1.0  # of the axis, around 0; further out it is logarithmic


def draw(apart: pd.DataFrame) -> Figure:
    """The differences of each run, a row a scenario and a panel a measure; medians marked."""
    held = apart[apart.measure.isin(list(HELD))]
    names = list(dict.fromkeys(held.scenario))
    figure = Figure(figsize=(7.2, 0.9 + 0.21 * len(names)), layout="constrained")
    panels = figure.subplots(1, len(HELD), sharey=True)
    widest = max(2.0, 1.3 * held.later_ms.abs().max()) if len(held) else 2.0
    for axes, (measure, label) in zip(panels, HELD.items(), strict=True):
        of_measure = held[held.measure == measure]
        rows = [of_measure[of_measure.scenario == name].later_ms.to_numpy() for name in names]
        plot_differences(axes, rows, names)
        _scale(axes, widest)
        axes.set_xlabel(f"{label} [ms]")
    figure.supxlabel("lab less virtual time, of the same run", fontsize="medium")
    return figure


def _scale(axes: Axes, widest: float) -> None:
    """Milliseconds, those of a request's interval and those of a wrong story on one axis."""
    axes.axvspan(-LINEAR_MS, LINEAR_MS, color=style.HAIRLINE, alpha=0.5, linewidth=0, zorder=-1)
    axes.set_xscale("symlog", linthresh=LINEAR_MS, linscale=1.0)
    axes.set_xlim(-widest, widest)
    shown = [100.0**k for k in range(5) if 100.0**k < widest]
    ticks = [*(-power for power in reversed(shown)), 0.0, *shown]
    axes.set_xticks(ticks, [f"{tick:+g}".replace("+0", "0").replace("-", "−") for tick in ticks])
    axes.minorticks_off()


def write_figure(apart: pd.DataFrame, path: Path) -> None:
    """The picture, the same to the byte for the same numbers, and these beside it."""
    no_date = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}, ".png": {"Software": None}}
    with style.house_style():
        draw(apart).savefig(path, metadata=no_date[path.suffix])
    apart.to_csv(path.with_suffix(".csv"), index=False)


# ---- the command line ----------------------------------------------------------------------------


def wanted(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    everything = sorted(path.stem for path in lab_runs.SCENARIOS.glob("*.toml"))
    parser.add_argument("names", nargs="*", metavar="NAME", help="of scenarios; all that there are")
    parser.add_argument("--runs", type=int, default=8, help="of each (8)")
    parser.add_argument("--labs", type=int, default=24, help="at a time (24)")
    parser.add_argument("--hold", metavar="SPAN", help="complain of medians beyond it, such as 1ms")
    parser.add_argument("--figure", type=Path, metavar="FILE", help=".svg, .pdf or .png")
    parser.add_argument("--output", type=Path, help="also write the table as CSV")
    said = parser.parse_args(arguments)
    unknown = set(said.names) - set(everything)
    if unknown:
        parser.error(f"there is no scenario {sorted(unknown)[0]!r} in scenarios/")
    if said.figure and said.figure.suffix not in (".svg", ".pdf", ".png"):
        parser.error(f"--figure: {said.figure}: write a name that ends in .svg, .pdf or .png")
    try:
        (bound_s,) = understudy.Distribution.fixed(said.hold or 0.0).parameters
    except understudy.BadInput as why:
        parser.error(f"--hold: {why}")
    said.bound_ms = 1e3 * bound_s if said.hold else None
    said.names = said.names or everything
    return said


def print_table(numbers: pd.DataFrame) -> None:
    with pd.option_context("display.width", None, "display.max_columns", None):
        print(numbers.to_string(index=False, float_format=lambda value: f"{value:.3f}"))
    medians = numbers[[f"{measure[:-2]} [ms]" for measure in MEASURES]].abs().median()
    print("\nmedian over the scenarios of the medians' absolute values [ms]:")
    print(medians.to_string(float_format=lambda value: f"{value:.3f}"))


def main(arguments: Sequence[str] | None = None) -> int:
    said = wanted(arguments)
    scenarios = {}
    for name in said.names:
        try:
            scenarios[name] = lab_runs.short_one(name)
        except Refused as why:
            print(f"{name}: left out: {why}", file=sys.stderr)
    found = lab_runs.both_ways(scenarios, said.runs, said.labs)
    numbers = table(found)
    print_table(numbers)
    if said.output:
        numbers.to_csv(said.output, index=False)
    if said.figure:
        write_figure(differences(found), said.figure)
    if said.bound_ms is None:
        return 0
    wrong = complaints(found, said.bound_ms)
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
