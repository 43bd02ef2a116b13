# SPDX-License-Identifier: MIT
"""From a scenario to a frame: `run` and `sweep`."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd
from tqdm import tqdm

from understudy import _virtual
from understudy.records import Batch, frame_of, runs_in
from understudy.scenario import Scenario, cell_of
from understudy.store import Experiment, Store
from understudy.work import Stretch, check_substrate, execute

if TYPE_CHECKING:
    import os

__all__ = ["run", "sweep"]

_HIGHEST_RUN = 2**63 - 1
_HIGHEST_SEED = 2**64 - 1


def run(
    scenario: Scenario,
    runs: int = 1,
    substrate: str = "virtual",
    seed: int = 1,
    first_run: int = 1,
    jobs: int | None = None,
) -> pd.DataFrame:
    """Run a scenario again and again, each time with the draws that belong to the run.

    Parameters
    ----------
    scenario : Scenario
    runs : int, optional
        How many.
    substrate : {"virtual", "ns3"}, optional
        Where. The same seed and run draw the same on both.
    seed : int, optional
        Of all draws, from 0 to 2**64 - 1.
    first_run : int, optional
        The number of the first run, from 1.
    jobs : int, optional
        How many processors to use; all that there are, if not given. Changes no outcome.

    Returns
    -------
    DataFrame
        One row a run, indexed by its number, ``run``. Columns, with NaN for what a run has not:

        {columns}

        The columns from ``detection_s`` to ``redundancy_s`` are those of the first fault.
        ``faults`` holds a list of dicts, ``final_roles`` a dict.

    Raises
    ------
    BadInput
        If an argument makes no sense, or the substrate was not built.
    RunFailed
        If a worker process died; its message says in which runs.

    Examples
    --------
    >>> frame = run(load("scenarios/crash.toml"), runs=1000)
    >>> frame.detection_s.median()
    """
    numbers = check_runs(runs=runs, first_run=first_run, seed=seed, jobs=jobs)
    check_substrate(substrate)
    experiment = Experiment(scenario.replace({}), substrate, seed)
    batches: list[Batch] = []
    execute([Stretch(experiment, numbers)], jobs, lambda _, batch: batches.append(batch))
    return frame_of(batches)


def sweep(
    scenario: Scenario,
    grid: Mapping[str, Sequence[Any]],
    runs: int = 1,
    substrate: str = "virtual",
    seed: int = 1,
    first_run: int = 1,
    store: Store | str | os.PathLike[str] | None = None,
    jobs: int | None = None,
    progress: bool = True,
) -> pd.DataFrame:
    """Run a scenario with every combination of some settings, and keep what is finished.

    All combinations draw from the same streams: run 17 meets the same crash at the same nanosecond
    whatever the ping interval, so settings are compared run by run.

    Parameters
    ----------
    scenario : Scenario
    grid : mapping of str to sequence
        The values of each setting, such as ``{"pair.ping_interval": ["50ms", 0.1]}``: text as in
        a scenario file, or numbers, which are seconds where a span of time is wanted.
    runs, substrate, seed, first_run, jobs
        As of :func:`run`, for each combination.
    store : Store or path-like, optional
        Where finished runs are kept, as they finish. Runs that it has already are not made again,
        so a sweep that was interrupted, or killed, goes on where it was, and one with more runs or
        values makes only those that are new.
    progress : bool, optional
        Show a bar on standard error, if that is a terminal.

    Returns
    -------
    DataFrame
        One row a run, by combination and run: a column for each key of `grid` (spans of time in
        seconds), then ``run``, then the columns of :func:`run`.

    Raises
    ------
    BadInput
        If a key, a value or another argument makes no sense, before anything is run.
    RunFailed
        If a worker process died; its message says in which runs.

    Examples
    --------
    >>> sweep(load("scenarios/crash.toml"), {"pair.ping_interval": ["50ms", "100ms"]}, runs=100,
    ...       store="crash.sqlite").groupby("pair.ping_interval").outage_s.median()
    """
    numbers = check_runs(runs=runs, first_run=first_run, seed=seed, jobs=jobs)
    check_substrate(substrate)
    combinations = [dict(zip(grid, values)) for values in itertools.product(*grid.values())]
    points = [Experiment(scenario.replace(c), substrate, seed) for c in combinations]
    if not points:
        raise _virtual.BadInput("a key of the sweep has no values")
    if isinstance(store, Store):
        return _sweep(points, list(grid), numbers, store, jobs, progress)
    with Store(":memory:" if store is None else store) as opened:
        return _sweep(points, list(grid), numbers, opened, jobs, progress)


def _sweep(
    points: list[Experiment],
    keys: list[str],
    numbers: range,
    store: Store,
    jobs: int | None,
    progress: bool,
) -> pd.DataFrame:
    missing = [Stretch(point, gap) for point in points for gap in store.missing(point, numbers)]
    total = len(points) * len(numbers)
    left = sum(len(stretch.runs) for stretch in missing)
    with tqdm(
        total=total, initial=total - left, unit="run", disable=None if progress else True
    ) as bar:

        def take(stretch: Stretch, batch: Batch) -> None:
            store.add(stretch.experiment, batch)
            bar.update(runs_in(batch))

        execute(missing, jobs, take)

    frames = []
    for point in points:
        frame = store.get(point, numbers).reset_index()
        for place, key in enumerate(keys):
            frame.insert(place, key, cell_of(point.scenario, key))
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def check_runs(*, runs: int, first_run: int, seed: int, jobs: int | None) -> range:
    for name, value, least, most in (
        ("runs", runs, 1, _HIGHEST_RUN),
        ("first_run", first_run, 1, _HIGHEST_RUN),
        ("the last run", first_run + runs - 1, 1, _HIGHEST_RUN),
        ("seed", seed, 0, _HIGHEST_SEED),
        ("jobs", 1 if jobs is None else jobs, 1, 1024),
    ):
        if not least <= value <= most:
            raise _virtual.BadInput(f"{name} is {value}; it must be from {least} to {most}")
    return range(first_run, first_run + runs)


def _list_columns() -> str:
    lines = []
    for column in _virtual.columns():
        unit = f" [{column.unit}]" if column.unit else ""
        lines.append(f"``{column.name}``{unit}: {column.meaning}")
    return "\n        ".join(lines)


run.__doc__ = (run.__doc__ or "").replace("{columns}", _list_columns())
