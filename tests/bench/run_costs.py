# SPDX-License-Identifier: MIT
"""What runs cost, and what it costs to have them made elsewhere: the figures of docs/sweeps.md.

    run_costs.py

Processor time, since others may be using the machine: of a run of some scenarios in virtual time
and in ns-3, of keeping a run in a store and of reading it again, and of a task on a Dask cluster,
in the scheduler and in the process that sweeps together.
"""

import importlib
import tempfile
import time
from pathlib import Path

import understudy
from distributed import LocalCluster
from understudy import cluster, work

SCENARIOS = Path(__file__).parents[2] / "scenarios"
RUNS_S = 3.0  # that each scenario is run for
TASKS = 300


def run_s(substrate, core):
    """Of one run; the first, in which ns-3 is set up, left out."""
    run_batch = importlib.import_module(f"understudy._{substrate}").run_batch
    run_batch(core, 1, 1, 1, 0.0)
    before = time.thread_time()
    made = len(run_batch(core, 1, 2, 1_000_000, RUNS_S)["run"])
    return (time.thread_time() - before) / made


def store_s(crash):
    """Of adding a run to a store, and of reading it again."""
    experiment = understudy.Experiment(crash, "virtual", 1)
    batch = understudy._virtual.run_batch(crash.core, 1, 1, 10_000, 60.0)
    with tempfile.TemporaryDirectory() as folder:
        with understudy.Store(Path(folder) / "runs.sqlite") as store:
            times = [time.thread_time()]
            store.add(experiment, batch)
            times.append(time.thread_time())
            store.get(experiment, range(1, 10_001))
            times.append(time.thread_time())
    return [(end - begin) / 10_000 for begin, end in zip(times, times[1:])]


def task_s(crash):
    """Of a task, beyond the runs in it: one run a task, on a worker that is another process."""
    work.BUDGET_S = cluster.SECONDS_PER_WORKER = 0.0
    with LocalCluster(
        n_workers=1, threads_per_worker=1, dashboard_address=None
    ) as local, local.get_client() as client:
        understudy.run(crash, 10, client=client)
        before = time.process_time()
        understudy.run(crash, TASKS, first_run=11, client=client)
        return (time.process_time() - before) / TASKS


def main():
    crash = understudy.load(SCENARIOS / "crash.toml")
    added, read = store_s(crash)
    print(f"store: {1e6 * added:.1f} us to keep a run, {1e6 * read:.1f} us to read it")
    print(f"a task on a cluster: {1e3 * task_s(crash):.1f} ms")
    print(f"{'scenario':<20}{'virtual [ms]':>14}{'ns3 [ms]':>12}")
    for name in ("crash", "two-sites", "lost-pings"):
        core = understudy.load(SCENARIOS / f"{name}.toml").core
        costs = [1e3 * run_s(substrate, core) for substrate in understudy.SUBSTRATES]
        print(f"{name:<20}{costs[0]:>14.3f}{costs[1]:>12.0f}")


if __name__ == "__main__":
    main()
