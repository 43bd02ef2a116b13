# SPDX-License-Identifier: MIT
"""A file of finished runs, so that no run is ever made twice."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from understudy import _virtual
from understudy.records import Batch, batch_of_rows, column_names, frame_of, rows_of, to_xarray
from understudy.scenario import Scenario, parse, settings_that_differ

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator
    from types import TracebackType

    import xarray as xr

__all__ = ["Experiment", "Store"]

# What tells a store from other SQLite files ("Undy"), and one layout of its tables from the next.
_APPLICATION_ID = 0x556E6479
_LAYOUT = 1

_TABLES = """
CREATE TABLE experiment (
  id        INTEGER PRIMARY KEY,
  digest    TEXT NOT NULL,     -- of the scenario without its name
  substrate TEXT NOT NULL,
  seed      TEXT NOT NULL,     -- SQLite's integers are too short for half of them
  version   TEXT NOT NULL,     -- of understudy
  name      TEXT NOT NULL,     -- of the scenario, as it was first run
  scenario  TEXT NOT NULL,     -- as TOML
  UNIQUE (digest, substrate, seed, version)
);
CREATE TABLE run (
  experiment INTEGER NOT NULL REFERENCES experiment (id),
  run        INTEGER NOT NULL,
  {columns},
  PRIMARY KEY (experiment, run)
) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Experiment:
    """What a run is a repetition of: a scenario, where it is run, and the seed of its draws."""

    scenario: Scenario
    substrate: str
    seed: int


class Store:
    """Finished runs in an SQLite file, each kept from the moment that it is finished.

    A run is known by its scenario (all of its settings, whatever its name), its substrate, its
    seed, its number and the version of understudy that made it. Several processes may use one
    store at the same time.

    Parameters
    ----------
    path : path-like
        Made if it does not exist. ``":memory:"`` keeps the runs as long as the object lives.

    Raises
    ------
    BadInput
        If the file is something else than a store, or cannot be opened or made.

    Examples
    --------
    >>> with Store("crash.sqlite") as store:
    ...     frame = store.load()
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = str(path)
        try:
            self._database = sqlite3.connect(self._path, timeout=60.0, isolation_level=None)
            self._open()
        except sqlite3.Error as error:
            raise _virtual.BadInput(f"{self._path}: cannot be used as a store: {error}") from None

    def _open(self) -> None:
        execute = self._database.execute
        with self._transaction():
            (application,) = execute("PRAGMA application_id").fetchone()
            (layout,) = execute("PRAGMA user_version").fetchone()
            (tables,) = execute("SELECT count(*) FROM sqlite_master").fetchone()
            if tables == 0:
                self._make_tables()
            elif application != _APPLICATION_ID or layout != _LAYOUT:
                raise sqlite3.DatabaseError("it is a database of something else")
        # Readers and a writer do not wait for each other; a transaction survives the process.
        execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA synchronous = NORMAL")

    def _make_tables(self) -> None:
        execute = self._database.execute
        columns = ",\n  ".join(f'"{name}"' for name in column_names())
        for statement in _TABLES.format(columns=columns).split(";"):
            execute(statement)
        execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        execute(f"PRAGMA user_version = {_LAYOUT}")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._abandon()  # one that Ctrl-C ended before its first line or after its last one
        try:
            self._database.execute("BEGIN IMMEDIATE")
            yield
            self._database.execute("COMMIT")
        except BaseException:
            self._abandon()
            raise

    def _abandon(self) -> None:
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")

    def close(self) -> None:
        """Close the file. What was added is in it already."""
        self._database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __len__(self) -> int:
        """How many runs it holds."""
        (runs,) = self._database.execute("SELECT count(*) FROM run").fetchone()
        return int(runs)

    def __repr__(self) -> str:
        return f"Store({self._path!r})"

    def add(self, experiment: Experiment, batch: Batch) -> None:
        """Keep finished runs: all of them, or, if the process is killed meanwhile, none.

        A run that is there already stays as it is.

        Parameters
        ----------
        experiment : Experiment
        batch : Batch
            What a substrate returned, with the numbers of the runs in ``"run"``.
        """
        places = ", ".join("?" * (len(column_names()) + 2))
        with self._transaction():
            number = self._number_of(experiment)
            self._database.executemany(
                f"INSERT OR IGNORE INTO run VALUES ({places})",
                ((number, *row) for row in rows_of(batch)),
            )

    def _find(self, experiment: Experiment) -> int | None:
        found = self._database.execute(
            "SELECT id FROM experiment"
            " WHERE digest = ? AND substrate = ? AND seed = ? AND version = ?",
            _key_of(experiment),
        ).fetchone()
        return None if found is None else int(found[0])

    def _number_of(self, experiment: Experiment) -> int:
        number = self._find(experiment)
        if number is not None:
            return number
        scenario = experiment.scenario
        added = self._database.execute(
            "INSERT INTO experiment (digest, substrate, seed, version, name, scenario)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (*_key_of(experiment), scenario.name, scenario.to_toml()),
        )
        return int(added.lastrowid or 0)

    def experiments(self) -> list[Experiment]:
        """Of which there are runs made by this version of understudy: these can be made again."""
        found = self._database.execute(
            "SELECT scenario, name, substrate, seed FROM experiment WHERE version = ? ORDER BY id",
            (_virtual.__version__,),
        )
        return [
            Experiment(parse(text, name=name), substrate, int(seed))
            for text, name, substrate, seed in found
        ]

    def missing(self, experiment: Experiment, runs: range) -> list[range]:
        """Which of these runs are not there, as stretches of consecutive numbers."""
        there = self._database.execute(
            "SELECT run FROM run WHERE experiment = ? AND run BETWEEN ? AND ? ORDER BY run",
            (self._find(experiment), runs.start, runs.stop - 1),
        )
        gaps = []
        next_run = runs.start
        for (run,) in there:
            if run > next_run:
                gaps.append(range(next_run, run))
            next_run = run + 1
        if next_run < runs.stop:
            gaps.append(range(next_run, runs.stop))
        return gaps

    def get(self, experiment: Experiment, runs: range) -> pd.DataFrame:
        """Those of these runs that are there.

        Returns
        -------
        DataFrame
            As :func:`understudy.run` returns it.
        """
        names = ", ".join(f'"{name}"' for name in ("run", *column_names()))
        rows = self._database.execute(
            f"SELECT {names} FROM run WHERE experiment = ? AND run BETWEEN ? AND ? ORDER BY run",
            (self._find(experiment), runs.start, runs.stop - 1),
        )
        return frame_of(batch_of_rows(rows.fetchall()))

    def load(self, substrate: str | None = None) -> pd.DataFrame:
        """All runs, or those of one substrate.

        Parameters
        ----------
        substrate : {"virtual", "ns3"}, optional

        Returns
        -------
        DataFrame
            One row a run, with the columns ``scenario`` (its name), one for each setting in which
            the scenarios of the store differ (``pair.ping_interval`` …, durations in seconds),
            ``substrate``, ``seed``, ``version``, ``run``, and those of :func:`understudy.run`.
        """
        found = self._database.execute(
            "SELECT id, scenario, name, substrate, seed, version FROM experiment"
            " WHERE substrate = ifnull(?, substrate) ORDER BY id",
            (substrate,),
        ).fetchall()
        scenarios = [parse(text, name=name) for _, text, name, *_ in found]
        settings = settings_that_differ(scenarios)
        frames = []
        for row, (number, _, name, where, seed, version) in enumerate(found):
            frame = self._runs_of(number)
            leading: dict[str, Any] = {"scenario": name}
            leading |= {key: values[row] for key, values in settings.items()}
            leading |= {"substrate": where, "seed": int(seed), "version": version}
            frame = frame.reset_index()
            for place, (column, value) in enumerate(leading.items()):
                frame.insert(place, column, value)
            frames.append(frame)
        if not frames:
            columns = ["scenario", "substrate", "seed", "version", "run", *column_names()]
            return pd.DataFrame(columns=columns)
        return pd.concat(frames, ignore_index=True)

    def _runs_of(self, number: int) -> pd.DataFrame:
        names = ", ".join(f'"{name}"' for name in ("run", *column_names()))
        rows = self._database.execute(
            f"SELECT {names} FROM run WHERE experiment = ? ORDER BY run", (number,)
        )
        return frame_of(batch_of_rows(rows.fetchall()))

    def to_xarray(self, substrate: str | None = None) -> xr.Dataset:
        """All runs as a cube: see :func:`understudy.to_xarray`.

        Parameters
        ----------
        substrate : {"virtual", "ns3"}, optional
        """
        frame = self.load(substrate)
        after = list(frame.columns).index("run")
        leading = frame.columns[:after]
        return to_xarray(frame, [name for name in leading if frame[name].nunique() > 1])


def _key_of(experiment: Experiment) -> tuple[str, str, str, str]:
    return (
        experiment.scenario.digest(),
        experiment.substrate,
        str(experiment.seed),
        _virtual.__version__,
    )
