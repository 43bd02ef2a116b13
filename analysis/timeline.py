# SPDX-License-Identifier: MIT
"""One run from its faults to its end: what both servers were, what the client got, what was wrong.

    ./dev python analysis/timeline.py scenarios/crash.toml --run 17 [--substrate ns3] [--output DIR]

    ./dev python analysis/timeline.py --store STORE [--worst outage_s] [--output DIR]

Draws a run of a scenario, or of a store the run that was worst by a column. Writes timeline.png and
.pdf, and timeline.csv with the spans that are drawn.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import tree  # noqa: F401  (puts understudy in reach)

import figures
import pandas as pd
import style
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

import understudy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Told apart by everybody (after Okabe and Ito), the light ones for what is only on its way.
COLOURS = {
    "primary": "#0072b2",
    "monitor": "#e69f00",
    "arbitrating": "#f7d9a0",
    "fencing": "#cc79a7",
    "restarting": "#cc79a7",
    "handing over": "#99c7e0",
    "taking over": "#99c7e0",
    "booting": "#d9d9d9",
}
FAULT, UNANSWERED = "#d55e00", "#d55e00"
SERVERS = ("first", "second")


def plot_timeline(ax: Axes, timeline: understudy.Timeline, *, begin_s: float, end_s: float) -> Axes:
    """Draw the lanes of a run between two instants.

    A broad bar a server in the colour of its role, with a frame where its kernel stands still; a
    thin line beneath it where it holds the primary address, so that two at once are seen; a lane
    for the client, red where its requests get no answers; faults as shades behind all of them.

    Parameters
    ----------
    ax : Axes
    timeline : Timeline
    begin_s, end_s : float
        Of the part that is drawn, in seconds of the run.
    """
    lanes = {"first": 2.0, "second": 1.0, "client": 0.0}
    shown = timeline.spans[(timeline.spans.end_s > begin_s) & (timeline.spans.begin_s < end_s)]
    for span in shown.itertuples():
        left, width = span.begin_s, span.end_s - span.begin_s
        if span.lane == "state" and span.what != "off":
            ax.barh(lanes[span.who], width, left=left, height=0.5, color=COLOURS[span.what],
                    linewidth=0)
        elif span.lane == "holds" and span.what == "primary":
            ax.barh(lanes[span.who] - 0.34, width, left=left, height=0.09,
                    color=style.darker(COLOURS["primary"]), linewidth=0)
        elif span.lane == "frozen":
            ax.barh(lanes[span.who], width, left=left, height=0.5, fill=False, hatch="////",
                    edgecolor=style.INK, linewidth=0.8)
        elif span.lane == "unanswered":
            ax.barh(lanes["client"], width, left=left, height=0.3, color=UNANSWERED, linewidth=0)
        elif span.lane == "fault":
            ax.axvspan(left, span.end_s, color=FAULT, alpha=0.10, linewidth=0, zorder=0)
    answered = ax.barh(lanes["client"], end_s - begin_s, left=begin_s, height=0.3, color="#009e73",
                       linewidth=0, zorder=0.5)
    answered[0].set_alpha(0.55)
    _name_faults(ax, shown, begin_s, end_s)
    ax.set_yticks(list(lanes.values()), list(lanes))
    ax.set_xlim(begin_s, end_s)
    ax.set_ylim(-0.6, 2.6)
    ax.xaxis.set_major_locator(MaxNLocator(8))
    ax.set_xlabel("time of the run [s]")
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    return ax


def _name_faults(ax: Axes, shown: pd.DataFrame, begin_s: float, end_s: float) -> None:
    """Above the lanes, each in a row of its own where they would touch."""
    faults = shown[shown.lane == "fault"].sort_values("begin_s")
    row_ends: list[float] = []
    for span in faults.itertuples():
        at = max(span.begin_s, begin_s)
        text = f"{span.what} of {span.who}"
        reach = at + 0.011 * len(text) * (end_s - begin_s)
        row = next((i for i, end in enumerate(row_ends) if at > end), len(row_ends))
        row_ends[row:] = [reach, *row_ends[row + 1 :]]
        ax.annotate(text, (at, 1.0), xycoords=("data", "axes fraction"), xytext=(1, 3 + 11 * row),
                    textcoords="offset points", color=style.darker(FAULT), fontsize=8.0,
                    annotation_clip=False)


def _explain(ax: Axes, timeline: understudy.Timeline) -> None:
    """Beneath the picture: the colours that are in it."""
    states = timeline.spans[timeline.spans.lane == "state"].what.unique()
    handles = [
        Patch(color=COLOURS[name], label=name) for name in COLOURS if name in states
    ]
    lanes = set(timeline.spans.lane)
    handles.append(Patch(color=style.darker(COLOURS["primary"]), label="holds the primary address"))
    if "frozen" in lanes:
        handles.append(Patch(fill=False, hatch="////", edgecolor=style.INK, label="frozen"))
    handles.append(Patch(color="#009e73", alpha=0.55, label="client answered"))
    if "unanswered" in lanes:
        handles.append(Patch(color=UNANSWERED, label="requests lost"))
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(0.0, -0.28), ncols=4,
              frameon=False, fontsize=8.0, borderaxespad=0.0)


def moments_of(timeline: understudy.Timeline) -> tuple[float, float]:
    """From just before the first fault to just after the last change: what is worth a picture."""
    spans = timeline.spans
    changes = [*spans.begin_s, *spans.end_s]
    inner = [at for at in changes if 0.0 < at < timeline.end_s]
    if not inner:
        return 0.0, timeline.end_s
    margin = max(0.08 * (max(inner) - min(inner)), 0.05)
    return max(min(inner) - margin, 0.0), min(max(inner) + margin, timeline.end_s)


def draw(timeline: understudy.Timeline, heading: str) -> Figure:
    """The whole run above, and its first outage, where there is one, enlarged beneath."""
    outages = timeline.spans[timeline.spans.lane == "unanswered"]
    figure = Figure(figsize=(9.6, 5.6 if len(outages) else 3.4), layout="constrained")
    axes = figure.subplots(2 if len(outages) else 1, 1, squeeze=False)[:, 0]
    begin, end = moments_of(timeline)
    plot_timeline(axes[0], timeline, begin_s=begin, end_s=end)
    axes[0].set_title("From the first change to the last", pad=16.0)
    if len(outages):
        longest = outages.loc[(outages.end_s - outages.begin_s).idxmax()]
        margin = 0.25 * (longest.end_s - longest.begin_s)
        plot_timeline(
            axes[1],
            timeline,
            begin_s=max(longest.begin_s - margin, 0.0),
            end_s=min(longest.end_s + margin, timeline.end_s),
        )
        axes[1].set_title("Its longest outage", pad=16.0)
    _explain(axes[-1], timeline)
    figure.suptitle(heading, x=0.01, ha="left", fontsize="medium")
    return figure


def write(timeline: understudy.Timeline, heading: str, folder: Path) -> list[Path]:
    """Write timeline.png, .pdf and .csv into a folder, and say which files these are."""
    numbers = folder / "timeline.csv"
    with style.house_style():
        figure = draw(timeline, heading)
        folder.mkdir(parents=True, exist_ok=True)
        timeline.spans.to_csv(numbers, index=False)
        return [*style.save(figure, folder / "timeline"), numbers]


def worst_of(path: Path, column: str) -> tuple[understudy.Scenario, int, int, str]:
    """Scenario, run, seed and substrate of the run of a store whose column is greatest.

    Raises
    ------
    BadInput
        If there is no such store, no such column, or nothing was measured in it.
    """
    frame = figures.load(path)
    if column not in frame or not pd.api.types.is_numeric_dtype(frame[column]):
        raise understudy.BadInput(f"--worst: {column}: no column of numbers in {path}")
    worst: tuple[float, understudy.Experiment, int] | None = None
    with understudy.Store(path) as store:
        for experiment in store.experiments():
            values = store.get(experiment, range(1, 2**63 - 1))[column].dropna()
            if len(values) and (worst is None or values.max() > worst[0]):
                worst = float(values.max()), experiment, int(values.idxmax())
    if worst is None:
        raise understudy.BadInput(f"--worst: {column}: measured in no run of this version's")
    _, experiment, run = worst
    return experiment.scenario, run, experiment.seed, experiment.substrate


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("scenario", type=Path, nargs="?", help="a scenario's file")
    what.add_argument("--store", type=Path, help="a store of runs, made by understudy.sweep")
    parser.add_argument("--worst", default="outage_s", metavar="COLUMN", help="of a store's runs")
    parser.add_argument("--run", type=int, default=1, help="of a scenario (1)")
    parser.add_argument("--seed", type=int, default=1, help="of a scenario's draws (1)")
    parser.add_argument("--substrate", default="virtual", help="virtual or ns3 (virtual)")
    parser.add_argument("--output", type=Path, default=Path(), metavar="DIR", help="default: here")
    wish = parser.parse_args(arguments)

    def make() -> list[Path]:
        if wish.store is not None:
            scenario, run, seed, substrate = worst_of(wish.store, wish.worst)
        else:
            scenario, run = understudy.load(wish.scenario), wish.run
            seed, substrate = wish.seed, wish.substrate
        told = understudy.timeline(scenario, run=run, seed=seed, substrate=substrate)
        heading = f"Scenario {scenario.name}, run {run} of seed {seed}, {substrate}"
        return write(told, heading, wish.output)

    return figures.report("timeline", make)


if __name__ == "__main__":
    sys.exit(main())
