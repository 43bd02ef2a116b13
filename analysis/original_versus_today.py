# SPDX-License-Identifier: MIT
"""What each addition to the bare method buys, and what it costs.

    ./dev python analysis/original_versus_today.py [--runs N] [--output FILE.png] [--store STORE]

Runs pairs with `method = "original"`, with one addition after the other on top of it, and as they
are today, through the same troubles with the same draws, in virtual time. Prints the means, and
writes the figure and, beside it, FILE.csv, the numbers behind it.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import tree  # noqa: F401  (puts understudy in reach)

import pandas as pd
import style
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import understudy
from understudy import statistics

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SEED = 1


# ---- the troubles --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trouble:
    """One thing that goes wrong, in a run that ends when all of it is over."""

    name: str
    meaning: str
    fault: str  # the table of a scenario file, but for `at`

    def scenario(self) -> understudy.Scenario:
        text = f"""
            [run]
            duration = "150s"
            [[fault]]
            at = {{ uniform = ["30s", "31s"] }}
            {self.fault}
        """
        return understudy.parse(text, self.name)


LOSS_S, LOSS = 60.0, 0.05

TROUBLES = (
    Trouble(
        "loss",
        f"{100 * LOSS:g} % of all packets are lost for {LOSS_S:g} s",
        f'kind = "loss"\nprobability = {LOSS:g}\nfor = "{LOSS_S:g}s"',
    ),
    Trouble(
        "partition",
        "the servers do not hear each other for 10 s; clients reach both",
        'kind = "partition"\nfrom = ["first"]\nto = ["second"]\nfor = "10s"',
    ),
    Trouble(
        "long partition",
        "the same for 60 s, so that the booted server strikes back",
        'kind = "partition"\nfrom = ["first"]\nto = ["second"]\nfor = "60s"',
    ),
    Trouble(
        "double power cut",
        "both servers lose their power at once, and it returns after 5 s",
        'kind = "crash"\ntarget = "pair"\nfor = "5s"',
    ),
    Trouble(
        "pause",
        "the primary, a virtual machine, stands still for 0.1 to 3 s",
        'kind = "pause"\nfor = { uniform = ["100ms", "3s"] }',
    ),
    Trouble("crash", "the primary loses its power, and the monitor is right", 'kind = "crash"'),
)


# ---- the ladder ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rung:
    """An addition, which comes on top of all before it."""

    name: str
    keys: tuple[str, ...]  # of `pair`, that have today's value from here on


ORIGINAL, TODAY = "original", "today"

LADDER = (
    Rung(ORIGINAL, ()),
    Rung("+ 3 misses, 3 probes", ("misses", "probes")),
    Rung("+ fence first", ("takeover", "fence_mode")),
    Rung("+ keep announcing", ("announce_interval",)),
    Rung("+ notice conflicts", ("conflict_detection",)),
    Rung("+ let the other boot", ("startup_grace", "monitor_grace", "max_boots", "boots_window")),
    Rung("+ newer memory wins", ("newer_memory_wins",)),
    # The rest, with which nothing is left of `original` but its name.
    Rung(TODAY, ("watch_monitor", "asleep_after", "own_link")),
)


def climb(scenario: understudy.Scenario) -> dict[str, understudy.Scenario]:
    """The scenario on each rung of the ladder, by the rung's name."""
    values: dict[str, object] = {"pair.method": "original"}
    rungs = {}
    for rung in LADDER:
        values |= {f"pair.{key}": scenario.setting(f"pair.{key}") for key in rung.keys}
        rungs[rung.name] = scenario.replace(values)
    return rungs


# ---- the measures --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measure:
    """One number a run."""

    name: str
    title: str
    unit: str
    of: Callable[[pd.DataFrame, understudy.Scenario], pd.Series]


def _unanswered(runs: pd.DataFrame, scenario: understudy.Scenario) -> pd.Series:
    """All outages of a run together; ``outage_s`` is that of its first lost request."""
    return runs["lost_requests"] * scenario.service.request_interval


MEASURES = (
    Measure("false_failovers", "False failovers", "", lambda runs, _: runs["false_failovers"]),
    Measure("dual_primary_s", "Two primaries", "s", lambda runs, _: runs["dual_primary_s"]),
    Measure("lost_writes", "Lost writes", "", lambda runs, _: runs["lost_writes"]),
    Measure("outage_s", "Outage", "s", _unanswered),
    Measure("boots", "Power cycles", "", lambda runs, _: runs["boots"]),
)


def numbers_of(runs: int, store: understudy.Store) -> pd.DataFrame:
    """Make the runs, or take them from the store, and take their means.

    Returns
    -------
    DataFrame
        One row for each trouble, method and measure, in their order: how many runs there are, in
        how many of them the measure is above 0 (``above_0``), its mean and the 95 % confidence
        interval of that (``low``, ``high``). ``outage_s`` is the time that a client asked in vain.
    """
    rows = []
    for trouble in TROUBLES:
        for method, scenario in climb(trouble.scenario()).items():
            frame = understudy.sweep(
                scenario, {}, runs=runs, seed=SEED, store=store, progress=False
            )
            for measure in MEASURES:
                sample = measure.of(frame, scenario)
                mean = statistics.mean(sample)
                rows.append({
                    "trouble": trouble.name,
                    "method": method,
                    "measure": measure.name,
                    "runs": len(sample),
                    "above_0": int((sample > 0).sum()),
                    "mean": mean.value,
                    "low": mean.low,
                    "high": mean.high,
                })  # fmt: skip
    return pd.DataFrame(rows)


Numbers = Mapping[tuple[str, str, str], pd.Series]


def by_name(numbers: pd.DataFrame) -> Numbers:
    """The rows by trouble, method and measure."""
    return {
        (row["trouble"], row["method"], row["measure"]): row for _, row in numbers.iterrows()
    }


# ---- as text -------------------------------------------------------------------------------------


def digits_of(value: float) -> int:
    """After the point, for three figures or so."""
    return next((digits for digits, least in enumerate((100, 10, 0.1)) if value >= least), 3)


def text_of(value: float) -> str:
    if 0.0 < value < 0.0005:
        return "<0.001"
    return f"{value:,.{digits_of(value)}f}" if value else "0"


def table(numbers: pd.DataFrame) -> str:
    """All means, each with half the width of its interval where it has one."""
    rows = by_name(numbers)
    units = [f"[{measure.unit}]" if measure.unit else "" for measure in MEASURES]
    lines = [
        f"{'':20}" + "".join(f"{measure.title:>16}" for measure in MEASURES),
        f"{'':20}" + "".join(f"{unit:>16}" for unit in units).rstrip(),
    ]
    for trouble in TROUBLES:
        lines += ["", f"{trouble.name}: {trouble.meaning}"]
        for rung in LADDER:
            cells = ""
            for measure in MEASURES:
                row = rows[trouble.name, rung.name, measure.name]
                half = (row["high"] - row["low"]) / 2.0
                always = half < 1e-9 * row["mean"] or not row["mean"]  # the same in all runs
                cell = text_of(row["mean"]) + ("" if always else f" ± {text_of(half)}")
                cells += f"{cell:>16}"
            lines.append(f"{rung.name:20}{cells}")
    return "\n".join(lines)


def markdown(numbers: pd.DataFrame) -> str:
    """Only both ends of the ladder, one row a trouble."""
    rows = by_name(numbers)
    titles = [m.title.lower() + (f" [{m.unit}]" if m.unit else "") for m in MEASURES]
    lines = [f"| original → today | {' | '.join(titles)} |", "| --- |" + " ---: |" * len(MEASURES)]
    for trouble in TROUBLES:
        cells = [
            " → ".join(
                text_of(rows[trouble.name, end, measure.name]["mean"]) for end in (ORIGINAL, TODAY)
            )
            for measure in MEASURES
        ]
        lines.append(f"| {trouble.name} | {' | '.join(cells)} |")
    return "\n".join(lines)


# ---- as a picture --------------------------------------------------------------------------------

LEAST_SCALE = 0.01  # a cell whose bars are all shorter shows that they are next to nothing


def plot_cell(ax: Axes, numbers: Numbers, trouble: Trouble, measure: Measure) -> Axes:
    """Draw one measure under one trouble: a bar a rung, from `original` down to today."""
    rows = [numbers[trouble.name, rung.name, measure.name] for rung in LADDER]
    means = [row["mean"] for row in rows]
    below = [row["mean"] - row["low"] for row in rows]
    above = [row["high"] - row["mean"] for row in rows]
    places = range(len(LADDER))
    palette = style.ordered_colours(len(LADDER))
    ends = (0, len(LADDER) - 1)
    colours = [palette[i] if i in ends else style.paler(palette[i]) for i in places]
    ax.barh(places, means, xerr=[below, above], height=0.72, color=colours,
            error_kw={"ecolor": style.INK, "elinewidth": 0.7})  # fmt: skip
    longest = max(row["high"] for row in rows)
    for place, row in zip(places, rows):
        ax.annotate(
            text_of(row["mean"]),
            (row["high"], place),
            xytext=(3, 0),
            textcoords="offset points",
            va="center_baseline",
            fontsize=7.0,
            color=style.darker(palette[place]) if row["mean"] else style.FAINT,
            fontweight="bold" if place in ends else "normal",
        )
    ax.set_xlim(0.0, 1.5 * max(longest, LEAST_SCALE))
    ax.set_ylim(len(LADDER) - 0.5, -0.5)
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(axis="y", length=0, labelsize=7.0)
    return ax


def draw(numbers: pd.DataFrame) -> Figure:
    """The whole figure: a row a trouble, a column a measure, each cell to its own scale."""
    rows = by_name(numbers)
    figure = Figure(figsize=(9.6, 10.8))
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(TROUBLES), len(MEASURES), sharey=True)
    figure.subplots_adjust(
        left=0.135, right=0.995, bottom=0.01, top=0.915, wspace=0.08, hspace=0.21
    )
    for line, trouble in zip(axes, TROUBLES):
        for ax, measure in zip(line, MEASURES):
            plot_cell(ax, rows, trouble, measure)
        line[0].set_yticks(range(len(LADDER)), [rung.name for rung in LADDER])
        name = trouble.name[0].upper() + trouble.name[1:]
        line[0].set_title(f"{name}: {trouble.meaning}", fontsize=9.0)
    for ax, measure in zip(axes[0], MEASURES):
        ax.annotate(
            measure.title + (f" [{measure.unit}]" if measure.unit else ""),
            (0.0, 1.0),
            xycoords="axes fraction",
            xytext=(0, 27),
            textcoords="offset points",
            fontsize="large",
            fontweight="bold",
        )
    figure.suptitle(
        "One addition after the other, from the bare method to today's: means of "
        f"{numbers['runs'].min():,} runs in virtual time, with 95 % intervals",
        x=0.01, y=0.99, ha="left", fontsize="medium",
    )  # fmt: skip
    return figure


def write(numbers: pd.DataFrame, picture: Path) -> list[Path]:
    """Write the picture and, beside it, its numbers, and say which files these are."""
    picture.parent.mkdir(parents=True, exist_ok=True)
    behind = picture.with_suffix(".csv")
    numbers.to_csv(behind, index=False, float_format="%.6g")
    with style.house_style():
        # A page wide in the README: more dots would only make the file larger.
        draw(numbers).savefig(
            picture, dpi=125, metadata={"Software": None}, pil_kwargs={"optimize": True}
        )
    return [picture, behind]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--runs", type=int, default=500, help="for each bar (default: 500)")
    parser.add_argument(
        "--output", type=Path, default=tree.ROOT / "docs" / "original_versus_today.png",
        metavar="FILE.png", help="the figure (default: docs/original_versus_today.png)",
    )  # fmt: skip
    parser.add_argument("--store", default=":memory:", help="keep the runs, and use those it has")
    parser.add_argument("--markdown", action="store_true", help="print README.md's table instead")
    options = parser.parse_args(arguments)
    try:
        if options.output.suffix != ".png":
            raise understudy.BadInput(f"{options.output}: the figure is a .png")
        with understudy.Store(options.store) as store:
            numbers = numbers_of(options.runs, store)
        print(markdown(numbers) if options.markdown else table(numbers), end="\n\n")
        for path in write(numbers, options.output):
            print(f"wrote {os.path.relpath(path)}")
    except (understudy.BadInput, understudy.RunFailed, OSError) as error:
        print(f"original_versus_today.py: {error}", file=sys.stderr)
        return 2 if isinstance(error, understudy.BadInput) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
