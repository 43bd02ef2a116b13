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
ends with 1 if a median of detection, takeover or outage is further from virtual time, if a run ends
otherwise than there, or if one could not be made. What is known to be further is in FARTHER and
OTHERWISE, with its reason.
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


@dataclass(frozen=True)
class Known:
    """How much more is allowed, and why that is so."""

    bound: float  # in milliseconds; or a share of the runs
    why: str


# By scenario and measure: medians that are known to be further than others, in milliseconds.
FARTHER: Mapping[tuple[str, str], Known] = {}

# By scenario: the share of runs that may end otherwise than in virtual time.
OTHERWISE: Mapping[str, Known] = {}


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


def complaints(numbers: pd.DataFrame, bound_ms: float) -> list[str]:
    """What of a table is not as it is held to be, a line each."""
    found = []
    for row in numbers.to_dict("records"):
        name = row["scenario"]
        for measure in HELD:
            known = FARTHER.get((name, measure))
            bound = max(bound_ms, known.bound if known else 0.0)
            median = row[f"{measure[:-2]} [ms]"]
            if abs(median) > bound:  # never of what nothing was measured of
                found.append(f"{name}: {measure[:-2]}: {median:+.2f} ms, beyond {bound:g} ms")
        share = OTHERWISE[name].bound if name in OTHERWISE else 0.0
        if row["differ"] > share * row["runs"]:
            found.append(f"{name}: {row['differ']} of {row['runs']} runs end otherwise")
        if row["failed"] > 0:
            found.append(f"{name}: {row['failed']} runs could not be made")
    return found


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
    powers = [10.0**k for k in range(9) if 10.0**k < widest]
    shown = powers[:: max(1, len(powers) // 2)]
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
    wrong = complaints(numbers, said.bound_ms)
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
