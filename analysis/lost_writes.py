# SPDX-License-Identifier: MIT
"""How many writes a failover loses, against how often the memory is copied.

    ./dev python analysis/lost_writes.py --store STORE [--output DIR]

Reads a store of runs in which `pair.copy_every` was swept, and writes lost_writes.png and .pdf, the
mean of a run with its interval, and lost_writes.csv, the figures behind them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import tree  # noqa: F401  (puts understudy in reach)

import against
import figures
import pandas as pd

from understudy import statistics

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SETTING = "pair.copy_every"


def mean_of(runs: pd.DataFrame) -> statistics.Estimate | None:
    """Of the writes that a run lost; None if it was not measured."""
    lost = runs["lost_writes"].dropna()
    return statistics.mean(lost) if len(lost) else None


def series_of(frame: pd.DataFrame) -> list[against.Series]:
    return against.series_of(frame, against.setting_in(frame, SETTING), mean_of)


def draw(frame: pd.DataFrame) -> Figure:
    """The whole figure of a loaded store."""
    figure = against.draw(frame, series_of(frame), SETTING, "writes lost in a run, mean")
    (ax, *_) = figure.axes
    ax.set_ylim(bottom=0.0)
    ax.set_xlabel("answered pings from one copy to the next")
    return figure


def numbers_behind(frame: pd.DataFrame) -> pd.DataFrame:
    """One row a mark: the mean of the writes lost, and its 95 % interval."""
    return against.table_of(series_of(frame), SETTING, "lost_writes")


def main(arguments: Sequence[str] | None = None) -> int:
    return figures.main(__doc__, "lost_writes", draw, numbers_behind, arguments)


if __name__ == "__main__":
    sys.exit(main())
