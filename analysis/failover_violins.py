# SPDX-License-Identifier: MIT
"""How failover times are spread: a violin a setting, with the median and its bootstrap interval.

    ./dev python analysis/failover_violins.py --store STORE [--output DIR]

Reads a store of runs and writes failover_violins.png and .pdf, detection time on the left and
outage on the right, and failover_violins.csv, the figures behind them. failover_time.py draws the
same runs as distributions, from which quantiles can be read.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import tree  # noqa: F401  (puts understudy in reach)

import figures
import numpy as np
import pandas as pd
import style
from matplotlib.figure import Figure

from understudy import palette, statistics
from understudy.labels import DETECTION, OUTAGE, Group, Measure, groups_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MEASURES = (DETECTION, OUTAGE)


def median(values: np.ndarray) -> float:
    """``inf`` if most of them lasted longer than the run."""
    return float(np.quantile(values, 0.5, method="higher"))


def label_of(group: Group, several: bool) -> str:
    return f"{group.label}\n{group.substrate}" if several else group.label


def numbers_behind(frame: pd.DataFrame) -> pd.DataFrame:
    """One row a setting, substrate and measure: the median with its interval, in seconds."""
    rows = []
    for group in groups_of(frame):
        for measure in MEASURES:
            sample = group.sample(measure)
            row = {"setting": group.label, "substrate": group.substrate,
                   "measure": measure.column, "runs": len(sample), "measured": sample.count()}
            if sample.count():
                found = statistics.bootstrap(sample, median)
                row |= {"median_s": found.value, "low_s": found.low, "high_s": found.high}
            rows.append(row)
    return pd.DataFrame(rows)


def plot_violins(ax: Axes, groups: Sequence[Group], measure: Measure) -> Axes:
    """Draw a violin a group, and on it the median with its bootstrap interval.

    What lasted longer than its run has no place on the axis: it counts for the median, and the
    violin is of the rest.

    Parameters
    ----------
    ax : Axes
    groups : sequence of Group
    measure : Measure
        Of which the samples are, in seconds.
    """
    colours = palette.ordered_colours(1 + max((group.place for group in groups), default=0))
    for place, group in enumerate(groups):
        sample = group.sample(measure).dropna().to_numpy()
        finite = sample[np.isfinite(sample)]
        if not finite.size:
            continue
        if np.ptp(finite) > 0.0:
            (body,) = ax.violinplot(finite, [place], widths=0.8, showextrema=False)["bodies"]
            body.set(facecolor=palette.paler(colours[group.place]), alpha=1.0, linewidth=0.0)
        found = statistics.bootstrap(sample, median)
        if np.isfinite(found.value):
            reach = [[found.value - found.low], [min(found.high, finite.max()) - found.value]]
            ax.errorbar([place], [found.value], yerr=np.maximum(reach, 0.0), marker="o",
                        markersize=5.0, markerfacecolor="white", capsize=3.0, linewidth=1.6,
                        color=palette.darker(colours[group.place]))
    several = len({group.substrate for group in groups}) > 1
    ax.set_xticks(range(len(groups)), [label_of(group, several) for group in groups])
    ax.set_ylim(bottom=0.0)
    ax.grid(axis="y", color=style.HAIRLINE, linewidth=0.8)
    ax.set_axisbelow(True)
    ax.set_title(measure.title)
    ax.set_ylabel(f"{measure.meaning} [s]")
    return ax


def draw(frame: pd.DataFrame) -> Figure:
    """The whole figure of a loaded store."""
    groups = list(groups_of(frame))
    figure = Figure(figsize=(max(7.2, 1.9 * len(groups) + 2.0), 3.9), layout="constrained")
    for ax, measure in zip(figure.subplots(1, len(MEASURES)), MEASURES):
        plot_violins(ax, groups, measure)
        if max(len(group.label) for group in groups) > 12:
            ax.tick_params(axis="x", labelrotation=20)
    names = " and ".join(frame["scenario"].unique())
    runs = min(len(group.runs) for group in groups)
    figure.suptitle(f"Scenario {names}, {runs:,} runs a violin; medians with 95 % intervals",
                    x=0.01, ha="left", fontsize="medium")
    return figure


def main(arguments: Sequence[str] | None = None) -> int:
    return figures.main(__doc__, "failover_violins", draw, numbers_behind, arguments)


if __name__ == "__main__":
    sys.exit(main())
