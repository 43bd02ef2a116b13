# SPDX-License-Identifier: MIT
"""The figure of failover times, and the figures behind it."""

import subprocess
import sys

import failover_time
import matplotlib.image
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import understudy
from understudy.labels import OUTAGE, groups_of, text_of


@pytest.fixture(scope="module")
def store(root, tmp_path_factory):
    path = tmp_path_factory.mktemp("store") / "runs.sqlite"
    crash = understudy.load(root / "scenarios" / "crash.toml").replace({"run.duration": "32s"})
    for name in ("virtual", "ns3"):
        understudy.sweep(
            crash,
            {"pair.ping_interval": ["50ms", "200ms"]},
            runs=60 if name == "virtual" else 3,
            substrate=name,
            store=path,
        )
    return path


@pytest.fixture
def frame(store):
    with understudy.Store(store) as opened:
        return opened.load()


def test_a_line_is_a_setting_on_a_substrate(frame):
    lines = list(groups_of(frame))
    assert [(line.place, line.label, line.substrate) for line in lines] == [
        (0, "50 ms", "virtual"),
        (0, "50 ms", "ns3"),
        (1, "200 ms", "virtual"),
        (1, "200 ms", "ns3"),
    ]
    assert [len(line.runs) for line in lines] == [60, 3, 60, 3]


def test_without_settings_the_scenario_gives_the_name(frame):
    one = frame[frame["pair.ping_interval"] == 0.05].drop(columns="pair.ping_interval")
    assert {line.label for line in groups_of(one)} == {"crash"}


@pytest.mark.parametrize(
    ("setting", "value", "text"),
    [
        ("pair.ping_interval", 0.05, "50 ms"),
        ("pair.startup_grace", 28.75, "28.75 s"),
        ("fault.0.at", 30.0, "30 s"),
        ("pair.misses", 3, "3"),
        ("pair.clock_drift", 0.001, "0.001"),
        ("pair.takeover", "immediate", "immediate"),
        ("server.boot_time", '{ normal = ["20s", "2s"] }', '{ normal = ["20s", "2s"] }'),
    ],
)
def test_values_are_written_with_their_units(setting, value, text):
    assert text_of(setting, value) == text


def test_the_numbers_are_quantiles_of_the_runs(frame):
    numbers = failover_time.numbers_behind(frame).set_index(["setting", "substrate", "measure"])
    row = numbers.loc[("200 ms", "virtual", "detection_s")]
    runs = frame[(frame["pair.ping_interval"] == 0.2) & (frame["substrate"] == "virtual")]
    assert (row["runs"], row["measured"]) == (60, 60)
    assert row["p50_s"] == np.quantile(runs["detection_s"], 0.5, method="inverted_cdf")
    assert row["p50_low_s"] < row["p50_s"] < row["p50_high_s"]
    # A crash at any point of the cycle: 2 intervals and a timeout, and up to one interval more.
    assert 0.449 < row["p1_s"] <= row["p99_s"] < 0.651


def test_an_outage_that_is_cut_off_counts_as_longer_than_all(crash):
    with understudy.Store(":memory:") as store:
        understudy.sweep(crash.replace({"run.duration": "31.5s"}), {}, runs=200, store=store)
        frame = store.load()
    cut_off = frame["censored"].mean()
    assert 0.2 < cut_off < 0.8
    (line,) = groups_of(frame)
    assert np.isinf(line.sample(OUTAGE)).mean() == cut_off
    assert failover_time.numbers_behind(frame)["p99_s"].tolist()[1] == np.inf
    failover_time.draw(frame)


def test_plots_take_and_return_axes(frame):
    lines = list(groups_of(frame))
    ax = Figure().subplots()
    assert failover_time.plot_ecdf(ax, [1.0, 2.0], colour="black", width=1.0) is ax
    staircase = ax.lines[0]
    assert staircase.get_xdata().tolist() == [1.0, 1.0, 2.0]
    assert staircase.get_ydata().tolist() == [0.0, 0.5, 1.0]
    marks = [(line.get_xdata()[0], line.get_ydata()[0]) for line in ax.lines[1:]]
    assert marks == [(1.0, 0.5), (2.0, 0.99)]

    figure = failover_time.draw(frame)
    for ax, measure in zip(figure.axes, failover_time.MEASURES):
        assert {"50 ms", "200 ms"} <= {text.get_text() for text in ax.texts}
        assert ax.get_xlabel() == f"{measure.meaning} [s]"
        drawn = [line for line in ax.lines if len(line.get_xdata()) > 2]
        assert len(drawn) == len(lines)


def test_a_measure_that_there_is_not_leaves_its_panel_empty(crash):
    with understudy.Store(":memory:") as store:
        understudy.sweep(crash.replace({"service.enabled": False}), {}, runs=3, store=store)
        figure = failover_time.draw(store.load())
    assert "not measured" in {text.get_text() for text in figure.axes[1].texts}


def test_labels_do_not_overlap(frame):
    figure = failover_time.draw(frame)
    figure.draw_without_rendering()
    for ax in figure.axes:
        boxes = [text.get_window_extent() for text in ax.texts if " ms" in text.get_text()]
        assert len(boxes) == 2
        assert not boxes[0].overlaps(boxes[1])


def run_script(root, *arguments):
    return subprocess.run(
        [sys.executable, root / "analysis" / "failover_time.py", "--store", *arguments],
        capture_output=True, text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip


def test_the_script_writes_picture_and_numbers(root, store, tmp_path):
    folder = tmp_path / "a" / "b"
    done = run_script(root, store, "--output", folder)
    assert (done.returncode, done.stderr) == (0, "")
    names = ["failover_time.png", "failover_time.pdf", "failover_time.csv"]
    assert done.stdout.split() == [str(folder / name) for name in names]

    picture = matplotlib.image.imread(folder / names[0])
    assert picture.shape[1] == 1920
    assert picture[..., :3].std() > 0.05  # not blank
    assert len(np.unique(picture.reshape(-1, picture.shape[2]), axis=0)) > 50
    assert (folder / names[1]).read_bytes().startswith(b"%PDF")
    numbers = pd.read_csv(folder / names[2])
    assert len(numbers) == 8
    assert numbers["p50_s"].between(0.1, 2.0).all()


def test_the_same_store_gives_the_same_files(root, store, tmp_path):
    for folder in ("a", "b"):
        run_script(root, store, "--output", tmp_path / folder)
    for name in ("failover_time.png", "failover_time.pdf", "failover_time.csv"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_what_is_no_store_is_one_line(root, tmp_path):
    done = run_script(root, tmp_path / "none.sqlite")
    assert done.returncode == 2
    assert done.stderr == f"failover_time.py: {tmp_path}/none.sqlite: there is no such store\n"
    understudy.Store(tmp_path / "empty.sqlite").close()
    done = run_script(root, tmp_path / "empty.sqlite")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert not (tmp_path / "none.sqlite").exists()
