# SPDX-License-Identifier: MIT
"""How the figures look: one place, so that they are a family."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import tree  # noqa: F401  (puts understudy in reach)

import matplotlib as mpl

from understudy.palette import FAINT, HAIRLINE, INK, darker, ordered_colours, paler

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "FAINT", "HAIRLINE", "INK", "darker", "house_style", "ordered_colours", "paler", "save",
]  # fmt: skip

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
    "svg.hashsalt": "understudy",  # its names are not drawn at random
}


@contextmanager
def house_style() -> Iterator[None]:
    """Draws everything within in the style of the house, on no screen."""
    with mpl.rc_context(_RULES):
        yield


def save(figure: Figure, stem: Path) -> list[Path]:
    """Writes STEM.png and STEM.pdf, the same to the byte for the same figure."""
    paths = [stem.with_suffix(ending) for ending in (".png", ".pdf")]
    figure.savefig(paths[0], metadata={"Software": None})
    figure.savefig(paths[1], metadata={"CreationDate": None, "Producer": None, "Creator": None})
    return paths
