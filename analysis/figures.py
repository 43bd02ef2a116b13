# SPDX-License-Identifier: MIT
"""What all scripts that draw a store have in common: the command line, and the files they write."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import tree  # noqa: F401  (puts understudy in reach)

import style

import understudy

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

Draw = Callable[["pd.DataFrame"], "Figure"]
Numbers = Callable[["pd.DataFrame"], "pd.DataFrame"]


def write(
    name: str, draw: Draw, numbers_behind: Numbers, frame: pd.DataFrame, folder: Path
) -> list[Path]:
    """Write NAME.png, NAME.pdf and NAME.csv into a folder, and say which files these are."""
    numbers = folder / f"{name}.csv"
    with style.house_style():
        figure = draw(frame)
        folder.mkdir(parents=True, exist_ok=True)
        numbers_behind(frame).to_csv(numbers, index=False)
        return [*style.save(figure, folder / name), numbers]


def load(path: Path) -> pd.DataFrame:
    """All runs of a store that is there and holds some.

    Raises
    ------
    BadInput
        If it is not there, is no store, or holds no runs.
    """
    if not path.is_file():
        raise understudy.BadInput(f"{path}: there is no such store")
    with understudy.Store(path) as store:
        frame = store.load()
    if frame.empty:
        raise understudy.BadInput(f"{path}: the store holds no runs")
    return frame


def parser_of(doc: str | None) -> argparse.ArgumentParser:
    """The options of every figure script."""
    parser = argparse.ArgumentParser(description=(doc or "").split("\n", 1)[0])
    parser.add_argument(
        "--store", type=Path, required=True, help="a store of runs, made by understudy.sweep"
    )
    parser.add_argument("--output", type=Path, default=Path(), metavar="DIR", help="default: here")
    return parser


def report(name: str, make: Callable[[], list[Path]]) -> int:
    """Say which files were made, or in one line why none was; the exit code."""
    try:
        for path in make():
            print(path)
    except (understudy.BadInput, OSError) as error:
        print(f"{name}.py: {error}", file=sys.stderr)
        return 2
    return 0


def main(
    doc: str | None,
    name: str,
    draw: Draw,
    numbers_behind: Numbers,
    arguments: Sequence[str] | None,
) -> int:
    """The whole of a script that draws a store without further options."""
    options = parser_of(doc).parse_args(arguments)
    return report(
        name, lambda: write(name, draw, numbers_behind, load(options.store), options.output)
    )
