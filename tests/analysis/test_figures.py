# SPDX-License-Identifier: MIT
"""The figure scripts, each on a real sweep, and the figures behind the pictures."""

import subprocess
import sys

import against
import availability
import detectors
import dual_primary
import failover_violins
import heat_map
import lost_writes
import matplotlib.image
import numpy as np
import pandas as pd
import pytest
import substrates
import timeline

import understudy

RUNS = 30


@pytest.fixture(scope="module")
def crash(root):
    return understudy.load(root / "scenarios" / "crash.toml").replace({"run.duration": "33s"})


@pytest.fixture(scope="module")
def stores(root, crash, tmp_path_factory):
    """By script: a store that it can draw, and the options that it needs besides."""
    folder = tmp_path_factory.mktemp("stores")

    def sweep(name, scenario, grid, **options):
        understudy.sweep(scenario, grid, store=folder / name, progress=False, **options)
        return folder / name

    split = understudy.load(root / "scenarios" / "full-partition.toml").replace(
        {"run.duration": "35s"}
    )
    timers = sweep("timers", crash, {"pair.ping_interval": ["60ms", "200ms"],
                                     "pair.misses": [1, 3]}, runs=RUNS)
    both = sweep("both", crash, {"pair.misses": [3]}, runs=6)
    sweep("both", crash, {"pair.misses": [3]}, runs=5, substrate="ns3")
    lossy = crash.replace({"topology.delay": '{ exponential = "6ms" }'})
    several = [{"pair.detector": "fixed", "pair.misses": misses} for misses in (2, 3)]
    several += [{"pair.detector": "chen", "pair.chen_margin": m} for m in ("30ms", "60ms")]
    return {
        "lost_writes": (sweep("copies", crash, {"pair.copy_every": [1, 10]}, runs=RUNS), []),
        "dual_primary": (
            sweep("split", split, {"pair.takeover": ["immediate", "fence-first"]}, runs=RUNS), []
        ),
        "availability": (timers, ["--against", "ping_interval"]),
        "heat_map": (timers, ["--x", "pair.ping_interval", "--y", "misses"]),
        "substrates": (both, []),
        "timeline": (timers, ["--worst", "outage_s"]),
        "failover_violins": (timers, []),
        "detectors": (sweep("detectors", lossy, several, runs=4 * RUNS), []),
    }


def frame_of(stores, script):
    with understudy.Store(stores[script][0]) as store:
        return store.load()


def run_script(root, script, *arguments):
    return subprocess.run(
        [sys.executable, root / "analysis" / f"{script}.py", *arguments],
        capture_output=True, text=True, check=False,
    )


@pytest.mark.parametrize(
    "script",
    ["lost_writes", "dual_primary", "availability", "heat_map", "substrates", "timeline",
     "failover_violins", "detectors"],
)
def test_each_script_writes_a_picture_and_its_numbers(root, stores, tmp_path, script):
    store, options = stores[script]
    done = run_script(root, script, "--store", store, *options, "--output", tmp_path / "new")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == [
        str(tmp_path / "new" / f"{script}.{ending}") for ending in ("png", "pdf", "csv")
    ]
    picture = matplotlib.image.imread(tmp_path / "new" / f"{script}.png")
    assert picture[..., :3].std() > 0.05  # not blank
    assert len(pd.read_csv(tmp_path / "new" / f"{script}.csv")) > 0


@pytest.mark.parametrize(
    ("script", "options", "words"),
    [
        ("lost_writes", [], "do not differ in pair.copy_every; they differ in"),
        ("availability", ["--against", "misses_"], "do not differ in misses_"),
        ("heat_map", ["--x", "misses", "--y", "ping_interval", "--column", "beauty"],
         "no column of numbers"),
        ("substrates", [], "on virtual alone"),
        ("detectors", [], "do not differ in pair.detector"),
        ("timeline", ["--worst", "beauty"], "--worst: beauty: no column of numbers"),
    ],
)
def test_what_cannot_be_drawn_is_one_line_and_no_file(
    root, stores, tmp_path, script, options, words
):
    store, _ = stores["heat_map"]
    done = run_script(root, script, "--store", store, *options, "--output", tmp_path / "new")
    assert done.returncode == 2
    assert done.stderr.startswith(f"{script}.py: ") and done.stderr.count("\n") == 1
    assert words in done.stderr
    assert not (tmp_path / "new").exists()


# ---- the figures behind them ----


def test_fewer_writes_are_lost_the_more_often_the_memory_is_copied(stores):
    frame = frame_of(stores, "lost_writes")
    numbers = lost_writes.numbers_behind(frame).set_index("pair.copy_every")
    of_one = frame[frame["pair.copy_every"] == 1]["lost_writes"]
    assert numbers.lost_writes[1] == pytest.approx(of_one.mean())
    assert numbers.lost_writes_high[1] < numbers.lost_writes_low[10]


def test_only_who_does_not_wait_for_the_fence_has_two_primaries(stores):
    numbers = dual_primary.numbers_behind(frame_of(stores, "dual_primary")).set_index(
        "pair.takeover"
    )
    assert numbers.share["immediate"] == 1.0
    assert numbers.mean_s["immediate"] > 0.1
    assert numbers.share["fence-first"] == numbers.mean_s["fence-first"] == 0.0


def test_the_share_without_an_answer_is_that_of_all_requests(stores):
    frame = frame_of(stores, "availability")
    numbers = availability.numbers_behind(frame, "ping_interval")
    assert set(numbers.series) == {"misses 1", "misses 3"}
    runs = frame[(frame["pair.misses"] == 3) & (frame["pair.ping_interval"] == 0.2)]
    one = numbers[(numbers.series == "misses 3") & (numbers["pair.ping_interval"] == 0.2)].iloc[0]
    assert one.unanswered == pytest.approx(runs.lost_requests.sum() / runs.requests.sum())
    assert one.unanswered_low < one.unanswered < one.unanswered_high


def test_a_cell_of_the_map_is_the_quantile_of_its_runs(stores):
    frame = frame_of(stores, "heat_map")
    cells = heat_map.cells_of(frame, "ping_interval", "misses", "outage_s", 0.5)
    assert len(cells) == 4
    cell = cells[(cells["pair.misses"] == 1) & (cells["pair.ping_interval"] == 0.06)].iloc[0]
    runs = frame[(frame["pair.misses"] == 1) & (frame["pair.ping_interval"] == 0.06)]
    assert cell.outage_s in set(runs.outage_s)
    assert (runs.outage_s <= cell.outage_s).mean() >= 0.5
    assert heat_map.text_in(np.inf) == "> run"


def test_substrates_are_compared_run_by_run(stores):
    first, second, names = substrates.pairs_in(frame_of(stores, "substrates"))
    assert names == ("virtual", "ns3")
    assert len(first) == len(second) == 5
    numbers = substrates.numbers_behind(frame_of(stores, "substrates")).set_index("measure")
    assert numbers.pairs["detection_s"] == 5
    assert numbers.largest_s["detection_s"] < 1e-3


def test_a_setting_of_words_has_places_by_its_order(stores):
    frame = frame_of(stores, "dual_primary")
    (series,) = against.series_of(frame, "pair.takeover", dual_primary.share_of)
    assert [(p.value, p.place) for p in series.points] == [("fence-first", 0.0), ("immediate", 1.0)]


def test_the_median_of_a_violin_is_that_of_its_runs_and_lies_in_its_interval(stores):
    frame = frame_of(stores, "failover_violins")
    numbers = failover_violins.numbers_behind(frame)
    assert len(numbers) == 4 * 2
    assert (numbers.low_s <= numbers.median_s).all() and (numbers.median_s <= numbers.high_s).all()
    runs = frame[(frame["pair.misses"] == 1) & (frame["pair.ping_interval"] == 0.06)]
    row = numbers[(numbers.measure == "detection_s") & numbers.setting.str.contains("60 ms")
                  & numbers.setting.str.contains("1")].iloc[0]
    assert row.median_s in set(runs.detection_s)


def test_a_detector_is_judged_by_its_crashes_and_its_mistakes(stores):
    path, _ = stores["detectors"]
    lengths = detectors.lengths_of(path)
    assert lengths == {"crash": 33.0}
    points = detectors.points_of(frame_of(stores, "detectors"), lengths)
    assert set(points.detector) == {"fixed", "chen"}
    fixed = points[points.detector == "fixed"]
    assert fixed.detection_s.is_monotonic_increasing  # a miss more takes an interval more
    assert fixed.detection_s.diff().iloc[1] == pytest.approx(0.1, abs=0.03)
    assert fixed.per_day.iloc[0] > fixed.per_day.iloc[1]
    assert points.best.any()


# ---- one run ----


def test_the_worst_run_of_a_store_is_drawn_again(stores):
    path, _ = stores["timeline"]
    scenario, run, seed, substrate = timeline.worst_of(path, "outage_s")
    frame = frame_of(stores, "timeline")
    again = understudy.run(scenario, runs=1, first_run=run, seed=seed, substrate=substrate)
    assert again.outage_s.iloc[0] == frame.outage_s.max()


def test_the_picture_of_a_run_is_of_the_time_in_which_something_changes(crash):
    told = understudy.timeline(crash, run=3)
    begin, end = told.moments()
    crashed = told.spans[told.spans.lane == "fault"].begin_s.min()
    assert crashed - 1.0 < begin < crashed < end <= told.end_s
    quiet = understudy.timeline(understudy.parse("[run]\nduration = \"5s\"\n"))
    assert quiet.moments() == (0.0, 5.0)
