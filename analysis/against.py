# SPDX-License-Identifier: MIT
"""A figure of the runs against one of their settings: what several scripts draw."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import tree  # noqa: F401  (puts understudy in reach)

import numpy as np
import pandas as pd
import style
from matplotlib.figure import Figure

import understudy
from understudy.labels import name_of, settings_of, text_of
from understudy.statistics import Estimate

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARKERS = "os^Dv<>P"


@dataclass(frozen=True)
class Point:
    """The runs of one value of the setting: ``place`` is its number where it is no number."""

    value: Any
    place: float
    runs: int
    estimate: Estimate


@dataclass(frozen=True)
class Series:
    """The points that belong together: all other settings, and the substrate, are the same."""

    label: str
    points: list[Point]


def setting_in(frame: pd.DataFrame, wanted: str) -> str:
    """The column of a setting by its whole or its last name.

    Raises
    ------
    BadInput
        If the scenarios of the store do not differ in it.
    """
    for name in settings_of(frame):
        if wanted in (name, name.rsplit(".", 1)[-1]):
            return name
    known = ", ".join(settings_of(frame)) or "nothing"
    raise understudy.BadInput(
        f"the scenarios of the store do not differ in {wanted}; they differ in {known}"
    )


def series_of(
    frame: pd.DataFrame, setting: str, estimate: Callable[[pd.DataFrame], Estimate | None]
) -> list[Series]:
    """One series for each combination of the other settings, substrate and scenario.

    Parameters
    ----------
    frame : DataFrame
        Of a loaded store.
    setting : str
        Its column that the figure is drawn against.
    estimate : callable
        Of the runs of one point; None if they have no such figure.
    """
    others = [
        name
        for name in ("scenario", *settings_of(frame), "substrate")
        if name != setting and frame[name].nunique(dropna=False) > 1
    ]
    values = sorted(frame[setting].unique(), key=lambda value: (isinstance(value, str), value))
    places = {value: float(value) if _is_number(value) else float(number)
              for number, value in enumerate(values)}
    return [
        Series(label, list(_points_of(group, setting, places, estimate)))
        for label, group in _groups(frame, others)
    ]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.number)) and not isinstance(value, bool)


def _groups(frame: pd.DataFrame, names: Sequence[str]) -> Iterator[tuple[str, pd.DataFrame]]:
    if not names:
        yield "", frame
        return
    by = names[0] if len(names) == 1 else list(names)
    for values, group in frame.groupby(by, sort=True, dropna=False):
        values = values if isinstance(values, tuple) else (values,)
        parts = [
            str(value) if name in ("scenario", "substrate") else
            f"{name_of(name)} {text_of(name, value)}"
            for name, value in zip(names, values)
        ]
        yield ", ".join(parts), group


def _points_of(
    group: pd.DataFrame,
    setting: str,
    places: dict[Any, float],
    estimate: Callable[[pd.DataFrame], Estimate | None],
) -> Iterator[Point]:
    for value, place in places.items():
        runs = group[group[setting] == value]
        found = estimate(runs) if len(runs) else None
        if found is not None:
            yield Point(value, place, len(runs), found)


def table_of(all_series: Sequence[Series], setting: str, figure: str) -> pd.DataFrame:
    """The figures behind the picture: one row a point, with the 95 % interval."""
    return pd.DataFrame(
        [
            {
                "series": series.label,
                setting: point.value,
                "runs": point.runs,
                figure: point.estimate.value,
                f"{figure}_low": point.estimate.low,
                f"{figure}_high": point.estimate.high,
            }
            for series in all_series
            for point in series.points
        ]
    )


def plot_against(ax: Axes, all_series: Sequence[Series], setting: str) -> Axes:
    """Draw each series as marks with their intervals, joined where the setting is a number.

    Parameters
    ----------
    ax : Axes
    all_series : sequence of Series
    setting : str
        Its name, for the axis. Numbers that span more than a factor of 20 are drawn by powers.
    """
    palette = style.ordered_colours(max(len(all_series), 2))
    numeric = all(_is_number(p.value) for series in all_series for p in series.points)
    for number, series in enumerate(all_series):
        x = np.array([point.place for point in series.points])
        if not numeric:  # side by side
            x = x + 0.12 * (number - (len(all_series) - 1) / 2)
        y = np.array([point.estimate.value for point in series.points])
        low = y - [point.estimate.low for point in series.points]
        high = [point.estimate.high for point in series.points] - y
        ax.errorbar(x, y, yerr=np.maximum([low, high], 0.0), color=palette[number],
                    marker=MARKERS[number % len(MARKERS)], markerfacecolor="white", markersize=5.5,
                    linestyle="-" if numeric else "none", linewidth=1.4, capsize=3.0,
                    label=series.label or None)
    _label_setting(ax, all_series, setting, numeric)
    if any(series.label for series in all_series):
        ax.legend(frameon=False, fontsize=8.0, loc="upper left", bbox_to_anchor=(1.01, 1.0),
                  borderaxespad=0.0)
    return ax


def _label_setting(ax: Axes, all_series: Sequence[Series], setting: str, numeric: bool) -> None:
    ticks = {p.place: text_of(setting, p.value) for series in all_series for p in series.points}
    places = sorted(ticks)
    if numeric and places and places[0] > 0 and places[-1] > 20 * places[0]:
        ax.set_xscale("log")
        ax.minorticks_off()
    ax.set_xticks(places, [ticks[place] for place in places])
    if not numeric:
        ax.margins(x=0.15)
    ax.set_xlabel(name_of(setting))


def draw(frame: pd.DataFrame, all_series: Sequence[Series], setting: str, label: str) -> Figure:
    """The whole figure: the scenario and the runs above, `label` at the upright axis."""
    if not any(series.points for series in all_series):
        raise understudy.BadInput("no run of the store has this figure")
    figure = Figure(figsize=(7.2, 3.9), layout="constrained")
    ax = plot_against(figure.subplots(), all_series, setting)
    ax.set_ylabel(label)
    ax.grid(axis="y", color=style.HAIRLINE, linewidth=0.8)
    names = " and ".join(frame["scenario"].unique())
    runs = min(point.runs for series in all_series for point in series.points)
    figure.suptitle(f"Scenario {names}, {runs:,} runs a mark, with 95 % intervals",
                    x=0.01, ha="left", fontsize="medium")
    return figure
