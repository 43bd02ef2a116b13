# SPDX-License-Identifier: MIT
"""What a sweep from Python costs beyond the runs themselves.

    sweep_overhead.py PROGRAM [RUNS]

Makes RUNS runs (a million) of scenarios/crash.toml twice, in turns: with PROGRAM, the program
build/scenarios/crash, and as a sweep into a store on the disk. Prints three numbers: the processor
time of each per run, in microseconds, and by how much the second exceeds the first, as a part of it.
Processor time of all threads, since others may be using the machine.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import understudy

SETTINGS = [2, 3, 4, 5]
TURNS = 4


def program_s(program, runs, first_run):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for misses in SETTINGS:
        subprocess.run(
            [program, "--runs", str(runs), "--first-run", str(first_run), "--set",
             f"pair.misses={misses}"],
            check=True, capture_output=True,
        )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def sweep_s(scenario, runs, first_run, store):
    before = time.process_time()
    understudy.sweep(
        scenario, {"pair.misses": SETTINGS}, runs, first_run=first_run, store=store, progress=False
    )
    return time.process_time() - before


def main():
    program = Path(sys.argv[1])
    runs = int(sys.argv[2] if len(sys.argv) > 2 else 1_000_000)
    crash = understudy.load(Path(__file__).parents[2] / "scenarios" / "crash.toml")
    each = runs // TURNS // len(SETTINGS)
    bare = swept = 0.0
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(TURNS):
            first_run = 1 + turn * each
            bare += program_s(program, each, first_run)
            swept += sweep_s(crash, each, first_run, Path(folder) / "runs.sqlite")
    made = each * TURNS * len(SETTINGS)
    print(f"{1e6 * bare / made:.3f} {1e6 * swept / made:.3f} {swept / bare - 1:.4f}")


if __name__ == "__main__":
    main()
