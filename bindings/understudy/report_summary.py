# SPDX-License-Identifier: MIT
"""The figures of a report: tables as HTML, and distributions as data for the page's drawings."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from understudy import palette, statistics
from understudy.labels import (
    DETECTION, OUTAGE, REDUNDANCY, TAKEOVER, Group, Measure, name_of, text_of,
)  # fmt: skip
from understudy.statistics import Ecdf, Estimate

__all__ = [
    "MOST_LINES", "MOST_POINTS", "distributions", "numbers_of_runs", "table_of_counts",
    "table_of_groups", "table_of_times", "thinned", "titles_of",
]  # fmt: skip

MEASURES = (DETECTION, TAKEOVER, OUTAGE, REDUNDANCY)  # of the table
QUANTILES = {0.5: "median", 0.99: "99 %"}
MOST_POINTS = 400  # of a line of a figure
MOST_LINES = 40  # of a figure
_DASHES = ("", "6 3", "2 3")  # by substrate


def titles_of(groups: Sequence[Group]) -> list[str]:
    """What tells each group from the others, in words: "ping interval 50 ms, misses 3"."""
    several = len({group.substrate for group in groups}) > 1
    scenarios = {g.place: " and ".join(g.runs["scenario"].unique()) for g in groups}
    names_suffice = len(set(scenarios.values())) == len(scenarios)
    names_help = len(set(scenarios.values())) > 1
    titles = []
    for group in groups:
        words = [scenarios[group.place]] if names_help or not group.settings else []
        if not (names_help and names_suffice):
            words += [f"{name_of(key)} {text_of(key, v)}" for key, v in group.settings.items()]
        titles.append(", ".join([*words, group.substrate] if several else words))
    return titles


def numbers_of_runs(runs: Iterable[int]) -> str:
    """1, 2, 3, 7 -> "1–3, 7" """
    ordered = np.unique(np.fromiter(runs, dtype=np.int64))
    stretches = np.split(ordered, np.flatnonzero(np.diff(ordered) > 1) + 1)
    return ", ".join(str(s[0]) if s.size == 1 else f"{s[0]}–{s[-1]}" for s in stretches)


def table_of_groups(groups: Sequence[Group]) -> str:
    """What was run: a row a group, with the settings that differ."""
    settings = list(groups[0].settings)
    heads = ["scenario", *settings, "substrate", "seed", "runs", "version"]
    rows = []
    for group in groups:
        runs = group.runs
        cells = [
            " and ".join(runs["scenario"].unique()),
            *(text_of(key, group.settings[key]) for key in settings),
            group.substrate,
            ", ".join(map(str, sorted(runs["seed"].unique()))),
            numbers_of_runs(runs["run"]),
            ", ".join(sorted(runs["version"].unique())),
        ]
        rows.append([f"<td>{escape(cell)}</td>" for cell in cells])
    caption = "The settings in which the scenarios differ" if settings else "One setting"
    return _table("groups", caption, [f'<th scope="col">{escape(h)}</th>' for h in heads], rows)


def table_of_times(groups: Sequence[Group], titles: Sequence[str]) -> str:
    """A row a group: the median and the 99 % quantile of each measure, with 95 % intervals."""
    above = "".join(
        f'<th scope="colgroup" colspan="{len(QUANTILES)}">{m.title} [s]</th>' for m in MEASURES
    )
    beneath = "".join(f'<th scope="col" class="number">{name}</th>' for name in QUANTILES.values())
    heads = [f'<th scope="col" rowspan="2">setting</th>{above}</tr><tr>{beneath * len(MEASURES)}']
    rows = []
    for group, title in zip(groups, titles):
        cells = [f'<th scope="row">{escape(title)}</th>']
        for measure in MEASURES:
            cells += [_quantile(group, measure, p) for p in QUANTILES]
        rows.append(cells)
    meanings = " ".join(f"{m.title}: {m.meaning}." for m in MEASURES)
    caption = (
        "Medians and 99 % quantiles in seconds, each with its 95 % interval and, where it was not "
        f"measured in all runs, in how many. {meanings}"
    )
    return _table("times", caption, heads, rows)


def _quantile(group: Group, measure: Measure, p: float) -> str:
    sample = group.sample(measure)
    measured = int(sample.count())
    if not measured:
        return '<td class="number">–<small>never measured</small></td>'
    estimate = statistics.quantile(sample, p)
    small = _interval(estimate)
    if measured < len(sample):
        small += f"<br>{measured:,} of {len(sample):,} runs"
    name = f'data-measure="{measure.column}" data-quantile="{p}"'
    return f'<td class="number" {name}>{_value(estimate.value)}<small>{small}</small></td>'


def _value(seconds: float) -> str:
    if not math.isfinite(seconds):
        return "beyond the run"
    return f'<data value="{seconds!r}">{_number(seconds)}</data>'


def _number(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 1e4 else f"{value:,.0f}"


def _interval(estimate: Estimate) -> str:
    below, above = math.isfinite(estimate.low), math.isfinite(estimate.high)
    if below and above:
        return f"{_number(estimate.low)} … {_number(estimate.high)}"
    if below:
        return f"at least {_number(estimate.low)}"
    return f"at most {_number(estimate.high)}" if above else "too few runs to say"


def table_of_counts(groups: Sequence[Group], titles: Sequence[str]) -> str:
    """A row a group: what must not happen, and how often it did."""
    heads = ["setting", "runs", "false failovers", "two primaries [s]", "lost writes"]
    heads += ["outages beyond the end", "power cycles"]
    rows = []
    for group, title in zip(groups, titles):
        runs = group.runs
        censored = np.asarray(runs["censored"], dtype=np.float64) > 0.0  # NaN: no outage at all
        rows.append([
            f'<th scope="row">{escape(title)}</th>',
            f'<td class="number">{len(runs):,}</td>',
            *(_count(runs, name) for name in ("false_failovers", "dual_primary_s", "lost_writes")),
            _total("censored", int(censored.sum()), int(censored.sum()), len(runs)),
            f'<td class="number">{runs["boots"].sum():,}</td>',
        ])  # fmt: skip
    caption = (
        "Totals of all runs; beneath them in how many runs it happened at all, and the 95 % "
        "interval of that share."
    )
    first, *numbers = heads
    cells = [f'<th scope="col" class="number">{head}</th>' for head in numbers]
    return _table("counts", caption, [f'<th scope="col">{first}</th>', *cells], rows)


def _count(runs: pd.DataFrame, column: str) -> str:
    values = runs[column]
    return _total(column, values.sum(), int((values > 0).sum()), len(runs))


def _total(column: str, total: Any, hits: int, runs: int) -> str:
    share = statistics.proportion(hits, runs)
    exact = total.item() if isinstance(total, np.generic) else total
    shown = f"{exact:,}" if isinstance(exact, int) else _number(exact)
    small = f"in {hits:,} runs: {100 * share.low:.3g} … {100 * share.high:.3g} %"
    return (
        f'<td class="number" data-count="{column}"><data value="{exact!r}">{shown}</data>'
        f"<small>{small}</small></td>"
    )


def _table(name: str, caption: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    body = "\n".join(f"<tr>{''.join(cells)}</tr>" for cells in rows)
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="Table of {name}">'
        f'<table id="table-{name}"><caption>{escape(caption)}</caption>\n'
        f"<thead><tr>{''.join(heads)}</tr></thead>\n<tbody>\n{body}\n</tbody></table></div>"
    )


def distributions(groups: Sequence[Group], titles: Sequence[str]) -> list[dict[str, Any]]:
    """Detection time and outage as staircases, for the page to draw."""
    shown = groups[:MOST_LINES]
    colours = palette.ordered_colours(1 + max(group.place for group in shown))
    substrates = list(dict.fromkeys(group.substrate for group in groups))
    figures = []
    for measure in (DETECTION, OUTAGE):
        lines = []
        for group, title in zip(shown, titles):
            sample = group.sample(measure)
            if not sample.count():
                continue
            curve = thinned(statistics.ecdf(sample), MOST_POINTS)
            lines.append({
                "label": title,
                "colour": colours[group.place],
                "dashes": _DASHES[substrates.index(group.substrate) % len(_DASHES)],
                "x": [float(f"{x:.7g}") for x in curve.values],
                "p": [float(f"{p:.7g}") for p in curve.probabilities],
            })  # fmt: skip
        figures.append({
            "column": measure.column, "title": measure.title, "meaning": measure.meaning,
            "lines": lines,
        })  # fmt: skip
    return figures


def thinned(curve: Ecdf, most: int) -> Ecdf:
    """Some stairs of a distribution, its first and last among them, evenly along its picture.

    At each stair that is left the share is exact; between two of them it is that of the lower one.
    """
    if curve.values.size <= most:
        return curve
    reach = curve.values[-1] - curve.values[0]
    along = np.hypot(np.diff(curve.values) / reach, np.diff(curve.probabilities)).cumsum()
    wanted = np.linspace(0.0, along[-1], most)
    kept = np.unique(np.searchsorted(np.append(0.0, along), wanted).clip(0, curve.values.size - 1))
    return Ecdf(curve.values[kept], curve.probabilities[kept])
