# SPDX-License-Identifier: MIT
"""A Dask cluster: a real scheduler, real workers, and what happens when one of them dies."""

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest
from distributed import Client

import understudy
from understudy import BadInput, RunFailed, Store, cluster, work

BUILD = Path(understudy.__path__[0]).resolve().parent
GRID = {"pair.misses": [2, 3]}


class Machines:
    """Processes of a cluster on this machine."""

    def __init__(self, folder):
        self.folder = folder
        self.processes = []
        self.address = folder / "scheduler.json"
        self.scheduler = self._start(
            "scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", self.address
        )

    def worker(self, package=BUILD, threads=1):
        """Another worker, which finds the package there, or nowhere."""
        return self._start(
            "worker", "--scheduler-file", self.address, "--nthreads", str(threads), "--no-nanny",
            "--memory-limit", "0", "--local-directory", self.folder, package=package,
        )  # fmt: skip

    def _start(self, program, *arguments, package=None):
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        if package is not None:
            environment["PYTHONPATH"] = str(package)
        log = open(self.folder / f"{program}{len(self.processes)}.log", "w")
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.dask_{program}", "--no-dashboard", *arguments],
            env=environment, stdout=log, stderr=log, cwd=self.folder,
        )  # fmt: skip
        self.processes.append(process)
        return process

    def end(self):
        for process in self.processes:
            process.kill()
            process.wait()


@contextmanager
def a_cluster(folder, workers, threads=1):
    machines = Machines(folder)
    try:
        for _ in range(workers):
            machines.worker(threads=threads)
        with Client(scheduler_file=str(machines.address), timeout="60s") as client:
            client.wait_for_workers(workers)
            yield machines, client
    finally:
        machines.end()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A cluster with one worker of two threads, for tests that leave it as it was."""
    with a_cluster(tmp_path_factory.mktemp("cluster"), workers=1, threads=2) as made:
        yield made


def contents(path):
    """All that a store holds, to the byte."""
    with sqlite3.connect(path) as database:
        return [
            database.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()
            for table in ("experiment", "run")
        ]


class KillsAWorker(Store):
    """A store that kills a process once it holds so many runs."""

    def kill_at(self, runs, process):
        self._runs, self._process = runs, process

    def add(self, experiment, batch):
        super().add(experiment, batch)
        if self._process.poll() is None and len(self) >= self._runs:
            self._process.kill()
            self._process.wait()
            self.held_then = len(self)


def test_a_sweep_that_loses_a_worker_fills_the_store_of_a_local_one(crash, tmp_path, monkeypatch):
    monkeypatch.setattr(work, "BUDGET_S", 0.05)
    with a_cluster(tmp_path, workers=2) as (machines, client):
        with KillsAWorker(tmp_path / "cluster.sqlite") as store:
            store.kill_at(500, machines.processes[1])
            swept = understudy.sweep(crash, GRID, runs=1500, store=store, client=client)
            assert store.held_then < 2000, "the worker was not killed in the middle"
        assert len(client.nthreads()) == 1
    local = understudy.sweep(crash, GRID, runs=1500, store=tmp_path / "local.sqlite")
    pd.testing.assert_frame_equal(swept, local)
    assert contents(tmp_path / "cluster.sqlite") == contents(tmp_path / "local.sqlite")


def test_an_interrupt_ends_cleanly_and_loses_nothing_that_is_finished(
    crash, shared, tmp_path, monkeypatch, capfd
):
    monkeypatch.setattr(work, "BUDGET_S", 0.05)
    client = shared[1]
    with InterruptedOnce(tmp_path / "runs.sqlite") as store:
        with pytest.raises(KeyboardInterrupt):
            understudy.sweep(crash, {}, runs=100_000, store=store, client=client)
        assert store.finished
        assert store.finished <= {run for (run,) in store._database.execute("SELECT run FROM run")}
        assert len(store) < 100_000
        wait_for(lambda: not any(client.processing().values()))  # nobody goes on with it
        assert len(understudy.sweep(crash, {}, runs=300, store=store, client=client)) == 300
    assert "Traceback" not in capfd.readouterr().err


class InterruptedOnce(Store):
    """A store at whose third batch Ctrl-C is pressed, before it is kept."""

    finished = frozenset()
    batches = 0

    def add(self, experiment, batch):
        self.batches += 1
        if self.batches == 3:
            self.finished = frozenset(batch["run"].tolist())
            raise KeyboardInterrupt
        super().add(experiment, batch)


def test_a_lost_scheduler_loses_no_finished_run(crash, tmp_path, monkeypatch):
    monkeypatch.setattr(work, "BUDGET_S", 0.05)
    path = tmp_path / "runs.sqlite"
    with a_cluster(tmp_path, workers=1) as (machines, client):
        with KillsAWorker(path) as store:
            store.kill_at(100, machines.scheduler)
            with pytest.raises(RunFailed, match="connection to the scheduler is lost: start it"):
                understudy.sweep(crash, {}, runs=100_000, store=store, client=client)
            kept = len(store)
    assert kept >= 100
    frame = understudy.sweep(crash, {}, runs=500, store=path)
    pd.testing.assert_frame_equal(frame.set_index("run"), understudy.run(crash, 500))


@pytest.mark.parametrize(("substrate", "runs"), [("virtual", 200), ("ns3", 4)])
def test_a_cluster_makes_the_same_runs(crash, shared, substrate, runs):
    there = understudy.run(crash, runs, substrate, seed=3, client=shared[1])
    pd.testing.assert_frame_equal(there, understudy.run(crash, runs, substrate, seed=3))


def test_a_recording_must_say_the_same_at_the_worker(crash, shared, tmp_path, monkeypatch):
    recording = tmp_path / "boots.csv"
    recording.write_text("19\n20\n")
    crash.server.boot_time = understudy.Distribution.trace(recording)
    submit = cluster.Cluster.submit

    def changing(self, stretch):
        assert stretch.experiment.digest
        recording.write_text("19\n21\n")
        return submit(self, stretch)

    monkeypatch.setattr(cluster.Cluster, "submit", changing)
    with pytest.raises(RunFailed, match="put the same file there"):
        understudy.run(crash, client=shared[1])


def test_what_is_no_client_is_refused(crash):
    with pytest.raises(BadInput, match=r"'tcp://here' of type str; .* Client\(\"tcp://"):
        understudy.run(crash, client="tcp://here")


def test_a_worker_of_another_version_is_refused(crash, shared, monkeypatch):
    here = understudy.code_version
    monkeypatch.setattr(understudy._virtual, "code_version", "0.0.0+new")
    with pytest.raises(BadInput) as error:
        understudy.run(crash, client=shared[1])
    assert f"has understudy {here}: give its Python understudy 0.0.0+new" in str(error.value)

    # One that comes later finds out by itself.
    monkeypatch.setattr(cluster.Cluster, "_greet", lambda self: None)
    with pytest.raises(RunFailed, match="0.0.0"):
        understudy.run(crash, client=shared[1])


def test_a_worker_without_the_package_is_named_with_what_to_do(crash, shared, tmp_path):
    machines, client = shared
    path = tmp_path / "runs.sqlite"
    bare = machines.worker(package=None)
    client.wait_for_workers(2)
    try:
        with pytest.raises(BadInput, match="has no package understudy: give its Python understudy"):
            understudy.sweep(crash, {}, runs=10, store=path, client=client)
        with pytest.MonkeyPatch.context() as patch, Store(path) as store:
            patch.setattr(cluster.Cluster, "_greet", lambda self: None)  # as if it came later
            patch.setattr(work, "BUDGET_S", 0.05)
            with pytest.raises(RunFailed, match="came late has no package understudy"):
                understudy.sweep(crash, {}, runs=20_000, store=store, client=client)
    finally:
        bare.kill()
        bare.wait()
        wait_for(lambda: len(client.nthreads()) == 1)
    assert len(understudy.sweep(crash, {}, runs=10, store=path, client=client)) == 10


def wait_for(condition):
    deadline = time.monotonic() + 30.0
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_tasks_last_longer_the_wider_the_cluster_is(crash, shared, monkeypatch):
    sent = []
    client = shared[1]
    monkeypatch.setattr(
        type(client), "submit", lambda self, make, order, **_: sent.append(order) or FAILED
    )
    stretch = work.Stretch(understudy.Experiment(crash, "virtual", 1), range(1, 2))
    for threads, seconds in ((2, work.BUDGET_S), (1000, 10.0)):
        made = cluster.Cluster(client)
        monkeypatch.setattr(type(client), "nthreads", lambda self, n=threads: {"them all": n})
        monkeypatch.setattr(made, "_await", nothing)
        assert made.width() == threads
        made.submit(stretch)
        assert sent[-1].budget_s == pytest.approx(seconds)


def test_a_cluster_without_workers_is_waited_for_and_said_so_once(shared, monkeypatch):
    made = cluster.Cluster(shared[1])
    monkeypatch.setattr(cluster, "SEEN_EVERY_S", 0.0)
    threads = [0]
    monkeypatch.setattr(type(shared[1]), "nthreads", lambda self: dict(enumerate(threads)))
    with pytest.warns(UserWarning, match="no workers: waiting") as warned:
        assert [made.width() for _ in range(3)] == [0, 0, 0]
    assert len(warned) == 1
    threads[:] = [2, 2]
    assert made.width() == 4


def test_without_dask_a_client_is_refused_with_what_to_install(crash, monkeypatch):
    monkeypatch.delitem(sys.modules, "understudy.cluster")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(BadInput, match="python3-distributed"):
        understudy.run(crash, client=object())


FAILED = object()


async def nothing(future):
    pass
