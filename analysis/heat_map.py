# SPDX-License-Identifier: MIT
"""One figure of the outcome over two settings, as a map.

    ./dev python analysis/heat_map.py --store STORE --x pair.ping_interval --y pair.misses
        [--column outage_s] [--quantile 0.99] [--output DIR]

Reads a store of runs in which both settings were swept, and writes heat_map.png and .pdf, a cell
for each pair of values with its figure written in it, and heat_map.csv, the figures with their 95 %
intervals.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import tree  # noqa: F401  (puts understudy in reach)

import against
import figures
import numpy as np
import pandas as pd
import style
from matplotlib.figure import Figure

import understudy
from understudy.labels import name_of, text_of
from understudy import statistics


def cells_of(frame: pd.DataFrame, x: str, y: str, column: str, p: float) -> pd.DataFrame:
    """One row a cell: the quantile `p` of a column in its runs, and its 95 % interval.

    Raises
    ------
    BadInput
        If the runs of the store do not differ in `x` and `y`, or have no such column of numbers.
    """
    x, y = against.setting_in(frame, x), against.setting_in(frame, y)
    if column not in frame or not pd.api.types.is_numeric_dtype(frame[column]):
        raise understudy.BadInput(f"{column}: the runs have no column of numbers of this name")
    rows = []
    for (at_x, at_y), runs in frame.groupby([x, y], sort=True):
        sample = runs[column]
        if column == "outage_s":
            sample = statistics.beyond_the_run(sample, runs["censored"])
        measured = int(pd.Series(np.asarray(sample)).count())
        found = (
            statistics.quantile(sample, p) if measured else statistics.Estimate(*[np.nan] * 3)
        )
        rows.append({x: at_x, y: at_y, "runs": len(runs), "measured": measured,
                     column: found.value, "low": found.low, "high": found.high})
    return pd.DataFrame(rows)


def draw(frame: pd.DataFrame, x: str, y: str, column: str, p: float) -> Figure:
    """The whole figure of a loaded store."""
    cells = cells_of(frame, x, y, column, p)
    x, y = cells.columns[:2]
    grid = cells.pivot(index=y, columns=x, values=column)
    figure = Figure(figsize=(1.1 * grid.shape[1] + 2.6, 0.6 * grid.shape[0] + 1.9),
                    layout="constrained")
    ax = figure.subplots()
    shown = np.ma.masked_invalid(grid.to_numpy(dtype=np.float64))
    picture = ax.pcolormesh(shown, cmap="cividis_r", edgecolors="white", linewidth=1.5)
    for (row, place), value in np.ndenumerate(grid.to_numpy(dtype=np.float64)):
        ax.text(place + 0.5, row + 0.5, text_in(value), ha="center", va="center",
                color=_ink_on(picture, value))
    ax.set_xticks(np.arange(grid.shape[1]) + 0.5, [text_of(x, value) for value in grid.columns])
    ax.set_yticks(np.arange(grid.shape[0]) + 0.5, [text_of(y, value) for value in grid.index])
    ax.tick_params(length=0)
    ax.set_xlabel(name_of(x))
    ax.set_ylabel(name_of(y))
    unit = " [s]" if column.endswith("_s") else ""
    ax.set_title(f"{name_of(column).removesuffix(' s')}, {100 * p:g} % quantile{unit}")
    names = " and ".join(frame["scenario"].unique())
    figure.suptitle(f"Scenario {names}, {cells['runs'].min():,} runs a cell", x=0.01, ha="left",
                    fontsize="medium")
    return figure


def text_in(value: float) -> str:
    """Three figures; what lasts longer than the run as such."""
    if np.isnan(value):
        return "–"
    return "> run" if np.isinf(value) else f"{value:.3g}"


def _ink_on(picture: object, value: float) -> str:
    """Dark on light and light on dark."""
    if not np.isfinite(value):
        return style.INK
    red, green, blue, _ = picture.cmap(picture.norm(value))  # type: ignore[attr-defined]
    return "white" if 0.3 * red + 0.59 * green + 0.11 * blue < 0.5 else style.INK


def main(arguments: Sequence[str] | None = None) -> int:
    parser = figures.parser_of(__doc__)
    parser.add_argument("--x", required=True, metavar="KEY", help="the setting to the right")
    parser.add_argument("--y", required=True, metavar="KEY", help="the setting upwards")
    parser.add_argument("--column", default="outage_s", help="of the outcome (outage_s)")
    parser.add_argument("--quantile", type=float, default=0.99, help="from 0 to 1 (0.99)")
    wish = parser.parse_args(arguments)
    if not 0.0 < wish.quantile < 1.0:
        parser.error(f"--quantile is {wish.quantile}; it must lie between 0 and 1")
    what = (wish.x, wish.y, wish.column, wish.quantile)
    return figures.report(
        "heat_map",
        lambda: figures.write(
            "heat_map",
            lambda frame: draw(frame, *what),
            lambda frame: cells_of(frame, *what),
            figures.load(wish.store),
            wish.output,
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
