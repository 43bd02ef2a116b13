# SPDX-License-Identifier: MIT
"""Many runs on all processors: in threads in virtual time, in processes in ns-3, or on a cluster.

The virtual substrate is a pure function that leaves the interpreter's lock alone, so threads are
all that it needs. ns-3 keeps one simulation per process in global variables, so each of its runs
has a worker process to itself for as long as it lasts; the process that calls never loads ns-3.

Work is handed out in stretches of runs. A substrate returns when a stretch is done or has taken
`BUDGET_S`, and the rest is handed out again: short runs cost Python little, long ones are kept as
soon as they are finished.
"""

from __future__ import annotations

import importlib.util
import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from understudy import _virtual
from understudy.records import Batch, runs_in
from understudy.scenario import Scenario
from understudy.store import Experiment

if TYPE_CHECKING:
    from distributed import Client

_T = TypeVar("_T")

BUDGET_S = 0.2
LARGEST_STRETCH = 1000

SUBSTRATES = ("virtual", "ns3")


class RunFailed(RuntimeError):
    """A run came to no outcome. The message says how to repeat it."""


@dataclass(frozen=True)
class Stretch:
    """Consecutive runs of one experiment."""

    experiment: Experiment
    runs: range

    def rest(self, done: int) -> Stretch:
        return Stretch(self.experiment, self.runs[done:])

    def pieces(self, size: int) -> list[Stretch]:
        starts = range(0, len(self.runs), size)
        return [Stretch(self.experiment, self.runs[start : start + size]) for start in starts]

    def __str__(self) -> str:
        numbers = f"first_run={self.runs.start}, runs={len(self.runs)}"
        experiment = self.experiment
        return f'substrate="{experiment.substrate}", seed={experiment.seed}, {numbers}'


def check_substrate(name: str) -> None:
    """Raise BadInput, one line, if there is no such substrate or it was not built."""
    if name not in SUBSTRATES:
        known = " and ".join(f'"{substrate}"' for substrate in SUBSTRATES)
        raise _virtual.BadInput(f'there is no substrate "{name}"; there are {known}')
    if importlib.util.find_spec(f"understudy._{name}") is None:
        raise _virtual.BadInput(
            f'the substrate "{name}" was not built: build the target understudy_python_{name}'
        )


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0))


class Workers(Protocol):
    """Those who make runs: of this machine (`Local`), or of many (`understudy.cluster.Cluster`)."""

    patience_s: float | None  # after which somebody has to see whether there are workers at all
    largest_stretch: int

    def __enter__(self) -> Workers: ...
    def __exit__(self, *error: object) -> None: ...

    def width(self) -> int:
        """How many stretches they work on at a time; 0 while there is nobody to do so."""

    def submit(self, stretch: Stretch) -> Future[Batch]:
        """Have runs made: at least the first of the stretch, more if the time suffices."""

    def explained(self, error: BaseException, lost: list[Stretch]) -> BaseException:
        """What to raise for an error of a future, when all of these were under way."""


def execute(
    stretches: Iterable[Stretch],
    jobs: int | None,
    take: Callable[[Stretch, Batch], None],
    client: Client | None = None,
) -> None:
    """Make all runs, on `jobs` processors or a cluster, and hand over each batch as it is finished.

    `take` is called in this thread, with the stretch that was asked for and as many of its first
    runs as were made; once more with the same batch if it was interrupted. When this function
    ends, by an exception or an interrupt (Ctrl-C) too, all finished runs have been taken.
    """
    stretches = list(stretches)
    if not stretches:
        return
    total = sum(len(stretch.runs) for stretch in stretches)
    with _workers(stretches[0].experiment.substrate, jobs, client) as workers:
        size = min(max(total // (4 * max(workers.width(), 1)), 1), workers.largest_stretch)
        todo = deque(piece for stretch in stretches for piece in stretch.pieces(size))
        running: dict[Future[Batch], Stretch] = {}
        try:
            while todo or running:
                while todo and len(running) < 2 * max(workers.width(), 1):
                    stretch = todo.popleft()
                    running[workers.submit(stretch)] = stretch
                done, _ = wait(running, workers.patience_s, return_when=FIRST_COMPLETED)
                for future in done:
                    stretch, batch = running[future], _result_of(future, workers, running)
                    take(stretch, batch)
                    del running[future]
                    todo.extendleft(_again(stretch.rest(runs_in(batch)), alone=not todo))
        except BaseException:
            _save(running, take)
            raise


def _result_of(
    future: Future[Batch], workers: Workers, running: dict[Future[Batch], Stretch]
) -> Batch:
    try:
        return future.result()
    except (Exception, CancelledError) as error:
        lost = [
            stretch
            for other, stretch in running.items()
            if other.cancelled() or (other.done() and other.exception() is not None)
        ]
        raise workers.explained(error, lost) from None


def _workers(substrate: str, jobs: int | None, client: Client | None) -> Workers:
    if client is None:
        return Local(substrate, processors() if jobs is None else jobs)
    try:
        from understudy.cluster import Cluster
    except ModuleNotFoundError as error:
        raise _virtual.BadInput(
            f"a cluster needs the package {error.name}: install Debian's python3-distributed,"
            " or leave the client out"
        ) from None
    return Cluster(client)


def _again(rest: Stretch, *, alone: bool) -> list[Stretch]:
    """What is left of a stretch; in two, if there is nothing else to do for the others."""
    if not rest.runs:
        return []
    return rest.pieces((len(rest.runs) + 1) // 2) if alone else [rest]


def _save(running: dict[Future[Batch], Stretch], take: Callable[[Stretch, Batch], None]) -> None:
    """Begin nothing more, and take what is under way once it is finished."""
    for future in running:
        future.cancel()
    for future, stretch in running.items():
        if not future.cancelled() and future.exception() is None:
            take(stretch, future.result())


class Local:
    """The processors of this machine."""

    patience_s = None

    def __init__(self, substrate: str, jobs: int) -> None:
        self.largest_stretch = LARGEST_STRETCH
        self._make = _make_virtual if substrate == "virtual" else _make_ns3
        self._jobs = jobs
        self._executor = _executor(substrate, jobs)

    def __enter__(self) -> Local:
        return self

    def __exit__(self, *error: object) -> None:
        self._executor.shutdown()

    def width(self) -> int:
        """How many processors."""
        return self._jobs

    def submit(self, stretch: Stretch) -> Future[Batch]:
        """See `Workers`."""
        experiment, runs = stretch.experiment, stretch.runs
        return self._executor.submit(
            self._make, experiment.scenario.core, experiment.seed, runs.start, len(runs)
        )

    def explained(self, error: BaseException, lost: list[Stretch]) -> BaseException:
        """See `Workers`."""
        if not isinstance(error, BrokenExecutor):
            return error
        told = "; ".join(map(str, lost))
        return RunFailed(f"a worker process died in one of these runs: {told}")


def _executor(substrate: str, jobs: int) -> Executor:
    if substrate == "virtual":
        return ThreadPoolExecutor(jobs, thread_name_prefix="understudy")
    # Forked, not spawned: a script need not hide its main part from being imported by workers.
    context = multiprocessing.get_context("fork")
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin_worker)


def in_a_worker(call: Callable[..., _T], *arguments: Any) -> _T:
    """Call a function in a process of its own, as ns-3 wants it."""
    with _executor("ns3", 1) as pool:
        return pool.submit(call, *arguments).result()


def _begin_worker() -> None:
    # Ctrl-C reaches every process of the terminal; the parent decides what ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """A worker whose parent was killed would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _make_virtual(core: _virtual.Scenario, seed: int, first_run: int, runs: int) -> Batch:
    return _virtual.run_batch(core, seed, first_run, runs, BUDGET_S)


def _make_ns3(core: _virtual.Scenario, seed: int, first_run: int, runs: int) -> Batch:
    from understudy import _ns3  # in a worker process only

    return _ns3.run_batch(core, seed, first_run, runs, BUDGET_S)
