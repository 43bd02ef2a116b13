# SPDX-License-Identifier: MIT
"""The store: nothing that is finished is lost, or made twice."""

import csv
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pandas as pd
import pytest

import understudy
from understudy import BadInput, Experiment, Store, StoreFailed, work

RUNS = 40_000

# Sweeps until it is ended. If it can, it then writes how many runs were finished to its second
# argument.
SWEEP = """
import sys
import understudy
from understudy import work

made = []
make = work._make_virtual

def counting(*arguments):
    batch = make(*arguments)
    made.append(len(batch["run"]))
    return batch

work._make_virtual = counting
crash = understudy.load(sys.argv[1]).replace({"run.duration": "60s"})
try:
    understudy.sweep(
        crash, {"pair.misses": [2, 3]}, runs=int(sys.argv[4]), store=sys.argv[3], jobs=2)
finally:
    open(sys.argv[2], "w").write(str(sum(made)))
"""


@pytest.fixture
def made(monkeypatch):
    """The numbers of runs that are made, stretch by stretch."""
    stretches = []
    make = work._make_virtual

    def counting(*arguments):
        batch = make(*arguments)
        stretches.append(len(batch["run"]))
        return batch

    monkeypatch.setattr(work, "_make_virtual", counting)
    return stretches


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "runs.sqlite") as opened:
        yield opened


def sweep_in_a_process(root, folder):
    return subprocess.Popen(
        [sys.executable, "-c", SWEEP, root / "scenarios" / "crash.toml", folder / "made",
         folder / "runs.sqlite", str(RUNS)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def wait_for_runs(path, runs):
    """Until the store of another process holds so many."""
    for _ in range(6000):
        if path.exists():
            with Store(path) as store:
                if len(store) >= runs:
                    return
        time.sleep(0.01)
    raise TimeoutError(f"{path} does not fill")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_sweep_that_is_ended_in_the_middle_goes_on_there(crash, root, tmp_path, made, how):
    path = tmp_path / "runs.sqlite"
    process = sweep_in_a_process(root, tmp_path)
    wait_for_runs(path, 500)
    process.send_signal(how)
    process.communicate(timeout=60)
    assert process.returncode != 0

    with Store(path) as store:
        before = store.load()
    assert 500 <= len(before) < 2 * RUNS
    if how == signal.SIGINT:  # what was under way was waited for and kept
        assert len(before) == int((tmp_path / "made").read_text())

    runs = 2000
    frame = understudy.sweep(crash, {"pair.misses": [2, 3]}, runs=runs, store=path)
    there = before[before["run"] <= runs]
    assert sum(made) == 2 * runs - len(there)
    undisturbed = understudy.sweep(crash, {"pair.misses": [2, 3]}, runs=runs)
    pd.testing.assert_frame_equal(frame, undisturbed)


def test_an_interrupt_on_the_edge_of_a_transaction_leaves_the_store_usable(crash, store, made):
    store._database.execute("BEGIN IMMEDIATE")  # and there Ctrl-C came
    understudy.sweep(crash, {}, runs=5, store=store)
    assert len(store) == 5
    assert not store._database.in_transaction


def test_what_is_there_is_not_made_again(crash, store, made):
    grid = {"pair.misses": [2, 3]}
    first = understudy.sweep(crash, grid, runs=50, store=store)
    assert sum(made) == 100
    again = understudy.sweep(crash, grid, runs=50, store=store)
    assert sum(made) == 100
    pd.testing.assert_frame_equal(again, first)

    understudy.sweep(crash, grid, runs=60, store=store)
    assert sum(made) == 120
    understudy.sweep(crash, {"pair.misses": [3, 4]}, runs=60, store=store)
    assert sum(made) == 180
    understudy.sweep(crash, grid, runs=1, seed=2, store=store)
    assert sum(made) == 182
    assert len(store) == 182


def test_a_scenario_is_known_by_what_it_says_and_not_by_its_name(crash, store, made):
    understudy.sweep(crash, {}, runs=5, store=store)
    crash.name = "another"
    understudy.sweep(crash, {}, runs=5, store=store)
    assert sum(made) == 5


def sweep_as_another_version(crash, store):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(understudy._virtual, "code_version", "0.0.0+old")
        understudy.sweep(crash, {}, runs=5, store=store)


def test_what_another_version_made_is_kept_apart(crash, store, made):
    sweep_as_another_version(crash, store)
    with pytest.warns(UserWarning, match=r"holds 4 of these runs as version 0\.0\.0\+old"):
        understudy.sweep(crash, {}, runs=4, store=store)
    assert sum(made) == 9
    assert store.versions()[["experiments", "runs", "current"]].values.tolist() == [
        [1, 5, False], [1, 4, True],
    ]  # fmt: skip

    with pytest.warns(UserWarning, match=r"without those of 0\.0\.0\+old: name a version"):
        loaded = store.load()
    assert set(loaded["version"]) == {understudy.code_version}
    assert len(store.query(version="0.0.0+old")) == 5
    assert len(store.load(version="all")) == 9
    assert store.to_xarray(version="all").sizes["version"] == 2


def test_a_store_that_only_another_version_has_filled_is_shown_as_it_is(crash, store):
    sweep_as_another_version(crash, store)
    assert len(store.load()) == 5
    with pytest.warns(UserWarning, match="version 0.0.0"):
        understudy.sweep(crash, {}, runs=5, store=store)


def test_the_version_is_that_of_the_code_that_outcomes_follow_from(root, tmp_path):
    header = tmp_path / "code_version.h"
    tree = tmp_path / "tree"
    shutil.copytree(root / "model", tree / "model")
    write = [sys.executable, root / "bindings" / "write_code_version.py", "1.2.3"]
    written = []
    subprocess.run([*write, root, header], check=True)
    written.append(header.read_text())
    subprocess.run([*write, tree, header], check=True)
    written.append(header.read_text())
    with (tree / "model" / "failover" / "agent.cc").open("a") as source:
        source.write("// another one\n")
    subprocess.run([*write, tree, header], check=True)
    written.append(header.read_text())
    assert understudy.code_version.split("+")[1] in written[0]
    assert written[0] == written[1] != written[2]


def test_gaps_are_found_and_nothing_else(crash, store):
    experiment = Experiment(crash, "virtual", 1)
    assert store.missing(experiment, range(3, 9)) == [range(3, 9)]
    for first, runs in ((5, 2), (8, 1)):
        store.add(experiment, work._make_virtual(crash.core, 1, first, runs))
    assert store.missing(experiment, range(1, 12)) == [range(1, 5), range(7, 8), range(9, 12)]
    assert store.missing(experiment, range(5, 7)) == []
    assert store.missing(experiment, range(6, 8)) == [range(7, 8)]


def test_a_batch_is_kept_whole_or_not_at_all(crash, store):
    experiment = Experiment(crash, "virtual", 1)
    batch = dict(work._make_virtual(crash.core, 1, 1, 10))
    batch["faults"] = [*batch["faults"][:5], object(), *batch["faults"][6:]]
    with pytest.raises(sqlite3.ProgrammingError):
        store.add(experiment, batch)
    assert len(store) == 0
    store.add(experiment, work._make_virtual(crash.core, 1, 1, 10))
    assert len(store) == 10


def test_what_is_loaded_is_what_was_run(crash, store):
    swept = understudy.sweep(crash, {"pair.ping_interval": ["50ms", "100ms"]}, runs=4, store=store)
    loaded = store.load()
    assert loaded.columns[:6].tolist() == [
        "scenario", "pair.ping_interval", "substrate", "seed", "version", "run",
    ]  # fmt: skip
    assert set(loaded["scenario"]) == {"crash"}
    columns = swept.columns.tolist()
    pd.testing.assert_frame_equal(loaded[columns], swept)
    assert len(store.load("ns3")) == 0
    assert store.load("ns3").columns[-1] == loaded.columns[-1]


def test_scenarios_with_different_faults_share_a_store(crash, store):
    quiet = understudy.Scenario()
    understudy.sweep(crash, {}, runs=1, store=store)
    understudy.sweep(quiet, {}, runs=1, store=store)
    loaded = store.load()
    assert loaded["fault.0.kind"].tolist()[0] == "crash"
    assert loaded["fault.0.kind"].isna().tolist() == [False, True]
    assert loaded["scenario"].tolist() == ["crash", "scenario"]


def test_a_store_becomes_a_cube(crash, store):
    understudy.sweep(crash, {"pair.misses": [2, 3]}, runs=4, store=store)
    understudy.sweep(crash, {"pair.misses": [3]}, runs=4, seed=2, store=store)
    cube = store.to_xarray()
    assert dict(cube.sizes) == {"pair.misses": 2, "seed": 2, "run": 4}
    assert cube["detection_s"].sel({"pair.misses": 2, "seed": 2}).isnull().all()
    assert cube["detection_s"].sel({"pair.misses": 3}).notnull().all()


def test_several_processes_fill_one_store_and_one_of_them_is_killed(crash, root, tmp_path):
    path = tmp_path / "runs.sqlite"
    killed, *others = (sweep_in_a_process(root, tmp_path) for _ in range(3))
    wait_for_runs(path, 1000)
    killed.kill()
    killed.wait()
    with Store(path) as store:
        then = len(store)
    wait_for_runs(path, then + 1000)  # the others go on
    for process in others:
        assert process.poll() is None, process.stderr.read()
        process.send_signal(signal.SIGINT)
    for process in others:
        _, errors = process.communicate(timeout=60)
        assert errors.rstrip().endswith("KeyboardInterrupt")

    with Store(path) as store:
        assert store._database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        loaded = store.load()
    settings = [name for name in loaded if name == "pair.misses"]  # if they have come to the second
    assert not loaded.duplicated([*settings, "run"]).any()
    swept = understudy.sweep(crash, {"pair.misses": [2, 3]}, runs=1500, store=path)
    pd.testing.assert_frame_equal(
        swept, understudy.sweep(crash, {"pair.misses": [2, 3]}, runs=1500)
    )


class TestQuery:
    @pytest.fixture
    def filled(self, crash, store):
        grid = {"pair.misses": [2, 3], "topology.kind": ["lan", "wan"]}
        understudy.sweep(crash, grid, runs=4, store=store)
        understudy.sweep(crash, {"pair.misses": [3]}, runs=3, seed=2, store=store)
        understudy.sweep(understudy.Scenario("quiet"), {}, runs=2, store=store)
        return store

    @pytest.mark.parametrize(
        ("conditions", "runs"),
        [
            ({}, 21),
            ({"settings": {"pair.misses": 2}}, 8),
            ({"settings": {"pair.misses": [2, 3], "topology.kind": "wan"}}, 8),
            ({"settings": {"pair.ping_interval": "100ms"}}, 21),
            ({"settings": {"pair.watch_misses": 9}}, 8),  # which follows from the others
            ({"settings": {"fault.0.kind": "crash"}}, 19),
            ({"settings": {"fault.0.kind": None}}, 2),
            ({"settings": {"fault.0.at": {"uniform": [30, "31s"]}}}, 19),
            ({"seed": 2}, 3),
            ({"scenario": "quiet"}, 2),
            ({"scenario": "noisy"}, 0),
            ({"substrate": "ns3"}, 0),
            ({"runs": range(2, 4), "seed": 1, "scenario": "crash"}, 8),
            ({"version": understudy.code_version}, 21),
            ({"version": "0.0.0"}, 0),
        ],
    )
    def test_the_runs_are_those_that_meet_all_conditions(self, filled, conditions, runs):
        frame = filled.query(**conditions)
        assert len(frame) == runs
        assert {"scenario", "substrate", "seed", "version", "run"} <= set(frame)

    def test_only_settings_that_differ_are_columns(self, filled):
        assert "pair.misses" not in filled.query({"pair.misses": 2})
        assert filled.query({"pair.misses": 2})["topology.kind"].nunique() == 2

    def test_a_key_that_there_is_not_is_named_with_the_nearest(self, filled):
        with pytest.raises(BadInput, match="pair.mises: no such key; did you mean misses"):
            filled.query({"pair.mises": 2})
        with pytest.raises(BadInput, match="pair.misses: "):
            filled.query({"pair.misses": "two"})

    def test_the_greatest_seeds_are_kept_to_the_last_digit(self, crash, store):
        for seed in (1, 2**64 - 1):
            understudy.sweep(crash, {}, seed=seed, store=store)
        assert store.load()["seed"].tolist() == [1, 2**64 - 1]
        assert len(store.query(seed=2**64 - 1)) == 1


class TestCsv:
    def test_its_cells_are_those_of_the_command_line(self, crash, store, tmp_path):
        understudy.sweep(crash, {"pair.witness": [True]}, runs=3, store=store)
        understudy.sweep(understudy.Scenario("quiet"), {}, runs=1, store=store)
        store.to_csv(tmp_path / "runs.csv")
        with open(tmp_path / "runs.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        program = Path(understudy.__path__[0]).parents[1] / "scenarios" / "crash"
        printed = subprocess.run(
            [program, "--runs", "3", "--format", "csv", "--set", "run.duration=60s", "--set",
             "pair.witness=true"],
            check=True, capture_output=True, text=True,
        ).stdout  # fmt: skip
        expected = list(csv.DictReader(printed.splitlines()))
        assert [{name: row[name] for name in expected[0]} for row in rows[:3]] == expected
        assert [row["pair.witness"] for row in rows] == ["true", "true", "true", "false"]
        assert rows[3]["outage_s"] == rows[3]["censored"] == rows[3]["fault.0.kind"] == ""

    def test_conditions_are_those_of_a_query(self, crash, store, tmp_path):
        understudy.sweep(crash, {"pair.misses": [2, 3]}, runs=3, store=store)
        store.to_csv(tmp_path / "runs.csv", {"pair.misses": 2}, runs=range(1, 3))
        assert len((tmp_path / "runs.csv").read_text().splitlines()) == 1 + 2

    def test_a_file_that_cannot_be_written_is_an_error_and_leaves_nothing(
        self, crash, store, tmp_path
    ):
        understudy.sweep(crash, {}, runs=3, store=store)
        with pytest.raises(StoreFailed, match="no/runs.csv: cannot be written: .* name another file"):
            store.to_csv(tmp_path / "no" / "runs.csv")
        there = tmp_path / "there.csv"
        there.write_text("as it was")
        with pytest.raises(StoreFailed, match="cannot be written: File too large"), no_room(100):
            store.to_csv(there)
        assert there.read_text() == "as it was"
        assert not list(tmp_path.glob("*.part"))


@contextmanager
def no_room(octets):
    """Files cannot grow beyond this."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("cause", ["the disk is full", "the disk fails"])
def test_a_disk_without_room_is_an_error_that_says_what_to_do(crash, tmp_path, cause):
    path = tmp_path / "runs.sqlite"
    with Store(path) as store:
        understudy.sweep(crash, {}, runs=10, store=store)
        if cause == "the disk is full":  # to SQLite, which then says so
            store._database.execute("PRAGMA max_page_count = 20")
            full = nullcontext()
        else:
            full = no_room(100_000)
        with pytest.raises(StoreFailed) as error, full:
            understudy.sweep(crash, {}, runs=5000, store=store)
        assert str(error.value).startswith(f"{path}: ")
        assert "make room" in str(error.value)
        assert "ask for the same again; all runs that were kept are in the store" in str(error.value)
        assert "\n" not in str(error.value)
        kept = len(store)
    assert 10 <= kept < 5000
    frame = understudy.sweep(crash, {}, runs=5000, store=path)
    pd.testing.assert_frame_equal(frame.set_index("run"), understudy.run(crash, 5000))


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ("PRAGMA user_version = 2", r"laid its tables out \(as 2, this one as 1\): read it with"),
        ('ALTER TABLE run ADD COLUMN "mood"', "with or without the columns mood: read it with"),
        ('ALTER TABLE run DROP COLUMN "boots"', "with or without the columns boots: read it with"),
    ],
)
def test_a_store_of_a_version_with_other_tables_is_refused(crash, tmp_path, change, line):
    path = tmp_path / "runs.sqlite"
    understudy.sweep(crash, {}, runs=3, store=path)
    with sqlite3.connect(path) as database:
        database.execute(change)
    before = path.read_bytes()
    with pytest.raises(BadInput, match=f"runs.sqlite: .* another version of understudy .*{line}"):
        understudy.sweep(crash, {}, runs=3, store=path)
    assert path.read_bytes() == before


def test_a_file_of_something_else_is_refused(tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("no database, but long enough to be looked at twice\n" * 100)
    with pytest.raises(BadInput, match="notes.txt: cannot be used as a store"):
        Store(text)
    foreign = tmp_path / "foreign.sqlite"
    with sqlite3.connect(foreign) as database:
        database.execute("CREATE TABLE run (a)")
    with pytest.raises(BadInput, match="a database of something else"):
        Store(foreign)
    with pytest.raises(BadInput, match="cannot be used as a store"):
        Store(tmp_path / "no" / "such" / "folder.sqlite")
    assert text.read_text().startswith("no database")


def test_workers_end_with_a_parent_that_is_killed(root, tmp_path):
    script = (
        "import sys, understudy, multiprocessing, threading, time\n"
        "crash = understudy.load(sys.argv[1])\n"
        "def tell():\n"
        "    while len(multiprocessing.active_children()) < 2: time.sleep(0.01)\n"
        "    print(*(child.pid for child in multiprocessing.active_children()), flush=True)\n"
        "threading.Thread(target=tell, daemon=True).start()\n"
        "understudy.run(crash, 100000, 'ns3', jobs=2)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script, root / "scenarios" / "crash.toml"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    workers = [int(pid) for pid in process.stdout.readline().split()]
    assert len(workers) == 2
    process.kill()
    process.wait()
    deadline = time.monotonic() + 30.0
    while any(is_running(pid) for pid in workers):
        assert time.monotonic() < deadline, "a worker lives on"
        time.sleep(0.05)


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as status:
            return status.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
