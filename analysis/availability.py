# SPDX-License-Identifier: MIT
"""How much of its requests a pair answers, against one of its timers.

    ./dev python analysis/availability.py --store STORE --against pair.ping_interval [--output DIR]

Reads a store of runs in which a setting was swept, and writes availability.png and .pdf, the share
of requests that were *not* answered with its interval (which has more to say than 99.99…), and
availability.csv, the figures behind them.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import tree  # noqa: F401  (puts understudy in reach)

import against
import figures
import pandas as pd
from matplotlib.ticker import FuncFormatter

from understudy import statistics
from understudy.statistics import Estimate

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def unanswered(runs: pd.DataFrame) -> Estimate | None:
    """The share of the requests of all runs that got no answer; None if there were none."""
    if not runs["requests"].sum():
        return None
    share = statistics.availability(runs["lost_requests"], runs["requests"])
    return Estimate(1.0 - share.value, 1.0 - share.high, 1.0 - share.low)


def draw(frame: pd.DataFrame, setting: str) -> Figure:
    """The whole figure of a loaded store, against one of its settings."""
    setting = against.setting_in(frame, setting)
    all_series = against.series_of(frame, setting, unanswered)
    figure = against.draw(frame, all_series, setting, "requests without an answer")
    (ax, *_) = figure.axes
    ax.set_ylim(bottom=0.0)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{100 * y:.3g} %"))
    return figure


def numbers_behind(frame: pd.DataFrame, setting: str) -> pd.DataFrame:
    """One row a mark: the share without an answer, and its 95 % interval."""
    setting = against.setting_in(frame, setting)
    return against.table_of(against.series_of(frame, setting, unanswered), setting, "unanswered")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = figures.parser_of(__doc__)
    parser.add_argument("--against", required=True, metavar="KEY", help="the setting that was swept")
    wish = parser.parse_args(arguments)
    return figures.report(
        "availability",
        lambda: figures.write(
            "availability",
            lambda frame: draw(frame, wish.against),
            lambda frame: numbers_behind(frame, wish.against),
            figures.load(wish.store),
            wish.output,
        ),
    )


if __name__ == "__main__":
    sys.exit(main())
