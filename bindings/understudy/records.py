# SPDX-License-Identifier: MIT
"""What substrates return, as rows for a database and as a frame for people.

A `Batch` holds finished runs column by column: the numbers of the runs under ``"run"``, and each
column of the outcome under its name. Seconds are arrays of floats with NaN for what a run has not,
counts arrays of integers; lists and records are texts, JSON, until a frame shows them; everything
else is a list of Python objects with None for what a run has not.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from understudy import _virtual

if TYPE_CHECKING:
    import xarray as xr

Batch = Mapping[str, Any]

_COLUMNS = _virtual.columns()
_NUMBERS = {
    column.name: {"seconds": np.float64, "count": np.int64}[column.kind]
    for column in _COLUMNS
    if column.kind in ("seconds", "count")
}


def column_names() -> list[str]:
    """The columns of the outcome, in the order of every table and file."""
    return [column.name for column in _COLUMNS]


def runs_in(batch: Batch) -> int:
    """How many runs a batch holds."""
    return len(batch["run"])


def rows_of(batch: Batch) -> Iterator[tuple[Any, ...]]:
    """Rows for SQLite: the number of the run and its columns."""
    cells = (batch[name] for name in ("run", *column_names()))
    return zip(*(cell.tolist() if isinstance(cell, np.ndarray) else cell for cell in cells))


def batch_of_rows(rows: Sequence[tuple[Any, ...]]) -> Batch:
    """The way back from SQLite."""
    names = ["run", *column_names()]
    cells = list(zip(*rows)) if rows else [()] * len(names)
    batch = dict(zip(names, cells))
    batch["run"] = np.array(batch["run"], dtype=np.int64)
    for column in _COLUMNS:
        if column.kind == "flag":
            flags = batch[column.name]
            batch[column.name] = [None if flag is None else bool(flag) for flag in flags]
        elif column.kind != "nested":
            batch[column.name] = np.array(batch[column.name], dtype=_NUMBERS[column.name])
    return batch


def frame_of(batches: Batch | Sequence[Batch], *, as_text: bool = False) -> pd.DataFrame:
    """A frame with one row a run, ordered by run, which is its index.

    `as_text` leaves lists and records as the JSON that they are in a batch.
    """
    if isinstance(batches, Mapping):
        batches = [batches]
    runs = np.concatenate([batch["run"] for batch in batches])
    order = np.argsort(runs, kind="stable")
    columns: dict[str, Any] = {}
    for column in _COLUMNS:
        if column.kind in ("seconds", "count"):
            cells = np.concatenate([batch[column.name] for batch in batches])
            columns[column.name] = cells[order]
        else:
            pieces = [cell for batch in batches for cell in batch[column.name]]
            if column.kind == "nested" and not as_text:
                pieces = _decoded(pieces)
            columns[column.name] = _objects([pieces[place] for place in order], column.kind)
    return pd.DataFrame(columns, index=pd.Index(runs[order], name="run"))


def _decoded(texts: list[str]) -> list[Any]:
    """JSON, all at once: thrice as quick as one by one. Nothing in it is garbage to look for."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        decoded: list[Any] = json.loads(f"[{','.join(texts)}]")
    finally:
        if collecting:
            gc.enable()
    return decoded


def _objects(cells: list[Any], kind: str) -> np.ndarray[Any, Any]:
    if kind == "flag" and None not in cells:
        return np.array(cells, dtype=np.bool_)
    column = np.empty(len(cells), dtype=object)
    column[:] = [np.nan if cell is None else cell for cell in cells]
    return column


def to_xarray(frame: pd.DataFrame, keys: Sequence[str]) -> xr.Dataset:
    """A sweep as a cube with one dimension a key, and the run as the last.

    Parameters
    ----------
    frame : DataFrame
        From :func:`understudy.sweep` or :meth:`understudy.Store.load`.
    keys : sequence of str
        The columns that become dimensions, such as ``["pair.ping_interval", "substrate"]``.

    Returns
    -------
    Dataset
        Its variables are the columns of the outcome that are numbers or truth values; NaN where a
        combination of the keys was not run.

    Raises
    ------
    ValueError
        If the keys do not tell all rows apart.
    """
    kept = [column.name for column in _COLUMNS if column.kind != "nested"]
    cube = frame.set_index([*keys, "run"])[kept]
    if not cube.index.is_unique:
        raise ValueError(f"{', '.join(keys)} and run do not tell all rows apart: name more keys")
    dataset: xr.Dataset = cube.to_xarray()
    return dataset
