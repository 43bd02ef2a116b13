# SPDX-License-Identifier: MIT
"""From a scenario to a frame: `run` and `sweep`."""

from __future__ import annotations

import hashlib
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from understudy import _virtual
from understudy.progress import bar
from understudy.records import Batch, frame_of, runs_in
from understudy.scenario import Scenario, cell_of
from understudy.settings import Grid, settings_of
from understudy.store import Experiment, Store
from understudy.work import Stretch, check_substrate, execute

if TYPE_CHECKING:
    import os

    from distributed import Client

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
    client: Client | None = None,
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
    client : distributed.Client, optional
        The Dask cluster that makes the runs, in place of this machine.

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
        If a worker process died (its message says in which runs), or a cluster was lost.

    Examples
    --------
    >>> frame = run(load("scenarios/crash.toml"), runs=1000)
    >>> frame.detection_s.median()
    """
    numbers = check_runs(runs=runs, first_run=first_run, seed=seed, jobs=jobs)
    check_substrate(substrate)
    check_scenario(scenario)
    experiment = Experiment(scenario.replace({}), substrate, int(seed))
    batches: list[Batch] = []
    execute([Stretch(experiment, numbers)], jobs, lambda _, batch: batches.append(batch), client)
    return frame_of(batches)


def sweep(
    scenario: Scenario,
    grid: Grid,
    runs: int = 1,
    substrate: str = "virtual",
    seed: int = 1,
    first_run: int = 1,
    store: Store | str | os.PathLike[str] | None = None,
    jobs: int | None = None,
    progress: bool = True,
    independent: bool = False,
    client: Client | None = None,
) -> pd.DataFrame:
    """Run a scenario with some settings, one after the other, and keep what is finished.

    All settings draw from the same streams: run 17 meets the same crash at the same nanosecond
    whatever the ping interval, so settings are compared run by run (common random numbers).

    Parameters
    ----------
    scenario : Scenario
    grid : mapping of str to sequence, or sequence of mapping
        The values of any keys, such as ``{"pair.ping_interval": ["50ms", 0.1]}``, of which every
        combination is run: text as in a scenario file, or numbers, which are seconds where a span
        of time is wanted. Keys whose values belong together are a tuple:
        ``{("pair.ping_interval", "pair.ping_timeout"): [("20ms", "10ms"), ("40ms", "20ms")]}``.
        Or a list of settings: ``[{"pair.misses": 2}, {"fault.0.at": "5s", "run.duration": "1h"}]``,
        such as :func:`understudy.latin_hypercube` makes. Settings that come to the same scenario
        are one.
    runs, substrate, seed, first_run, jobs
        As of :func:`run`, for each combination.
    store : Store or path-like, optional
        Where finished runs are kept, as they finish. Runs that it has already are not made again,
        so a sweep that was interrupted, or killed, goes on where it was, and one with more runs or
        values makes only those that are new.
    progress : bool, optional
        Show a bar on standard error, if that is a terminal, or in Jupyter.
    independent : bool, optional
        Each setting draws from streams of its own: its seed is made of `seed` and all that its
        scenario says, and is in the column ``seed``.
    client : distributed.Client, optional
        The Dask cluster that makes the runs, in place of this machine. Runs of workers that are
        lost are made again by others. The store stays with this process.

    Returns
    -------
    DataFrame
        One row a run, by setting and run: a column for each key of `grid` (spans of time in
        seconds), then ``run``, then the columns of :func:`run`.

    Raises
    ------
    BadInput
        If a key, a value or another argument makes no sense, before anything is run.
    RunFailed
        If a worker process died (its message says in which runs), or a cluster was lost.
    StoreFailed
        If the store cannot be written, for want of room, say. After this, as after Ctrl-C, all
        runs that were kept are in it, and the same call makes only the others.

    Warns
    -----
    UserWarning
        If the store holds some of these runs as another version of the code made them. They are
        left alone, and made again.

    Examples
    --------
    >>> sweep(load("scenarios/crash.toml"), {"pair.ping_interval": ["50ms", "100ms"]}, runs=100,
    ...       store="crash.sqlite").groupby("pair.ping_interval").outage_s.median()
    """
    numbers = check_runs(runs=runs, first_run=first_run, seed=seed, jobs=jobs)
    check_substrate(substrate)
    check_scenario(scenario)
    settings = settings_of(grid)
    points = _points(scenario, settings, Experiment(scenario, substrate, int(seed)), independent)
    keys = list(dict.fromkeys(key for setting in settings for key in setting))
    columns = [{key: cell_of(point.scenario, key) for key in keys} for point in points]
    if independent:
        columns = [cells | {"seed": np.uint64(point.seed)} for cells, point in zip(columns, points)]
    if isinstance(store, Store):
        return _sweep(points, columns, numbers, store, jobs, progress, client)
    with Store(":memory:" if store is None else store) as opened:
        return _sweep(points, columns, numbers, opened, jobs, progress, client)


def _points(
    scenario: Scenario, settings: list[dict[str, Any]], common: Experiment, independent: bool
) -> list[Experiment]:
    """An experiment a setting; settings that say the same are one."""
    points: dict[str, Experiment] = {}
    for setting in settings:
        point = Experiment(scenario.replace(setting), common.substrate, common.seed)
        if independent:
            seed = _own_seed(common.seed, point.digest)
            point = Experiment(point.scenario, point.substrate, seed)
        points.setdefault(point.digest, point)
    return list(points.values())


def _own_seed(seed: int, digest: str) -> int:
    """Another one for each scenario, but the same one each time."""
    return int.from_bytes(hashlib.sha256(f"{seed} {digest}".encode()).digest()[:8], "little")


def _sweep(
    points: list[Experiment],
    columns: list[dict[str, Any]],
    numbers: range,
    store: Store,
    jobs: int | None,
    progress: bool,
    client: Client | None,
) -> pd.DataFrame:
    for version, runs in store.made_by_others(points, numbers).items():
        warnings.warn(
            f"{store.path}: holds {runs} of these runs as version {version} of the code made them;"
            f" version {_virtual.code_version} makes its own"
            f' (Store.query(version="{version}") shows the others)',
            stacklevel=3,
        )
    missing = [Stretch(point, gap) for point in points for gap in store.missing(point, numbers)]
    total = len(points) * len(numbers)
    left = sum(len(stretch.runs) for stretch in missing)
    fresh: dict[str, list[Batch]] = {point.digest: [] for point in points}
    with bar(total, total - left, shown=progress) as shown:

        def take(stretch: Stretch, batch: Batch) -> None:
            store.add(stretch.experiment, batch)
            fresh[stretch.experiment.digest].append(batch)
            shown.update(runs_in(batch))

        execute(missing, jobs, take, client)

    frames = []
    for point, cells in zip(points, columns):
        # What was just made need not be read again.
        made = fresh.pop(point.digest)
        whole = sum(map(runs_in, made)) == len(numbers)
        frame = (frame_of(made) if whole else store.get(point, numbers)).reset_index()
        for place, (key, cell) in enumerate(cells.items()):
            frame.insert(place, key, cell)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def check_scenario(scenario: object) -> None:
    if not isinstance(scenario, Scenario):
        raise _virtual.BadInput(
            f"the scenario is {scenario!r} of type {type(scenario).__name__};"
            " understudy.load reads a file, understudy.Scenario makes one"
        )


def check_runs(*, runs: int, first_run: int, seed: int, jobs: int | None) -> range:
    for name, value, least, most in (
        ("runs", runs, 1, _HIGHEST_RUN),
        ("first_run", first_run, 1, _HIGHEST_RUN),
        ("seed", seed, 0, _HIGHEST_SEED),
        ("jobs", 1 if jobs is None else jobs, 1, 1024),
    ):
        if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
            kind = type(value).__name__
            raise _virtual.BadInput(f"{name} is {value!r} of type {kind}; it must be a whole number")
        if not least <= value <= most:
            raise _virtual.BadInput(f"{name} is {value}; it must be from {least} to {most}")
    if first_run + runs - 1 > _HIGHEST_RUN:
        raise _virtual.BadInput(
            f"the last run is {first_run + runs - 1}; it must be at most {_HIGHEST_RUN}"
        )
    return range(first_run, first_run + runs)


def _list_columns() -> str:
    lines = []
    for column in _virtual.columns():
        unit = f" [{column.unit}]" if column.unit else ""
        lines.append(f"``{column.name}``{unit}: {column.meaning}")
    return "\n        ".join(lines)


run.__doc__ = (run.__doc__ or "").replace("{columns}", _list_columns())
