# SPDX-License-Identifier: MIT
"""Runs on a Dask cluster: what is sent to its workers, and what can go wrong with them.

Workers make batches of runs and send them back; they write to no store. The one process that
sweeps keeps what comes back, so each run is in its store once, however often it was made: when a
worker is lost, the scheduler gives what it had not sent to another one.

Tasks take longer the wider the cluster is: `SECONDS_PER_WORKER` for each of its threads, so that
scheduler and sweeping process have that long for each task.
"""

from __future__ import annotations

import threading
import time
import warnings
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from typing import Any

from distributed import Client
from distributed.comm import CommClosedError
from distributed.scheduler import KilledWorker

from understudy import _virtual, work
from understudy.records import Batch
from understudy.scenario import Scenario
from understudy.work import RunFailed, Stretch, check_substrate

__all__ = ["Cluster"]

SECONDS_PER_WORKER = 0.01
LARGEST_STRETCH = 10_000  # a few megabytes when they come back
SEEN_EVERY_S = 2.0

# What a worker is asked, in words that one without the package understands too.
_QUESTION = "__import__('understudy').code_version"

# ns-3 keeps one simulation a process. A worker with several threads takes turns.
_one_simulation = threading.Lock()


@dataclass(frozen=True)
class Order:
    """What a worker is sent."""

    version: str
    digest: str
    scenario: Scenario
    substrate: str
    seed: int
    runs: range
    budget_s: float


class Cluster:
    """The workers of a Dask cluster, who may come and go.

    Raises
    ------
    BadInput
        If one of them has not the package, or another version of its code.
    """

    patience_s = SEEN_EVERY_S

    def __init__(self, client: Client) -> None:
        if not isinstance(client, Client):
            raise _virtual.BadInput(
                f"client is {client!r} of type {type(client).__name__};"
                ' it must be a distributed.Client, such as Client("tcp://scheduler:8786")'
            )
        self.largest_stretch = LARGEST_STRETCH
        self._client = client
        self._seen_at = -SEEN_EVERY_S
        self._threads = 0
        self._deserted = False
        self._under_way: dict[Future[Batch], Any] = {}
        self._greet()

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *error: object) -> None:
        if self._under_way and self._client.status == "running":
            self._client.cancel(list(self._under_way.values()))

    def _greet(self) -> None:
        """Refuse workers that could not do the work, before there is any."""
        answers: dict[str, Any] = self._client.run(eval, _QUESTION, on_error="return")
        for worker, answer in answers.items():
            if answer != _virtual.code_version:
                raise _virtual.BadInput(_unfit(worker, answer, _virtual.code_version))

    def width(self) -> int:
        """How many threads all workers have together, as of a moment ago."""
        now = time.monotonic()
        if now - self._seen_at >= SEEN_EVERY_S:
            self._seen_at = now
            self._threads = self._count_threads()
            if self._threads == 0 and not self._deserted:
                warnings.warn("the cluster has no workers: waiting for some", stacklevel=2)
            self._deserted = self._threads == 0
        return self._threads

    def _count_threads(self) -> int:
        try:
            if self._client.status == "running":
                return sum(self._client.nthreads().values())
        except OSError:
            pass
        raise RunFailed(_NO_SCHEDULER)

    def submit(self, stretch: Stretch) -> Future[Batch]:
        """See `understudy.work.Workers`."""
        experiment = stretch.experiment
        order = Order(
            version=_virtual.code_version,
            digest=experiment.digest,
            scenario=experiment.scenario,
            substrate=experiment.substrate,
            seed=experiment.seed,
            runs=stretch.runs,
            budget_s=max(work.BUDGET_S, SECONDS_PER_WORKER * self._threads),
        )
        future: Future[Batch] = Future()
        self._under_way[future] = self._client.submit(make, order, pure=False)
        future.add_done_callback(self._forget)
        self._client.loop.add_callback(self._await, future)
        return future

    def _forget(self, future: Future[Batch]) -> None:
        if not future.cancelled():  # the cluster is told when this ends, of all at once
            del self._under_way[future]

    async def _await(self, future: Future[Batch]) -> None:
        """Bring what the cluster answers to those who wait for the future."""
        try:
            batch = await self._client.gather(self._under_way[future], asynchronous=True)
        except CancelledError:
            future.cancel()
        except Exception as error:
            if future.set_running_or_notify_cancel():
                future.set_exception(error)
        else:
            if future.set_running_or_notify_cancel():
                future.set_result(batch)

    def explained(self, error: BaseException, lost: list[Stretch]) -> BaseException:
        """See `understudy.work.Workers`."""
        if isinstance(error, ModuleNotFoundError):
            return RunFailed(_unfit("a worker that came late", error, _virtual.code_version))
        if isinstance(error, KilledWorker):
            told = "; ".join(map(str, lost))
            return RunFailed(f"several workers died, one after the other, in these runs: {told}")
        if isinstance(error, (CancelledError, CommClosedError)):
            return RunFailed(_NO_SCHEDULER)
        return error


_NO_SCHEDULER = (
    "the connection to the scheduler is lost: start it again, make a new client,"
    " and ask for the same again; finished runs are kept, and only the others are made"
)


def _unfit(worker: str, answer: Any, wanted: str) -> str:
    if isinstance(answer, ModuleNotFoundError):
        found = f"has no package {answer.name}"
    elif isinstance(answer, str):
        found = f"has understudy {answer}"
    else:
        found = f"cannot use understudy ({answer!r})"
    return (
        f"{worker} {found}: give its Python understudy {wanted}, as here,"
        " and start it again; finished runs are kept"
    )


def make(order: Order) -> Batch:
    """Make runs. At work in a worker."""
    if order.version != _virtual.code_version:
        raise RunFailed(_unfit("a worker that came late", _virtual.code_version, order.version))
    if order.scenario.digest() != order.digest:
        raise RunFailed(
            "a recording that the scenario draws from says something else where a worker is:"
            " put the same file there, in the same place"
        )
    arguments = (order.scenario.core, order.seed, order.runs.start, len(order.runs))
    if order.substrate == "virtual":
        return _virtual.run_batch(*arguments, order.budget_s)
    with _one_simulation:
        check_substrate(order.substrate)

        from understudy import _ns3  # nowhere but in workers

        return _ns3.run_batch(*arguments, order.budget_s)
