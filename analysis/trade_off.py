# SPDX-License-Identifier: MIT
"""Quick or sure: the outage after a crash against false failovers, one point a way to ping.

    /usr/bin/python3 -m understudy advise ... --json > advice.json
    /usr/bin/python3 analysis/trade_off.py advice.json [--output FILE.png]

Draws an advice: what was wished for, all candidates, those that were simulated with their
intervals, and the choice. `python -m understudy advise ... --plot FILE.png` does both at once.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tree  # noqa: F401  (puts understudy in reach)

import numpy as np
import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from understudy.wording import YEAR_S, span

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

SIMULATED, CHOSEN, ALLOWED = "#0072b2", "#d55e00", "#e6f2ec"  # told apart by everybody
_AROUND = (1e-4, 1e5)  # of the wished rate: what is shown
_TICKS = {
    1.0: "a second", 60.0: "a minute", 3600.0: "an hour", 86400.0: "a day",
    30.0 * 86400.0: "a month", YEAR_S: "a year", 10.0 * YEAR_S: "10 years",
    100.0 * YEAR_S: "100 years", 1e3 * YEAR_S: "1000 years", 1e5 * YEAR_S: "10⁵ years",
    1e7 * YEAR_S: "10⁷ years",
}  # fmt: skip

Answer = Mapping[str, Any]  # an advice, as `python -m understudy advise --json` prints it


def best_of(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The points that no other is better than in both coordinates, by the first; shape (m, 2).

    Parameters
    ----------
    points : ndarray of float, shape (n, 2)
        Less is better.
    """
    ordered = points[np.lexsort((points[:, 1], points[:, 0]))]
    before = np.minimum.accumulate(np.append(np.inf, ordered[:-1, 1]))
    return ordered[ordered[:, 1] < before]


def trade_off(axes: Axes, answer: Answer) -> Axes:
    """Draw an advice."""
    wish = answer["wish"]
    rate, outage = wish["false_failovers_per_s"], wish["outage_s"]
    _limits(axes, answer)
    axes.fill_between(
        [0.0, outage], axes.get_ylim()[0], rate, color=ALLOWED, linewidth=0, zorder=0
    )
    axes.axhline(rate, color=style.FAINT, linewidth=0.8, zorder=1)
    axes.axvline(outage, color=style.FAINT, linewidth=0.8, zorder=1)
    _candidates(axes, answer)
    _simulated(axes, answer)
    _name_wishes(axes, outage, rate)
    axes.set_title("Quick or sure: one point is one way to ping")
    axes.set_xlabel(f"outage after a crash, {100 * wish['quantile']:g} % quantile [s]")
    axes.set_ylabel("a false failover every …")
    axes.legend(loc="upper right", frameon=True, framealpha=0.9, edgecolor="none", fontsize=8)
    return axes


def _limits(axes: Axes, answer: Answer) -> None:
    wish = answer["wish"]
    rate = wish["false_failovers_per_s"]
    shown = [a for a in answer["assessed"] if a["outage_s"]["value"] is not None]
    longest = max([wish["outage_s"], *(a["outage_s"]["value"] for a in shown)])
    axes.set_xlim(0.0, 1.08 * min(longest, 4.0 * wish["outage_s"]))
    axes.set_yscale("log")
    axes.set_ylim(rate * _AROUND[0], rate * _AROUND[1])
    ticks = {1.0 / every: name for every, name in _TICKS.items()}
    axes.yaxis.set_major_locator(LogLocator())
    axes.set_yticks([tick for tick in ticks if _AROUND[0] < tick / rate < _AROUND[1]])
    axes.yaxis.set_minor_locator(NullLocator())

    def named(tick: float, _: object) -> str:
        return next((name for at, name in ticks.items() if np.isclose(at, tick, 1e-6, 0.0)), "")

    axes.yaxis.set_major_formatter(FuncFormatter(named))


def _candidates(axes: Axes, answer: Answer) -> None:
    """All of them faintly, and the best of those that ping as often, for some ping intervals."""
    screened = answer["screened"]
    points = np.array([(s["outage_s"], s["false_failovers_per_s"]) for s in screened])
    if points.size == 0:
        return
    axes.scatter(*points.T, s=4, color=style.HAIRLINE, linewidths=0, zorder=2)
    every = np.array([s["ping_interval_s"] for s in screened])
    seen = (points[:, 0] < axes.get_xlim()[1]) & (points[:, 1] > axes.get_ylim()[0])
    seen &= points[:, 1] < axes.get_ylim()[1]
    intervals = _some(np.unique(every[seen]), answer["choice"] or answer["rarest"])
    for interval, colour in zip(intervals, style.ordered_colours(len(intervals))):
        best = best_of(points[every == interval])
        chosen = answer["choice"] and answer["choice"]["ping_interval_s"] == interval
        axes.step(
            *best.T, where="post", color=colour, linewidth=2.2 if chosen else 1.0, zorder=3,
            label=f"a ping every {span(interval)}",
        )  # fmt: skip


def _some(intervals: NDArray[np.float64], candidate: Answer | None) -> list[float]:
    """Few, far apart, and that of the candidate among them."""
    if intervals.size == 0:
        return []
    middle = candidate["ping_interval_s"] if candidate else intervals[0]
    wanted = middle * np.array([0.03, 0.1, 0.3, 1.0, 3.0, 10.0])
    apart = np.abs(np.log(intervals[:, np.newaxis] / wanted))
    return intervals[np.unique(apart.argmin(axis=0))].tolist()


def _simulated(axes: Axes, answer: Answer) -> None:
    chosen = answer["choice"]
    others = [assessed for assessed in answer["assessed"] if assessed != chosen]
    _bars(axes, others, SIMULATED, "o", 4.5, "simulated, with interval")
    if chosen:
        _bars(axes, [chosen], CHOSEN, "D", 8.0, "the choice")
        axes.annotate(
            _name(chosen),
            (chosen["outage_s"]["value"], chosen["false_failovers_per_s"]["value"]),
            xytext=(-8, -11), textcoords="offset points", ha="right", va="top", fontsize=8.5,
            color=style.darker(CHOSEN), fontweight="bold", zorder=6,
            bbox={"facecolor": "white", "alpha": 0.85, "edgecolor": "none", "pad": 1.5},
        )  # fmt: skip


def _bars(
    axes: Axes, assessed: Sequence[Answer], colour: str, marker: str, size: float, label: str
) -> None:
    """Points with the intervals of both figures; what has no finite figure is left out."""
    figures = [(a["outage_s"], a["false_failovers_per_s"]) for a in assessed]
    figures = [pair for pair in figures if all(f["value"] is not None for f in pair)]
    if not figures:
        return
    values = np.array([[f["value"] for f in pair] for pair in figures]).T
    bars = [
        [[f["value"] - (f["low"] if f["low"] is not None else 0.0) for f in column],
         [(f["high"] if f["high"] is not None else f["value"]) - f["value"] for f in column]]
        for column in zip(*figures)
    ]  # fmt: skip
    axes.errorbar(
        values[0], values[1], xerr=bars[0], yerr=bars[1], fmt=marker, markersize=size, color=colour,
        markeredgecolor="white", markeredgewidth=0.8, elinewidth=1.2, label=label, zorder=5,
    )  # fmt: skip


def _name(candidate: Answer) -> str:
    return (
        f"every {span(candidate['ping_interval_s'])}\nwithin {span(candidate['ping_timeout_s'])}\n"
        f"{candidate['misses']} misses"
    )


def _name_wishes(axes: Axes, outage: float, rate: float) -> None:
    pad = {
        "textcoords": "offset points", "fontsize": 8, "color": style.INK, "zorder": 4,
        "bbox": {"facecolor": "white", "alpha": 0.7, "edgecolor": "none", "pad": 1.0},
    }  # fmt: skip
    axes.annotate(
        f"wished: {span(outage)} at most", (outage, axes.get_ylim()[0]), xytext=(3, 5), rotation=90,
        ha="left", va="bottom", **pad,
    )  # fmt: skip
    axes.annotate(
        f"wished: one in {span(1.0 / rate)} at most", (0.0, rate), xytext=(5, -3), ha="left",
        va="top", **pad,
    )  # fmt: skip


def draw(answer: Answer, path: Path) -> None:
    """Write the picture of an advice.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    with style.house_style():
        figure = Figure(figsize=(6.4, 4.4), layout="constrained")
        FigureCanvasAgg(figure)
        trade_off(figure.add_subplot(), answer)
        figure.savefig(path, format="png", metadata={"Software": None})


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("advice", type=Path, help="what `understudy advise --json` printed")
    parser.add_argument("--output", type=Path, default=Path("trade_off.png"), metavar="FILE.png")
    said = parser.parse_args(arguments)
    try:
        answer = json.loads(said.advice.read_text(encoding="utf-8"))
        draw(answer, said.output)
    except (OSError, ValueError, KeyError) as error:
        print(f"{parser.prog}: {said.advice}: is no advice ({error})", file=sys.stderr)
        return 2
    print(said.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
