# SPDX-License-Identifier: MIT
"""Two substrates side by side, run by run: the same draws, and what they made of them.

    ./dev python analysis/substrates.py --store STORE [--output DIR]

Reads a store with the same runs on two substrates, and writes substrates.png and .pdf, for each
measure one mark a run at the difference of the two, and substrates.csv, the figures behind them.
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

import understudy
from understudy.labels import settings_of
from understudy import statistics

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MEASURES = {
    "detection_s": "detection time",
    "takeover_s": "takeover time",
    "outage_s": "outage",
    "redundancy_s": "redundancy time",
}


def pairs_in(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, tuple[str, str]]:
    """The runs of two substrates, aligned by scenario, settings, seed and run.

    Raises
    ------
    BadInput
        If the store does not hold the same runs on two substrates.
    """
    names = [name for name in understudy.SUBSTRATES if (frame["substrate"] == name).any()]
    if len(names) < 2:
        raise understudy.BadInput(
            f"the store holds runs on {' and '.join(names)} alone; sweep with another substrate too"
        )
    key = ["scenario", *settings_of(frame), "seed", "run"]
    first, second = (
        frame[frame["substrate"] == name].set_index(key)[list(MEASURES)] for name in names[:2]
    )
    common = first.index.intersection(second.index)
    if common.empty:
        raise understudy.BadInput("the store has no run on both substrates")
    return first.loc[common], second.loc[common], (names[0], names[1])


def numbers_behind(frame: pd.DataFrame) -> pd.DataFrame:
    """One row a measure: pairs, how often only one has it, differences in seconds."""
    first, second, names = pairs_in(frame)
    rows = []
    for column in MEASURES:
        found = statistics.paired_difference(first[column], second[column])
        rows.append({"measure": column, "difference": f"{names[1]} - {names[0]}",
                     "pairs": found.pairs, "only_one": found.only_one,
                     "median_of_sizes_s": found.median, "largest_s": found.largest,
                     "mean_s": found.bias.value, "mean_low_s": found.bias.low,
                     "mean_high_s": found.bias.high})
    return pd.DataFrame(rows)


def plot_differences(ax: Axes, rows: Sequence[np.ndarray], labels: Sequence[str]) -> Axes:
    """Draw one row of marks a sample, spread so that equal ones are seen, and its median.

    Parameters
    ----------
    ax : Axes
    rows : sequence of ndarray of float
        In the unit of the axis.
    labels : sequence of str
    """
    for place, sample in enumerate(rows):
        spread = 0.25 * np.sin(2.4 * np.arange(sample.size))  # the same each time
        ax.plot(sample, place + spread, "o", markersize=3.0, alpha=0.45, color="#0072b2",
                markeredgewidth=0.0)
        if sample.size:
            ax.plot([np.median(sample)] * 2, [place - 0.34, place + 0.34], color=style.INK,
                    linewidth=1.6)
    ax.axvline(0.0, color=style.FAINT, linewidth=0.8, zorder=0)
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    return ax


def draw(frame: pd.DataFrame) -> Figure:
    """The whole figure of a loaded store."""
    first, second, names = pairs_in(frame)
    differences = [(second[column] - first[column]).dropna().to_numpy() for column in MEASURES]
    largest = max((np.abs(sample).max() for sample in differences if sample.size), default=0.0)
    unit, seconds = next(
        (unit for unit in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)) if largest >= unit[1]),
        ("ns", 1e-9),
    )
    figure = Figure(figsize=(7.2, 3.6), layout="constrained")
    labels = [f"{text}\n{sample.size:,} runs" for text, sample in zip(MEASURES.values(), differences)]
    ax = plot_differences(figure.subplots(), [s / seconds for s in differences], labels)
    if not largest:
        ax.set_xlim(-1.0, 1.0)
    ax.set_xlabel(f"{names[1]} less {names[0]}, of the same run [{unit}]")
    scenarios = " and ".join(frame["scenario"].unique())
    figure.suptitle(f"Scenario {scenarios}: the same runs on two substrates, medians marked",
                    x=0.01, ha="left", fontsize="medium")
    return figure


def main(arguments: Sequence[str] | None = None) -> int:
    return figures.main(__doc__, "substrates", draw, numbers_behind, arguments)


if __name__ == "__main__":
    sys.exit(main())
