# SPDX-License-Identifier: MIT
"""Runs and sweeps: the frames that come back, and how they are made."""

import json
import math
import resource
import subprocess
import threading
import time
from pathlib import Path

import pandas as pd
import pytest

import understudy
from understudy import BadInput, _virtual, work

BUILD = Path(understudy.__file__).parents[2]


def records_of(frame):
    """A frame as the records of the command line's JSON."""
    records = []
    for run, row in frame.iterrows():
        record = {"run": run, **row.to_dict()}
        records.append(
            {
                name: None if isinstance(cell, float) and math.isnan(cell) else cell
                for name, cell in record.items()
            }
        )
    return records


@pytest.mark.parametrize("substrate", understudy.SUBSTRATES)
@pytest.mark.parametrize("scenario", ["crash", "lost-pings", "cold-start"])
def test_the_records_are_those_of_the_command_line(root, scenario, substrate):
    printed = subprocess.run(
        [BUILD / "scenarios" / scenario, "--substrate", substrate, "--runs", "5", "--first-run",
         "3", "--seed", "7", "--format", "json"],
        check=True, capture_output=True, text=True, cwd=root,
    )  # fmt: skip
    answer = json.loads(printed.stdout)
    frame = understudy.run(
        understudy.load(root / "scenarios" / f"{scenario}.toml"),
        runs=5, substrate=substrate, seed=7, first_run=3,
    )  # fmt: skip
    assert records_of(frame) == answer["runs"]
    assert list(answer["runs"][0]) == ["run", *frame.columns]
    assert understudy.__version__ == answer["version"]


def test_the_frame_is_indexed_by_run_and_typed(crash):
    frame = understudy.run(crash, runs=4, first_run=10)
    assert frame.index.name == "run"
    assert frame.index.tolist() == [10, 11, 12, 13]
    assert frame["detection_s"].dtype == "float64"
    assert frame["boots"].dtype == "int64"
    assert frame["censored"].dtype == "bool"
    first = frame.loc[10]
    assert first["faults"][0]["kind"] == "crash"
    assert first["faults"][0]["detection_s"] == first["detection_s"]
    assert first["final_roles"] == {"first": "monitor", "second": "primary"}


def test_what_a_run_has_not_is_nan():
    frame = understudy.run(understudy.Scenario(), runs=2)
    for column in ("detection_s", "takeover_s", "outage_s", "censored", "redundancy_s"):
        assert frame[column].isna().all()
    assert frame["faults"].tolist() == [[], []]


@pytest.mark.parametrize("substrate", understudy.SUBSTRATES)
def test_the_number_of_jobs_changes_nothing(crash, substrate):
    runs = 500 if substrate == "virtual" else 6
    alone = understudy.run(crash, runs, substrate, jobs=1)
    pd.testing.assert_frame_equal(alone, understudy.run(crash, runs, substrate, jobs=2))
    pd.testing.assert_frame_equal(alone, understudy.run(crash, runs, substrate, jobs=3))
    single = understudy.run(crash, 1, substrate, first_run=5)
    pd.testing.assert_frame_equal(alone.loc[[5]], single)


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_does_not_fit_into_the_time_of_a_batch_is_handed_out_again(crash, monkeypatch, jobs):
    expected = understudy.run(crash, 100)
    monkeypatch.setattr(work, "BUDGET_S", 0.0)  # one run a batch
    pd.testing.assert_frame_equal(understudy.run(crash, 100, jobs=jobs), expected)


def test_seeds_and_runs_draw_differently(crash):
    detection = understudy.run(crash, runs=20)["detection_s"]
    assert detection.nunique() == 20
    assert not set(detection) & set(understudy.run(crash, runs=20, seed=2)["detection_s"])


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({"runs": 0}, "runs is 0; it must be from 1"),
        ({"first_run": 0}, "first_run is 0"),
        ({"first_run": 2**63 - 1, "runs": 2}, "the last run is 9223372036854775808"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 2**64}, "seed is 18446744073709551616"),
        ({"jobs": 0}, "jobs is 0"),
        ({"runs": "10"}, "runs is '10' of type str; it must be a whole number"),
        ({"runs": 2.5}, "runs is 2.5 of type float; it must be a whole number"),
        ({"seed": None}, "seed is None of type NoneType; it must be a whole number"),
        ({"jobs": True}, "jobs is True of type bool; it must be a whole number"),
        ({"scenario": "crash"}, "the scenario is 'crash' of type str; understudy.load reads"),
        ({"substrate": "reality"}, 'there is no substrate "reality"; there are "virtual" and'),
    ],
)
def test_arguments_that_make_no_sense_are_named(crash, arguments, line):
    for function, own in ((understudy.run, {}), (understudy.sweep, {"grid": {}})):
        with pytest.raises(BadInput) as error:
            function(**{"scenario": crash, **own, **arguments})
        assert str(error.value).startswith(line)


def test_python_costs_less_than_a_tenth_of_what_the_program_costs(root):
    """Processor time of 10,000 runs, of all threads, the best of some turns of each."""
    crash = understudy.load(root / "scenarios" / "crash.toml")
    program, python = [], []
    while len(python) < 2 or (len(python) < 6 and min(python) >= 1.1 * min(program)):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [BUILD / "scenarios" / "crash", "--runs", "10000"], check=True, capture_output=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        program.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        began = time.process_time()
        understudy.run(crash, 10_000)
        python.append(time.process_time() - began)
    assert min(python) < 1.1 * min(program)


def test_the_greatest_seed_is_one_like_any_other(crash):
    assert len(understudy.run(crash, seed=2**64 - 1)) == 1
    assert len(understudy.sweep(crash, {}, seed=2**64 - 1)) == 1


def test_a_substrate_that_was_not_built_is_named(crash, monkeypatch):
    monkeypatch.setattr(work.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BadInput, match='the substrate "ns3" was not built'):
        understudy.run(crash, substrate="ns3")


class TestSweep:
    def test_each_combination_has_its_columns_and_all_runs(self, crash):
        grid = {"pair.ping_interval": ["50ms", 0.1], "pair.misses": [2, 3]}
        frame = understudy.sweep(crash, grid, runs=3)
        assert frame.columns[:3].tolist() == ["pair.ping_interval", "pair.misses", "run"]
        assert frame["pair.ping_interval"].tolist() == [0.05] * 6 + [0.1] * 6
        assert frame["pair.misses"].tolist() == [2, 2, 2, 3, 3, 3] * 2
        assert frame["run"].tolist() == [1, 2, 3] * 4
        alone = understudy.run(crash.replace({"pair.ping_interval": 0.05, "pair.misses": 3}), 3)
        pd.testing.assert_frame_equal(
            frame.iloc[3:6].set_index("run").drop(columns=list(grid)), alone
        )

    def test_a_distribution_is_a_value_like_any_other(self, crash):
        boots = ["5s", {"normal": ["20s", "1s"]}]
        frame = understudy.sweep(crash, {"server.boot_time": boots}, runs=1)
        assert frame["server.boot_time"].tolist() == [5.0, '{ normal = ["20s", "1s"] }']
        again = understudy.sweep(crash, {"server.boot_time": frame["server.boot_time"]}, runs=1)
        pd.testing.assert_frame_equal(again, frame)

    def test_a_wrong_value_is_refused_before_anything_is_run(self, crash, tmp_path):
        store = tmp_path / "runs.sqlite"
        with pytest.raises(BadInput, match="pair.misses"):
            understudy.sweep(crash, {"pair.misses": [2, 3, 0]}, store=store)
        with pytest.raises(BadInput, match="no values"):
            understudy.sweep(crash, {"pair.misses": []}, store=store)
        assert not store.exists()

    def test_a_sweep_becomes_a_cube(self, crash):
        grid = {"pair.ping_interval": ["50ms", 0.1], "pair.misses": [2, 3]}
        frame = understudy.sweep(crash, grid, runs=3)
        cube = understudy.to_xarray(frame, list(grid))
        assert dict(cube.sizes) == {"pair.ping_interval": 2, "pair.misses": 2, "run": 3}
        cell = cube["detection_s"].sel({"pair.ping_interval": 0.1, "pair.misses": 2, "run": 3})
        assert cell == frame.iloc[8]["detection_s"]
        with pytest.raises(ValueError, match="do not tell all rows apart"):
            understudy.to_xarray(frame, ["pair.misses"])


def test_two_threads_simulate_at_the_same_time(crash):
    """Each simulates for a second of wall time, both together for less than 1.6 seconds."""
    arguments = (crash.core, 1, 1, 10**9, 1.0)
    workers = [threading.Thread(target=_virtual.run_batch, args=arguments) for _ in range(2)]
    begin = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert 1.0 <= time.perf_counter() - begin < 1.6


def test_a_batch_ends_when_its_time_is_over(crash):
    batch = _virtual.run_batch(crash.core, 1, 1, 10**9, 0.05)
    assert 1 <= len(batch["run"]) < 10**6
    assert len(_virtual.run_batch(crash.core, 1, 1, 10**9, 0.0)["run"]) == 1


def test_a_dead_worker_is_an_error_that_says_how_to_repeat_it(crash, monkeypatch):
    # Forked workers see what is patched here.
    monkeypatch.setattr(work, "_make_ns3", _die)
    with pytest.raises(understudy.RunFailed, match=r'substrate="ns3", seed=3, first_run=\d+, runs'):
        understudy.run(crash, runs=4, substrate="ns3", seed=3, jobs=2)


def _die(*_):
    work.os._exit(7)
