# SPDX-License-Identifier: MIT
"""The colours of all figures and reports: told apart by everybody, and in grey."""

from __future__ import annotations

import numpy as np

__all__ = [
    "ANSWERED", "FAINT", "FAULT", "HAIRLINE", "INK", "STATES", "UNANSWERED", "darker",
    "ordered_colours", "paler",
]  # fmt: skip

INK = "#222222"
FAINT = "#8a8a8a"
HAIRLINE = "#d9d9d9"

# Of a server, after Okabe and Ito; the light ones for what is only on its way.
STATES = {
    "primary": "#0072b2",
    "monitor": "#e69f00",
    "arbitrating": "#f7d9a0",
    "fencing": "#cc79a7",
    "restarting": "#cc79a7",
    "handing over": "#99c7e0",
    "taking over": "#99c7e0",
    "booting": "#d9d9d9",
}
FAULT, UNANSWERED, ANSWERED = "#d55e00", "#d55e00", "#009e73"

# Viridis without its yellow, which is lost on white, at even distances.
_FROM_VIOLET_TO_GREEN = (
    "#440154", "#481d6f", "#453781", "#3c4f8a", "#32648e", "#2a788e", "#228b8d", "#1f9f88",
    "#2cb17e", "#4ec36b",
)  # fmt: skip


def ordered_colours(count: int) -> list[str]:
    """Colours for values that have an order, from dark to light as violet goes to green."""
    stops = np.array([_parts(colour) for colour in _FROM_VIOLET_TO_GREEN])
    places = np.linspace(0.0, 1.0, count) if count > 1 else np.array([0.35])
    at = np.linspace(0.0, 1.0, len(stops))
    channels = [np.interp(places, at, channel).tolist() for channel in stops.T]
    return [_hex(red, green, blue) for red, green, blue in zip(*channels)]


def paler(colour: str) -> str:
    """The same colour, half way to white."""
    red, green, blue = _parts(colour)
    return _hex((red + 1.3) / 2.3, (green + 1.3) / 2.3, (blue + 1.3) / 2.3)


def darker(colour: str) -> str:
    """The same colour, dark enough for text on white."""
    red, green, blue = _parts(colour)
    return _hex(0.75 * red, 0.75 * green, 0.75 * blue)


def _parts(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[place : place + 2], 16) / 255.0 for place in (1, 3, 5))
    return red, green, blue


def _hex(red: float, green: float, blue: float) -> str:
    return "#" + "".join(f"{round(255.0 * part):02x}" for part in (red, green, blue))
