# SPDX-License-Identifier: MIT
"""How the figures look: one place, so that they are a family."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK = "#222222"
FAINT = "#8a8a8a"
HAIRLINE = "#d9d9d9"

_RULES = {
    "font.family": "DejaVu Sans",
    "font.size": 9.0,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.linewidth": 0.8,
    "axes.titlesize": 10.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.direction": "out",
    "lines.solid_capstyle": "round",
    "figure.dpi": 100,
    "savefig.dpi": 200,
    "savefig.facecolor": "white",
    "pdf.fonttype": 42,  # text stays text
}


@contextmanager
def house_style() -> Iterator[None]:
    """Draws everything within in the style of the house, on no screen."""
    with mpl.rc_context(_RULES):
        yield


def ordered_colours(count: int) -> list[str]:
    """Colours for values that have an order.

    From dark to light as the hue goes from violet to green (viridis, without its yellow, which is
    lost on white): told apart by everybody, and in grey.
    """
    places = np.linspace(0.0, 0.72, count) if count > 1 else np.array([0.25])
    return [str(mpl.colors.to_hex(colour)) for colour in mpl.colormaps["viridis"](places)]


def save(figure: Figure, stem: Path) -> list[Path]:
    """Writes STEM.png and STEM.pdf, the same to the byte for the same figure."""
    paths = [stem.with_suffix(ending) for ending in (".png", ".pdf")]
    figure.savefig(paths[0], metadata={"Software": None})
    figure.savefig(paths[1], metadata={"CreationDate": None, "Producer": None, "Creator": None})
    return paths


def paler(colour: str) -> str:
    """The same colour, half way to white."""
    red, green, blue = mpl.colors.to_rgb(colour)
    return str(mpl.colors.to_hex(((red + 1.3) / 2.3, (green + 1.3) / 2.3, (blue + 1.3) / 2.3)))


def darker(colour: str) -> str:
    """The same colour, dark enough for text on white."""
    red, green, blue = mpl.colors.to_rgb(colour)
    return str(mpl.colors.to_hex((0.75 * red, 0.75 * green, 0.75 * blue)))
