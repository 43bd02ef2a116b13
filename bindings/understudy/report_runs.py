# SPDX-License-Identifier: MIT
"""Which runs of a store are worth a look, and what happened in them, as data for a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from understudy import statistics
from understudy._virtual import BadInput
from understudy.store import Experiment
from understudy.timelines import Timeline, timeline
from understudy.work import check_substrate

__all__ = ["Kept", "Notable", "notable_runs", "told"]

MOST_SPANS = 3000  # of one run, and as many lines: what a browser draws without a pause

MOST_PINGS = 1e6  # of a run that is told: each is kept meanwhile, in half a kilobyte
_NANOSECOND_S = 1e-9


@dataclass(frozen=True)
class Kept:
    """An experiment of a store, with its runs as :func:`understudy.run` returns them."""

    experiment: Experiment
    runs: pd.DataFrame


@dataclass(frozen=True)
class Notable:
    """A run, and what makes it one of the slowest or worst.

    Attributes
    ----------
    experiment : Experiment
    run : int
    outcome : Series
        The row of the run.
    reasons : list of str
        Such as "2nd longest outage".
    """

    experiment: Experiment
    run: int
    outcome: pd.Series
    reasons: list[str] = field(default_factory=list)


# The slowest first, then what must not happen at all.
_CRITERIA = {
    "outage_s": "longest outage",
    "dual_primary_s": "longest time with two primaries",
    "lost_writes": "most lost writes",
    "false_failovers": "most false failovers",
}


def notable_runs(kept: Sequence[Kept], most: int) -> list[Notable]:
    """The runs that are among the `most` worst by outage, two primaries, lost writes or false
    failovers; each once, and none for what did not happen in it."""
    found: dict[tuple[int, int], Notable] = {}
    for column, reason in _CRITERIA.items():
        for place, (number, run) in enumerate(_worst_by(column, kept, most), start=1):
            of_run = kept[number]
            notable = Notable(of_run.experiment, run, of_run.runs.loc[run])
            found.setdefault((number, run), notable).reasons.append(_ranked(place, reason))
    return list(found.values())


def _worst_by(column: str, kept: Sequence[Kept], most: int) -> list[tuple[int, int]]:
    """Experiment and run; the first of equals, and outages beyond the end at the top."""
    tables = []
    for number, (runs, value) in enumerate((k.runs, k.runs[column]) for k in kept):
        rank = statistics.beyond_the_run(value, runs["censored"]) if column == "outage_s" else value
        table = pd.DataFrame({"rank": np.asarray(rank), "value": value, "number": number})
        table = table[table["value"] > 0].rename_axis("run").reset_index()
        tables.append(table.sort_values(["rank", "value"], ascending=False, kind="stable")[:most])
    if not tables:
        return []
    worst = pd.concat(tables).sort_values(["rank", "value"], ascending=False, kind="stable")
    return [(int(row.number), int(row.run)) for row in worst[:most].itertuples()]


def _ranked(place: int, reason: str) -> str:
    ordinal = {1: "", 2: "2nd ", 3: "3rd "}.get(place, f"{place}th ")
    return ordinal + reason


def told(notable: Notable) -> dict[str, Any]:
    """What happened in a run, for the page: seconds, spans and lines, or why it cannot be told."""
    experiment = notable.experiment
    duration, interval = experiment.scenario.run.duration, experiment.scenario.pair.ping_interval
    if duration > MOST_PINGS * interval:
        return {"untold": f"{duration / interval:.3g} pings are too many to keep while it is run again"}
    try:
        check_substrate(experiment.substrate)
    except BadInput as error:
        return {"untold": str(error)}
    run = timeline(experiment.scenario, notable.run, experiment.seed, experiment.substrate)
    return as_data(run)


def as_data(run: Timeline) -> dict[str, Any]:
    """A timeline as JSON has it; of a very eventful one the part around its longest outage."""
    begin, end = run.moments()
    outage = run.longest_outage()
    low, high = _part_that_fits(run, sum(outage) / 2.0 if outage else begin)
    spans = run.spans[(run.spans.end_s > low) & (run.spans.begin_s < high)]
    lines = run.lines[run.lines.time_s.between(low, high)]
    return {
        "whole": [low, high],
        "is_part": bool(low > 0.0 or high < run.end_s),
        "window": [max(begin, low), min(end, high)],
        "outage": outage,
        "spans": [
            [span.lane, span.who, span.what, _nanoseconds(span.begin_s), _nanoseconds(span.end_s)]
            for span in spans.itertuples()
        ],
        "lines": [[_nanoseconds(line.time_s), line.who, line.what] for line in lines.itertuples()],
    }


def _part_that_fits(run: Timeline, focus: float) -> tuple[float, float]:
    """The longest time around an instant with no more spans and lines than a page can show."""
    low, high = 0.0, run.end_s
    begins, ends = run.spans.begin_s.to_numpy(), run.spans.end_s.to_numpy()
    times = run.lines.time_s.to_numpy()
    for first, last in ((begins, ends), (times, times)):
        distance = np.maximum(np.maximum(first - focus, focus - last), 0.0)
        if distance.size > MOST_SPANS:
            first_without = float(np.partition(distance, MOST_SPANS)[MOST_SPANS])
            reach = first_without - _NANOSECOND_S
            low, high = max(low, focus - reach), min(high, focus + reach)
    return low, high


def _nanoseconds(seconds: float) -> float:
    return round(float(seconds), 9)
