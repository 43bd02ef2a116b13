# SPDX-License-Identifier: MIT
"""How long two servers answer for the primary address, by the policy of the takeover.

    ./dev python analysis/dual_primary.py --store STORE [--output DIR]

Reads a store of runs in which `pair.takeover` was swept, and writes dual_primary.png and .pdf: on
the left the share of runs in which there were two at all, on the right how long, on the average of
all runs; and dual_primary.csv, the figures behind them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import tree  # noqa: F401  (puts understudy in reach)

import against
import figures
import pandas as pd
import style
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from understudy import statistics

SETTING = "pair.takeover"


def share_of(runs: pd.DataFrame) -> statistics.Estimate:
    """Of the runs in which two servers answered at once for some time."""
    return statistics.proportion(int((runs["dual_primary_s"] > 0.0).sum()), len(runs))


def time_of(runs: pd.DataFrame) -> statistics.Estimate:
    """In seconds, the mean of all runs."""
    return statistics.mean(runs["dual_primary_s"])


def draw(frame: pd.DataFrame) -> Figure:
    """The whole figure of a loaded store."""
    setting = against.setting_in(frame, SETTING)
    figure = Figure(figsize=(9.6, 3.9), layout="constrained")
    left, right = figure.subplots(1, 2)
    for ax, measure in ((left, share_of), (right, time_of)):
        against.plot_against(ax, against.series_of(frame, setting, measure), setting)
        ax.set_ylim(bottom=0.0)
        ax.grid(axis="y", color=style.HAIRLINE, linewidth=0.8)
        ax.set_xlabel("policy of the takeover")
    if left.get_legend() is not None:
        left.get_legend().remove()  # one is enough
    left.set_ylabel("runs with two primaries")
    left.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{100 * y:g} %"))
    right.set_ylabel("time with two primaries, mean [s]")
    names = " and ".join(frame["scenario"].unique())
    figure.suptitle(f"Scenario {names}: two servers that answer for one address",
                    x=0.01, ha="left", fontsize="medium")
    return figure


def numbers_behind(frame: pd.DataFrame) -> pd.DataFrame:
    """One row a mark: the share and the seconds, each with its 95 % interval."""
    setting = against.setting_in(frame, SETTING)
    shares = against.table_of(against.series_of(frame, setting, share_of), setting, "share")
    times = against.table_of(against.series_of(frame, setting, time_of), setting, "mean_s")
    return shares.merge(times, on=["series", setting, "runs"])


def main(arguments: Sequence[str] | None = None) -> int:
    return figures.main(__doc__, "dual_primary", draw, numbers_behind, arguments)


if __name__ == "__main__":
    sys.exit(main())
