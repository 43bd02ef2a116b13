# SPDX-License-Identifier: MIT
"""Virtual time against ns-3, run by run: how far the outcomes of each scenario are apart.

    /usr/bin/python3 analysis/cross_check.py [NAME...] [--format markdown|csv]

The same run draws the same on both substrates, so what is left is what they model differently.
Bounds, and the reasons where a scenario needs wider ones, are in analysis/cross_check.toml. Prints
the table of docs/cross-check.md; ends with 1 if a bound does not hold.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import tree

import numpy as np
import pandas as pd

import understudy

SCENARIOS = tree.ROOT / "scenarios"
BOUNDS = Path(__file__).with_suffix(".toml")
COLUMNS = (
    "detection_s", "takeover_s", "outage_s", "redundancy_s", "dual_primary_s", "no_primary_s",
    "false_failovers", "boots", "lost_requests", "lost_writes",
)  # fmt: skip


@dataclass(frozen=True)
class Agreement:
    """Of one column of one scenario: in how many runs, how far apart.

    `usual` is what nine runs in ten do not exceed, `largest` what none does; `only_one` counts the
    runs in which one substrate has a value and the other has none.
    """

    scenario: str
    column: str
    runs: int
    only_one: int
    usual: float
    largest: float


@dataclass(frozen=True)
class Bounds:
    """What a scenario is held to."""

    runs: int
    settings: dict[str, str]
    usual: dict[str, float]
    largest: dict[str, float]
    only_one: int
    reason: str


def names() -> list[str]:
    """All scenarios that both substrates can build."""
    left_out = read()["left_out"]
    return [path.stem for path in sorted(SCENARIOS.glob("*.toml")) if path.stem not in left_out]


@cache
def read() -> dict:
    return tomllib.loads(BOUNDS.read_text())


def bounds_of(name: str) -> Bounds:
    """Those of all scenarios, with this one's own on top."""
    every, own = read()["every"], read().get("scenario", {}).get(name, {})
    return Bounds(
        runs=own.get("runs", every["runs"]),
        settings=own.get("settings", {}),
        usual={**every["usual"], **own.get("usual", {})},
        largest={**every["largest"], **own.get("largest", {})},
        only_one=own.get("only_one", 0),
        reason=own.get("reason", ""),
    )


def compare(name: str) -> list[Agreement]:
    """Make the runs on both, and compare what was measured, column by column."""
    bounds = bounds_of(name)
    scenario = understudy.load(SCENARIOS / f"{name}.toml").replace(bounds.settings)
    virtual, ns3 = (
        understudy.run(scenario, bounds.runs, substrate) for substrate in ("virtual", "ns3")
    )
    found = []
    for column in COLUMNS:
        a, b = (frame[column].to_numpy(dtype=np.float64) for frame in (virtual, ns3))
        both = ~np.isnan(a) & ~np.isnan(b)
        apart = np.abs(a[both] - b[both]) if both.any() else np.zeros(1)
        found.append(
            Agreement(
                name, column, bounds.runs, int((np.isnan(a) != np.isnan(b)).sum()),
                float(np.quantile(apart, 0.9, method="higher")), float(apart.max()),
            )
        )  # fmt: skip
    return found


def holds(agreement: Agreement) -> bool:
    """Whether it is within its bounds."""
    bounds = bounds_of(agreement.scenario)
    return (
        agreement.usual <= bounds.usual[agreement.column] + 1e-12
        and agreement.largest <= bounds.largest[agreement.column] + 1e-12
        and agreement.only_one <= bounds.only_one
    )


def shown(agreement: Agreement) -> str:
    """The largest difference, with what nine in ten do not exceed before it if that is less."""
    if agreement.column.endswith("_s"):
        usual, largest = (f"{1e3 * x:.3g} ms" for x in (agreement.usual, agreement.largest))
    else:
        usual, largest = (f"{x:.0f}" for x in (agreement.usual, agreement.largest))
    text = largest if usual == largest else f"{usual} ({largest})"
    return text + (f", {agreement.only_one} alone" if agreement.only_one else "")


def markdown(agreements: Sequence[Agreement]) -> str:
    """A row a scenario, a column a metric."""
    frame = pd.DataFrame([{**vars(a), "text": shown(a)} for a in agreements])
    heads = [column.removesuffix("_s") for column in COLUMNS]
    lines = [
        "| scenario | runs | " + " | ".join(heads) + " |",
        "| --- | ---: |" + " ---: |" * len(COLUMNS),
    ]
    for name, rows in frame.groupby("scenario", sort=False):
        cells = " | ".join(rows.set_index("column").text[column] for column in COLUMNS)
        lines.append(f"| `{name}` | {rows.runs.iloc[0]} | {cells} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="of scenarios; all, if not said")
    parser.add_argument("--format", choices=["markdown", "csv"], default="markdown")
    options = parser.parse_args(arguments)
    known = names()
    for name in options.names:
        if name not in known:
            parser.error(f"there is no scenario {name} for both substrates")
    agreements = [a for name in options.names or known for a in compare(name)]
    if options.format == "csv":
        print(pd.DataFrame(agreements).to_csv(index=False), end="")
    else:
        print(markdown(agreements))
    broken = [a for a in agreements if not holds(a)]
    for a in broken:
        print(f"cross_check.py: {a.scenario}, {a.column}: {shown(a)}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
