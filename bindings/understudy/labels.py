# SPDX-License-Identifier: MIT
"""The settings in which the runs of a store differ, and how figures and reports speak of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from understudy import statistics
from understudy.scenario import keys
from understudy.work import SUBSTRATES

__all__ = [
    "DETECTION", "OUTAGE", "REDUNDANCY", "TAKEOVER", "Group", "Measure", "groups_of", "name_of",
    "settings_of", "text_of",
]  # fmt: skip


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
REDUNDANCY = Measure(
    "redundancy_s", "Redundancy", "from the fault until there are a primary and a monitor again"
)


def settings_of(frame: pd.DataFrame) -> list[str]:
    """The columns of a loaded store that are settings in which its scenarios differ."""
    names = list(frame.columns)
    return names[names.index("scenario") + 1 : names.index("substrate")]


def name_of(setting: str) -> str:
    """pair.ping_interval -> ping interval"""
    return setting.rsplit(".", 1)[-1].replace("_", " ")


def text_of(setting: str, value: Any) -> str:
    """A value as a figure shows it: 0.05 of a span of time -> 50 ms."""
    table, name = setting.split(".")[0], setting.split(".")[-1]
    units = {key.unit for key in keys() if (key.table, key.name) == (table, name)}
    if isinstance(value, float) and units == {"s"}:
        return f"{1e3 * value:g} ms" if value < 1.0 else f"{value:g} s"
    if isinstance(value, (bool, np.bool_)):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True)
class Group:
    """The runs of one combination of settings on one substrate.

    Attributes
    ----------
    place : int
        Of the combination among all, in their order.
    settings : dict of str to value
        What each setting is that differs within the store.
    label : str
        The values of these, or the name of the scenario if there are none.
    substrate : str
    runs : DataFrame
        Rows of :meth:`understudy.Store.load`.
    """

    place: int
    settings: dict[str, Any]
    label: str
    substrate: str
    runs: pd.DataFrame

    def sample(self, measure: Measure) -> pd.Series:
        """Seconds by run; ``inf`` for an outage that lasted longer than the run."""
        values = self.runs[measure.column]
        if measure == OUTAGE:
            values = statistics.beyond_the_run(values, self.runs["censored"])
        return pd.Series(np.asarray(values), index=self.runs["run"])


def groups_of(frame: pd.DataFrame) -> Iterator[Group]:
    """The groups of a loaded store, by the order of their settings and by substrate."""
    settings = settings_of(frame)
    by = settings or ["scenario"]
    grouped = frame.groupby(by[0] if len(by) == 1 else by, sort=True, dropna=False)
    for place, (values, of_setting) in enumerate(grouped):
        values = values if isinstance(values, tuple) else (values,)
        label = ", ".join(map(text_of, settings, values)) if settings else str(values[0])
        for substrate in dict.fromkeys([*SUBSTRATES, *of_setting["substrate"]]):
            runs = of_setting[of_setting["substrate"] == substrate]
            if len(runs):
                yield Group(place, dict(zip(settings, values)), label, substrate, runs)
