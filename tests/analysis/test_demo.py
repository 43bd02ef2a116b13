# SPDX-License-Identifier: MIT
"""The demo: its table, its files, and what it says if there is no ns-3."""

import os

import demo
import lab_runs
import numpy as np
import pytest

import understudy


@pytest.fixture(scope="module")
def store(root):
    crash = understudy.load(root / "scenarios" / "crash.toml").replace(demo.LENGTH)
    grid = {"pair.ping_interval": ["50ms", "500ms"]}
    with understudy.Store(":memory:") as opened:
        for name in demo.SUBSTRATES:
            understudy.sweep(crash, grid, runs=4, substrate=name, store=opened)
        yield opened


@pytest.fixture
def frame(store):
    return store.load()


def test_the_table_has_both_substrates_side_by_side(frame):
    numbers = demo.comparison(frame)
    assert numbers.index.tolist() == [
        (setting, measure)
        for setting in ("50 ms", "500 ms")
        for measure in ("detection", "takeover", "outage")
    ]
    runs = frame[(frame["pair.ping_interval"] == 0.5) & (frame["substrate"] == "ns3")]
    row = numbers.loc[("500 ms", "outage")]
    assert row["ns3", "median"] == np.sort(runs["outage_s"])[1]
    assert row["ns3", "p99"] == runs["outage_s"].max()
    assert (numbers["apart", "only one"] == 0).all()


def test_the_substrates_agree_run_by_run(frame):
    numbers = demo.comparison(frame)
    assert (numbers["apart", "largest"] < 1e-3).all()
    assert (numbers["apart", "median"] <= numbers["apart", "largest"]).all()


def test_the_difference_is_that_of_pairs_and_not_of_distributions(frame):
    # The same values in another order: no difference between the distributions.
    ns3 = frame["substrate"] == "ns3"
    shuffled = frame.copy()
    shuffled.loc[ns3, "detection_s"] = frame[ns3].groupby("pair.ping_interval")[
        "detection_s"
    ].transform(lambda values: values.to_numpy()[::-1])
    row = demo.comparison(shuffled).loc[("500 ms", "detection")]
    assert row["virtual", "median"] == pytest.approx(row["ns3", "median"], abs=1e-3)
    assert row["apart", "largest"] > 1e-3


def test_the_table_is_readable(frame):
    text = demo.table(demo.comparison(frame))
    lines = text.splitlines()
    assert "virtual time" in lines[0] and "ns-3" in lines[0]
    assert max(map(len, lines)) <= 100
    detection = next(line for line in lines if line.startswith("   50 ms  detection"))
    assert len(detection.split()) == 3 + 6
    assert "with one alone" not in text


def test_a_run_that_only_one_of_them_measured_is_told(frame):
    frame.loc[(frame["substrate"] == "ns3") & (frame["run"] == 2), "detection_s"] = np.nan
    assert demo.table(demo.comparison(frame)).count("and 1 runs with one alone") == 2


def test_the_demo_prints_the_table_and_writes_the_figure_of_new_runs(tmp_path, capsys):
    store = tmp_path / "crash.sqlite"
    store.write_text("runs of a tree that was built differently")
    assert demo.main(["--runs", "1", "--output", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "4 failovers in virtual time" in printed
    assert "4 failovers in ns-3" in printed
    assert "apart, run by run" in printed
    if os.geteuid() == 0:
        assert "4 failovers of two daemons on real sockets, between namespaces: outage 0." in printed
    else:
        assert "on real sockets" in printed
    for name in ("failover_time.png", "failover_time.pdf", "failover_time.csv"):
        assert (tmp_path / name).stat().st_size > 1000
        assert name in printed
    with understudy.Store(store) as opened:
        assert len(opened) == 8


def test_without_a_lab_the_demo_says_why(monkeypatch):
    def records(path, substrate, first_run, runs):
        if substrate == "live":
            raise lab_runs.Refused("the lab may not make namespaces")
        return [{}]

    monkeypatch.setattr(lab_runs, "records", records)
    monkeypatch.setattr(demo, "LAB_RUNS", 1)
    told = demo.in_the_lab()
    assert told == "None on real sockets: crash: left out: the lab may not make namespaces"


def test_without_ns3_the_demo_fails_with_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(
        understudy.work.importlib.util,
        "find_spec",
        lambda name: None if name == "understudy._ns3" else name,
    )
    assert demo.main(["--output", str(tmp_path)]) == 2
    errors = capsys.readouterr().err
    assert errors.startswith('demo: the substrate "ns3" was not built')
    assert errors.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
