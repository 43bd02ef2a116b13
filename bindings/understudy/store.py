# SPDX-License-Identifier: MIT
"""A file of finished runs, so that no run is ever made twice.

It is an SQLite file in WAL mode: readers and a writer do not wait for each other, writers take
turns, and a batch that was added is there after ``kill -9`` of the process that added it. It has to
lie on a disk of the machine whose processes use it; a cluster's workers never do.
"""

from __future__ import annotations

import os
import sqlite3
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from understudy import _virtual
from understudy.records import Batch, batch_of_rows, column_names, frame_of, rows_of, to_xarray
from understudy.scenario import Scenario, says, settings_that_differ

if TYPE_CHECKING:
    from types import TracebackType

    import xarray as xr

__all__ = ["Experiment", "Store", "StoreFailed"]

# What tells a store from other SQLite files ("Undy"), and one layout of its tables from the next.
_APPLICATION_ID = 0x556E6479
_LAYOUT = 1

_TABLES = """
CREATE TABLE experiment (
  id        INTEGER PRIMARY KEY,
  digest    TEXT NOT NULL,     -- of the scenario without its name
  substrate TEXT NOT NULL,
  seed      TEXT NOT NULL,     -- SQLite's integers are too short for half of them
  version   TEXT NOT NULL,     -- of the code that outcomes follow from
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


# What to do about the errors of SQLite that a user can do something about.
_REMEDIES = {
    sqlite3.SQLITE_FULL: "make room",
    sqlite3.SQLITE_IOERR: "see to the disk, or make room on it",
    sqlite3.SQLITE_BUSY: "another process has been writing for a minute: wait for it",
    sqlite3.SQLITE_READONLY: "make the file and its folder writable",
}


class StoreFailed(RuntimeError):
    """A store could not take or give runs. One line: the file, what happened, what to do."""


@dataclass(frozen=True)
class Experiment:
    """What a run is a repetition of: a scenario, where it is run, and the seed of its draws.

    Its scenario must not change any more.
    """

    scenario: Scenario
    substrate: str
    seed: int

    @cached_property
    def digest(self) -> str:
        """Of the scenario: see :meth:`understudy.Scenario.digest`."""
        return self.scenario.digest()


class Store:
    """Finished runs in an SQLite file, each kept from the moment that it is finished.

    A run is known by its scenario (all of its settings, whatever its name), its substrate, its
    seed, its number and the version of the code that made it (:data:`understudy.code_version`).
    Several processes may use one store at the same time.

    Parameters
    ----------
    path : path-like
        Made if it does not exist. ``":memory:"`` keeps the runs as long as the object lives.

    Raises
    ------
    BadInput
        If the file is something else than a store, was made by a version of understudy with
        other tables, or cannot be opened or made.

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
            elif application != _APPLICATION_ID:
                raise sqlite3.DatabaseError("it is a database of something else")
            else:
                self._check_layout(layout)
        # Readers and a writer do not wait for each other; a transaction survives the process.
        execute("PRAGMA journal_mode = WAL")
        execute("PRAGMA synchronous = NORMAL")

    def _check_layout(self, layout: int) -> None:
        remedy = "read it with that version, or name another file"
        if layout != _LAYOUT:
            raise sqlite3.DatabaseError(
                f"another version of understudy laid its tables out (as {layout}, this one"
                f" as {_LAYOUT}): {remedy}"
            )
        there = [row[1] for row in self._database.execute("PRAGMA table_info(run)")]
        different = set(there) ^ {"experiment", "run", *column_names()}
        if different:
            raise sqlite3.DatabaseError(
                "another version of understudy made it, with or without the columns"
                f" {', '.join(sorted(different))}: {remedy}"
            )

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

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        """Turns what SQLite says into what a user can do."""
        try:
            yield
        except sqlite3.OperationalError as error:
            remedy = _REMEDIES.get(error.sqlite_errorcode & 0xFF, "see to the file")
            raise StoreFailed(
                f"{self._path}: {error}: {remedy}, and ask for the same again;"
                " all runs that were kept are in the store, and only the others are made"
            ) from None

    def _abandon(self) -> None:
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")

    @property
    def path(self) -> str:
        """The file; ``":memory:"`` if there is none."""
        return self._path

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

        Raises
        ------
        StoreFailed
            If there is no room for them, say. Nothing that was kept is lost.
        """
        places = ", ".join("?" * (len(column_names()) + 1))
        with self._at_work(), self._transaction():
            number = self._number_of(experiment)
            self._database.executemany(
                f"INSERT OR IGNORE INTO run VALUES ({number}, {places})", rows_of(batch)
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
        """Of which there are runs made by this version of the code: these can be made again."""
        found = self._database.execute(
            "SELECT scenario, name, substrate, seed FROM experiment WHERE version = ? ORDER BY id",
            (_virtual.code_version,),
        )
        return [
            Experiment(Scenario._of(_virtual.parse(text, name)), substrate, int(seed))
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
        return self._runs_of(self._find(experiment), runs)

    def made_by_others(self, experiments: Iterable[Experiment], runs: range) -> dict[str, int]:
        """How many of these runs other versions of the code have made; by version."""
        found: dict[str, int] = {}
        for experiment in experiments:
            digest, substrate, seed, version = _key_of(experiment)
            counted = self._database.execute(
                "SELECT version, count(*) FROM experiment JOIN run ON run.experiment = id"
                " WHERE digest = ? AND substrate = ? AND seed = ? AND version <> ?"
                " AND run BETWEEN ? AND ? GROUP BY version",
                (digest, substrate, seed, version, runs.start, runs.stop - 1),
            )
            for other, count in counted:
                found[other] = found.get(other, 0) + count
        return found

    def versions(self) -> pd.DataFrame:
        """Which versions of the code have made how much of it.

        Returns
        -------
        DataFrame
            One row a version, the one that came last at the end, with the columns ``version``,
            ``experiments``, ``runs`` and ``current``: whether it is the version at work here.
        """
        rows = self._database.execute(
            "SELECT version, count(*), sum((SELECT count(*) FROM run WHERE experiment = id))"
            " FROM experiment GROUP BY version ORDER BY max(id)"
        )
        frame = pd.DataFrame(rows.fetchall(), columns=["version", "experiments", "runs"])
        frame["current"] = frame["version"] == _virtual.code_version
        return frame

    def load(self, substrate: str | None = None, version: str | None = None) -> pd.DataFrame:
        """All runs, or those of one substrate: :meth:`query` without conditions.

        Parameters
        ----------
        substrate : {"virtual", "ns3"}, optional
        version : str, optional
            As of :meth:`query`.
        """
        return self.query(substrate=substrate, version=version)

    def query(
        self,
        settings: Mapping[str, Any] | None = None,
        *,
        scenario: str | None = None,
        substrate: str | None = None,
        seed: int | None = None,
        runs: range | None = None,
        version: str | None = None,
    ) -> pd.DataFrame:
        """The runs that meet all of these conditions.

        Parameters
        ----------
        settings : mapping of str to value or list of values, optional
            What keys must say, ``{"pair.misses": [2, 3], "topology.kind": "lan"}``; spelled as for
            :func:`understudy.sweep`.
        scenario : str, optional
            The name of the scenario.
        substrate : {"virtual", "ns3"}, optional
        seed : int, optional
        runs : range, optional
            The numbers of the runs.
        version : str, optional
            The version of the code that made them, or ``"all"``. If it is not given and several
            have, these are the runs of the version at work here, or, if that has made none, of the
            one that came last; a `UserWarning` tells of the others.

        Returns
        -------
        DataFrame
            One row a run, with the columns ``scenario`` (its name), one for each setting in which
            these scenarios differ (``pair.ping_interval`` …, durations in seconds), ``substrate``,
            ``seed``, ``version``, ``run``, and those of :func:`understudy.run`.

        Raises
        ------
        BadInput
            For a key that no scenario has (the nearest one is named).

        Examples
        --------
        >>> store.query({"pair.misses": 3}, substrate="ns3").outage_s.median()
        """
        found = self._experiments(settings or {}, scenario, substrate, seed, version)
        return self._frame(found, runs)

    def to_csv(
        self,
        path: str | os.PathLike[str],
        settings: Mapping[str, Any] | None = None,
        *,
        scenario: str | None = None,
        substrate: str | None = None,
        seed: int | None = None,
        runs: range | None = None,
        version: str | None = None,
    ) -> None:
        """Write the runs that meet some conditions to a CSV file, whole or not at all.

        Its columns are those of :meth:`query`, whose conditions these are; cells are written as
        the command line's ``--format csv`` writes them: lists and records as JSON, nothing for
        what a run has not.

        Raises
        ------
        StoreFailed
            If the file cannot be written; one that was there is as it was.
        """
        found = self._experiments(settings or {}, scenario, substrate, seed, version)
        frame = self._frame(found, runs, as_text=True)
        for name in frame.select_dtypes([object, bool]):
            frame[name] = frame[name].map(lambda cell: str(cell).lower() if _is_flag(cell) else cell)
        target = os.fspath(path)
        half_written = f"{target}.{os.getpid()}.part"
        try:
            try:
                frame.to_csv(half_written, index=False, lineterminator="\n")
                os.replace(half_written, target)
            finally:
                if os.path.exists(half_written):
                    os.remove(half_written)
        except OSError as error:
            raise StoreFailed(
                f"{target}: cannot be written: {error.strerror or error}: name another file, or make room"
            ) from None

    def _experiments(
        self,
        settings: Mapping[str, Any],
        name: str | None,
        substrate: str | None,
        seed: int | None,
        version: str | None,
    ) -> list[_Kept]:
        """The experiments that meet the conditions, of one version unless all are wanted."""
        rows = self._database.execute(
            "SELECT id, scenario, name, substrate, seed, version FROM experiment"
            " WHERE name = ifnull(?, name) AND substrate = ifnull(?, substrate)"
            " AND seed = ifnull(?, seed) ORDER BY id",
            (name, substrate, None if seed is None else str(seed)),
        ).fetchall()
        if version is None:
            version = _one_of([row[-1] for row in rows], self._path)
        kept = [
            _Kept(number, Scenario._of(_virtual.parse(text, named)), where, int(drawn), made_by)
            for number, text, named, where, drawn, made_by in rows
            if version in ("all", made_by)
        ]
        for key, wanted in settings.items():
            if kept and not any(row.scenario.has(key) for row in kept):
                kept[0].scenario.core.key(key)  # says which there are
            values = wanted if isinstance(wanted, (list, tuple, set, range)) else [wanted]
            kept = [row for row in kept if any(says(row.scenario, key, v) for v in values)]
        return kept

    def _frame(
        self, kept: list[_Kept], runs: range | None, *, as_text: bool = False
    ) -> pd.DataFrame:
        settings = settings_that_differ([row.scenario for row in kept])
        frames = []
        for place, row in enumerate(kept):
            frame = self._runs_of(row.number, runs, as_text=as_text).reset_index()
            leading: dict[str, Any] = {"scenario": row.scenario.name}
            leading |= {key: values[place] for key, values in settings.items()}
            # Seeds up to 2**64 - 1 together with small ones would become floats.
            seed = np.uint64(row.seed)
            leading |= {"substrate": row.substrate, "seed": seed, "version": row.version}
            for column, (name, value) in enumerate(leading.items()):
                frame.insert(column, name, value)
            frames.append(frame)
        if not frames:
            columns = ["scenario", "substrate", "seed", "version", "run", *column_names()]
            return pd.DataFrame(columns=columns)
        return pd.concat(frames, ignore_index=True)

    def _runs_of(
        self, number: int | None, runs: range | None, *, as_text: bool = False
    ) -> pd.DataFrame:
        names = ", ".join(f'"{name}"' for name in ("run", *column_names()))
        first, last = (runs.start, runs.stop - 1) if runs is not None else (0, 2**63 - 1)
        rows = self._database.execute(
            f"SELECT {names} FROM run WHERE experiment = ? AND run BETWEEN ? AND ? ORDER BY run",
            (number, first, last),
        )
        return frame_of(batch_of_rows(rows.fetchall()), as_text=as_text)

    def to_xarray(self, substrate: str | None = None, version: str | None = None) -> xr.Dataset:
        """All runs as a cube: see :func:`understudy.to_xarray`.

        Parameters
        ----------
        substrate : {"virtual", "ns3"}, optional
        version : str, optional
            As of :meth:`query`.
        """
        frame = self.load(substrate, version)
        after = list(frame.columns).index("run")
        leading = frame.columns[:after]
        return to_xarray(frame, [name for name in leading if frame[name].nunique() > 1])


@dataclass(frozen=True)
class _Kept:
    """An experiment as the store holds it."""

    number: int
    scenario: Scenario
    substrate: str
    seed: int
    version: str


def _one_of(versions: list[str], path: str) -> str:
    """The version whose runs are meant if none was said, and a word about the others."""
    if not versions or len(set(versions)) == 1:
        return "all"
    current = _virtual.code_version
    chosen = current if current in versions else versions[-1]
    others = ", ".join(sorted(set(versions) - {chosen}))
    warnings.warn(
        f"{path}: holds runs of several versions of the code; these are those of {chosen}, without"
        f' those of {others}: name a version, or "all"',
        stacklevel=4,
    )
    return chosen


def _is_flag(cell: Any) -> bool:
    return isinstance(cell, (bool, np.bool_))


def _key_of(experiment: Experiment) -> tuple[str, str, str, str]:
    return (
        experiment.digest,
        experiment.substrate,
        str(experiment.seed),
        _virtual.code_version,
    )
