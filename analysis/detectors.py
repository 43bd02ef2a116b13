# SPDX-License-Identifier: MIT
"""Quick or sure, detector by detector: detection time against the rate of false failovers.

    ./dev python analysis/detectors.py --store STORE [--output DIR]

Reads a store of runs in which the primary crashes on a network that loses or delays packets, with
`pair.detector` and a setting of each detector swept, and writes detectors.png and .pdf: a line a
detector, a mark a setting, those ringed that no other beats in both; and detectors.csv, the figures
behind them.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import tree  # noqa: F401  (puts understudy in reach)

import figures
import numpy as np
import pandas as pd
import style
from matplotlib.figure import Figure
from trade_off import best_of

import understudy
from understudy import palette, statistics
from understudy.labels import settings_of, text_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DETECTOR = "pair.detector"
MARKERS = {"fixed": "o", "chen": "s", "phi": "^"}
A_DAY_S = 86400.0
LEAST_RUNS = 10


def lengths_of(path: Path) -> Mapping[str, float]:
    """By scenario, how long its runs last, in seconds.

    Raises
    ------
    BadInput
        If runs of one scenario are of different lengths: their rates cannot be told from a frame.
    """
    found: dict[str, float] = {}
    with understudy.Store(path) as store:
        for experiment in store.experiments():
            name, length = experiment.scenario.name, experiment.scenario.run.duration
            if found.setdefault(name, length) != length:
                raise understudy.BadInput(f"{path}: runs of {name} are of different lengths")
    return found


def points_of(frame: pd.DataFrame, lengths: Mapping[str, float]) -> pd.DataFrame:
    """One row a setting: its detection time and its rate of false failovers.

    Parameters
    ----------
    frame : DataFrame
        Of a loaded store.
    lengths : mapping of str to float
        By scenario, in seconds.

    Returns
    -------
    DataFrame
        ``detector``, ``setting`` (what else differs), ``runs``, ``detection_s``, ``per_day`` with
        its 95 % interval ``low`` and ``high`` (Student's, of the runs' means), and ``best``: no
        other setting is better in both. The detection time is the median of the runs without a
        false failover, as a pair in the middle of one has nobody to detect; a setting that has
        fewer than 10 of these is left out.
    """
    settings = settings_of(frame)
    if DETECTOR not in settings:
        raise understudy.BadInput("the scenarios of the store do not differ in pair.detector")
    rows = []
    for values, runs in frame.groupby(["scenario", *settings], sort=False, dropna=False):
        said = dict(zip(["scenario", *settings], values))
        detection = runs.loc[runs["false_failovers"] == 0, "detection_s"].dropna()
        if len(detection) < LEAST_RUNS:
            continue
        rate = statistics.mean(runs["false_failovers"] * (A_DAY_S / lengths[said["scenario"]]))
        others = [
            text_of(key, said[key]) for key in settings if key != DETECTOR and not pd.isna(said[key])
        ]
        rows.append({"detector": said[DETECTOR], "setting": ", ".join(others), "runs": len(runs),
                     "detection_s": float(detection.median()), "per_day": rate.value,
                     "low": max(rate.low, 0.0), "high": rate.high})
    if not rows:
        raise understudy.BadInput(
            f"no setting of the store has {LEAST_RUNS} runs in which a crash was detected and "
            "nothing else; make more runs, shorter ones, or let the network lose less"
        )
    found = pd.DataFrame(rows).sort_values(["detector", "detection_s"], ignore_index=True)
    best = {tuple(point) for point in best_of(found[["detection_s", "per_day"]].to_numpy())}
    found["best"] = [point in best for point in zip(found["detection_s"], found["per_day"])]
    return found


def plot_detectors(ax: Axes, points: pd.DataFrame) -> Axes:
    """Draw a line a detector through its settings, by their detection time.

    Rates are drawn by powers of ten; what never happened is a mark at the lower edge.

    Parameters
    ----------
    ax : Axes
    points : DataFrame
        As of :func:`points_of`.
    """
    some = points.loc[points["per_day"] > 0.0, "per_day"]
    edge = 0.3 * float(some.min()) if len(some) else 0.1
    colours = palette.ordered_colours(max(points["detector"].nunique(), 2))
    for colour, (detector, line) in zip(colours, points.groupby("detector", sort=True)):
        y = line["per_day"].clip(lower=edge)
        low = (y - line["low"].clip(lower=edge)).clip(lower=0.0)
        high = (line["high"].clip(lower=edge) - y).clip(lower=0.0)
        ax.errorbar(line["detection_s"], y, yerr=[low, high], color=colour, linewidth=1.4,
                    marker=MARKERS.get(str(detector), "D"), markersize=5.0,
                    markerfacecolor="white", capsize=2.0, label=str(detector), zorder=2)
    best = points[points["best"]]
    ax.plot(best["detection_s"], best["per_day"].clip(lower=edge), "o", markersize=11.0,
            markerfacecolor="none", markeredgecolor=palette.darker("#d55e00"), linestyle="none",
            label="none better in both", zorder=3)
    ax.set_yscale("log")
    if (points["per_day"] == 0.0).any():
        ax.annotate("none in all runs", (0.01, edge), xycoords=("axes fraction", "data"),
                    xytext=(0, 4), textcoords="offset points", fontsize=8.0, color=style.FAINT)
    ax.set_xlabel("detection time, median [s]")
    ax.set_ylabel("false failovers a day")
    ax.grid(color=style.HAIRLINE, linewidth=0.8)
    ax.set_axisbelow(True)
    ax.legend(frameon=False)
    return ax


def draw(points: pd.DataFrame, heading: str) -> Figure:
    """The whole figure of what `points_of` returns."""
    figure = Figure(figsize=(7.2, 4.4), layout="constrained")
    plot_detectors(figure.subplots(), points)
    figure.suptitle(heading, x=0.01, ha="left", fontsize="medium")
    return figure


def main(arguments: Sequence[str] | None = None) -> int:
    wish = figures.parser_of(__doc__).parse_args(arguments)

    def make() -> list[Path]:
        frame = figures.load(wish.store)
        points = points_of(frame, lengths_of(wish.store))
        names = " and ".join(frame["scenario"].unique())
        heading = f"Scenario {names}, {points['runs'].min():,} runs a mark"
        return figures.write(
            "detectors", lambda _: draw(points, heading), lambda _: points, frame, wish.output
        )

    return figures.report("detectors", make)


if __name__ == "__main__":
    sys.exit(main())
