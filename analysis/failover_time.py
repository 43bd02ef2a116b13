# SPDX-License-Identifier: MIT
"""How long a failover takes: the distributions of detection time and outage.

    /usr/bin/python3 analysis/failover_time.py --store STORE [--output DIR]

Reads a store of runs (understudy.sweep) and writes failover_time.png and .pdf, one line a setting,
and failover_time.csv, the figures behind them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import tree  # noqa: F401  (puts understudy in reach)

import figures
import numpy as np
import pandas as pd
import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

import understudy
from settings import name_of, settings_of, text_of
from understudy import statistics

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Measure:
    """A column of the outcome, and how a figure speaks of it."""

    column: str
    title: str
    meaning: str


DETECTION = Measure(
    "detection_s", "Detection time", "from the fault until the failure is declared"
)
TAKEOVER = Measure("takeover_s", "Takeover", "from then until the address is claimed")
OUTAGE = Measure("outage_s", "Outage", "between the last answer to a client and the next")

MEASURES = (DETECTION, OUTAGE)  # that the figure shows
QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
MARKED = {0.5: "o", 0.99: "D"}
BROAD, THIN = 5.0, 1.6  # points


@dataclass(frozen=True)
class Unit:
    """Of the axis of time."""

    name: str
    seconds: float


@dataclass(frozen=True)
class Line:
    """The runs that one line is drawn from."""

    place: int  # among the settings, in their order
    label: str
    substrate: str
    runs: pd.DataFrame

    def sample(self, measure: Measure) -> pd.Series:
        """Seconds by run; ``inf`` for what lasted longer than the run."""
        values = self.runs[measure.column]
        if measure == OUTAGE:
            values = statistics.beyond_the_run(values, self.runs["censored"])
        return pd.Series(np.asarray(values), index=self.runs["run"])


def lines_of(frame: pd.DataFrame) -> Iterator[Line]:
    """One line for each combination of settings and substrate, in their order."""
    settings = settings_of(frame)
    by = settings or ["scenario"]
    groups = frame.groupby(by[0] if len(by) == 1 else by, sort=True, dropna=False)
    for place, (values, of_setting) in enumerate(groups):
        values = values if isinstance(values, tuple) else (values,)
        label = ", ".join(map(text_of, settings, values)) if settings else str(values[0])
        for substrate in understudy.SUBSTRATES:
            runs = of_setting[of_setting["substrate"] == substrate]
            if len(runs):
                yield Line(place, label, substrate, runs)


def numbers_behind(frame: pd.DataFrame) -> pd.DataFrame:
    """The figures that the picture shows.

    Returns
    -------
    DataFrame
        One row for each setting, substrate and measure: how many runs there are, in how many it
        was measured, and its quantiles in seconds (``p50_s`` …), for those that are marked with
        the 95 % confidence interval (``p50_low_s``, ``p50_high_s``).
    """
    rows = []
    for line in lines_of(frame):
        for measure in MEASURES:
            sample = line.sample(measure)
            measured = int(sample.count())
            row = {
                "setting": line.label,
                "substrate": line.substrate,
                "measure": measure.column,
                "runs": len(sample),
                "measured": measured,
            }
            for p in QUANTILES if measured else ():
                estimate = statistics.quantile(sample, p)
                row[f"p{100 * p:g}_s"] = estimate.value
                if p in MARKED:
                    row[f"p{100 * p:g}_low_s"] = estimate.low
                    row[f"p{100 * p:g}_high_s"] = estimate.high
            rows.append(row)
    return pd.DataFrame(rows)


def plot_ecdf(ax: Axes, sample: Sequence[float], *, colour: str, width: float) -> Axes:
    """Draw the distribution of one sample as a staircase, with its marks.

    Parameters
    ----------
    ax : Axes
    sample : sequence of float
        NaN is left out; with ``inf`` the line ends below 1.
    colour : colour of Matplotlib
    width : float
        Of the line, in points.
    """
    curve = statistics.ecdf(sample)
    if curve.values.size == 0:  # all of them longer than could be measured
        return ax
    ax.step(
        np.append(curve.values[0], curve.values),
        np.append(0.0, curve.probabilities),
        where="post",
        color=colour,
        linewidth=width,
    )
    for p, marker in MARKED.items():
        ax.plot(
            statistics.quantile(sample, p).value,
            p,
            marker=marker,
            markersize=5.5,
            markerfacecolor="white",
            markeredgecolor=colour,
            markeredgewidth=1.4,
            zorder=4,
            clip_on=False,
        )
    return ax


def plot_measure(ax: Axes, lines: Sequence[Line], measure: Measure) -> Axes:
    """Draw one measure: a line a setting, each with its label at its upper end.

    Where there are two substrates, virtual time is the broad pale line and ns-3 the thin one in
    it: as long as it lies within, they agree.
    """
    measured = [line for line in lines if line.sample(measure).count()]
    if not measured:
        ax.annotate("not measured", (0.5, 0.5), xycoords="axes fraction", color=style.FAINT)
    palette = style.ordered_colours(1 + max((line.place for line in lines), default=0))
    several = len({line.substrate for line in lines}) > 1
    for p in MARKED:
        ax.axhline(p, color=style.HAIRLINE, linewidth=0.8, zorder=0)
    for line in measured:
        broad = several and line.substrate == "virtual"
        colour = style.paler(palette[line.place]) if broad else palette[line.place]
        plot_ecdf(ax, line.sample(measure), colour=colour, width=BROAD if broad else THIN)
    _label_ends(ax, measured, measure, palette)
    return ax


def _label_ends(
    ax: Axes, lines: Sequence[Line], measure: Measure, palette: Sequence[str]
) -> None:
    """Write each setting above the upper end of its line, in as many rows as that takes."""
    ends: dict[int, tuple[float, str]] = {}
    for line in lines:
        curve = statistics.ecdf(line.sample(measure))
        if curve.values.size:
            ends[line.place] = (float(curve.values[-1]), line.label)
    row_ends: list[float] = []  # in pixels
    for place, (x, label) in sorted(ends.items(), key=lambda item: item[1][0]):
        text = ax.annotate(
            label,
            (x, 1.0),
            xytext=(0, 9),
            textcoords="offset points",
            ha="center",
            va="bottom",
            color=style.darker(palette[place]),
            fontweight="bold",
            fontsize=8.5,
            annotation_clip=False,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
            arrowprops={
                "arrowstyle": "-", "color": palette[place], "linewidth": 0.8, "shrinkA": 0.0,
                "shrinkB": 5.0,
            },
        )  # fmt: skip
        box = text.get_window_extent(ax.figure.canvas.get_renderer())
        row = next((i for i, end in enumerate(row_ends) if box.x0 > end), len(row_ends))
        row_ends[row:] = [box.x1 + 6.0, *row_ends[row + 1 :]]
        text.xyann = (0, 9 + 13 * row)
        text.set_zorder(10 - 0.01 * row)  # a line to a label passes behind those below it


def _dress(ax: Axes, measure: Measure, unit: Unit) -> None:
    ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x / unit.seconds:g}"))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{100 * y:g} %"))
    ax.set_yticks([0.0, 0.25, 0.5, 0.75, 1.0])
    ax.spines["left"].set_bounds(0.0, 1.0)
    ax.set_xlabel(f"{measure.meaning} [{unit.name}]")


def _explain(ax: Axes, lines: Sequence[Line]) -> None:
    """To the right of the last panel: what the marks and the two kinds of line are."""
    for p, name in ((0.5, "○ median"), (0.99, "◇ 99th percentile")):
        ax.annotate(
            name,
            (1.0, p),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=style.FAINT,
        )
    if len({line.substrate for line in lines}) > 1:
        broad = Line2D([], [], color=style.paler(style.FAINT), linewidth=BROAD)
        thin = Line2D([], [], color=style.FAINT, linewidth=THIN)
        ax.legend(
            [broad, thin],
            ["virtual time", "ns-3, within it"],
            loc="lower left",
            bbox_to_anchor=(1.0, 0.0),
            frameon=False,
            labelcolor=style.FAINT,
        )


def _heading(frame: pd.DataFrame, lines: Sequence[Line]) -> str:
    names = " and ".join(frame["scenario"].unique())
    settings = [name_of(setting) for setting in settings_of(frame)]
    a_line = f", a line for each {' and '.join(settings)}" if settings else ""
    runs = min(len(line.runs) for line in lines)
    return f"Scenario {names}{a_line}, {runs:,} runs a line"


def draw(frame: pd.DataFrame) -> Figure:
    """The whole figure of a loaded store: detection time on the left, outage on the right."""
    lines = list(lines_of(frame))
    figure = Figure(figsize=(9.6, 4.4), layout="constrained")
    FigureCanvasAgg(figure)  # measures the labels
    axes = figure.subplots(1, len(MEASURES), sharex=True, sharey=True)
    longest = max(_longest(line.sample(measure)) for line in lines for measure in MEASURES) or 1.0
    axes[0].set_xlim(0.0, 1.04 * longest)
    axes[0].set_ylim(0.0, 1.0)
    unit = Unit("ms", 1e-3) if longest < 1.0 else Unit("s", 1.0)
    for ax, measure in zip(axes, MEASURES):
        plot_measure(ax, lines, measure)
        _dress(ax, measure, unit)
        labels = max((text.xyann[1] for text in ax.texts), default=0.0)
        ax.set_title(measure.title, pad=20.0 + labels)
    axes[0].set_ylabel("runs that took no longer")
    _explain(axes[-1], lines)
    figure.suptitle(_heading(frame, lines), x=0.01, ha="left", fontsize="medium")
    return figure


def _longest(sample: pd.Series) -> float:
    finite = sample[np.isfinite(sample)]
    return float(finite.max()) if len(finite) else 0.0


def write(frame: pd.DataFrame, folder: Path) -> list[Path]:
    """Write the picture and its numbers into a folder, and say which files these are."""
    return figures.write("failover_time", draw, numbers_behind, frame, folder)


def main(arguments: Sequence[str] | None = None) -> int:
    return figures.main(__doc__, "failover_time", draw, numbers_behind, arguments)


if __name__ == "__main__":
    sys.exit(main())
