# SPDX-License-Identifier: MIT
"""The settings in which the runs of a store differ, and how figures speak of them."""

from __future__ import annotations

from typing import Any

import tree  # noqa: F401  (puts understudy in reach)

import pandas as pd

import understudy


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
    units = {key.unit for key in understudy.keys() if (key.table, key.name) == (table, name)}
    if isinstance(value, float) and units == {"s"}:
        return f"{1e3 * value:g} ms" if value < 1.0 else f"{value:g} s"
    return f"{value:g}" if isinstance(value, float) else str(value)
