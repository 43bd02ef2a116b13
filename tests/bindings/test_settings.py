# SPDX-License-Identifier: MIT
"""What sweeps go through: grids, lists, Latin hypercubes; and what is refused."""

import numpy as np
import pandas as pd
import pytest

import understudy
from understudy import BadInput, latin_hypercube


def test_any_key_is_swept_topology_and_faults_too(crash):
    grid = {"topology.kind": ["lan", "wan"], "fault.0.kind": ["crash", "hang"]}
    frame = understudy.sweep(crash, grid, runs=2)
    assert frame[list(grid)].drop_duplicates().values.tolist() == [
        ["lan", "crash"], ["lan", "hang"], ["wan", "crash"], ["wan", "hang"],
    ]  # fmt: skip
    for _, row in frame.iterrows():
        assert row["faults"][0]["kind"] == row["fault.0.kind"]


def test_every_key_can_be_swept():
    scenario = understudy.parse("[[fault]]")
    for key in understudy.keys():
        name = f"fault.0.{key.name}" if key.table == "fault" else f"{key.table}.{key.name}"
        said = scenario.setting(name)
        assert len(understudy.sweep(scenario, {name: [said]}, progress=False)) == 1


def test_keys_whose_values_belong_together_are_a_tuple(crash):
    pairs = [("20ms", "10ms"), ("100ms", "50ms")]
    grid = {("pair.ping_interval", "pair.ping_timeout"): pairs, "pair.misses": [2, 3]}
    frame = understudy.sweep(crash, grid, runs=1)
    assert frame.iloc[:, :3].values.tolist() == [
        [0.02, 0.01, 2], [0.02, 0.01, 3], [0.1, 0.05, 2], [0.1, 0.05, 3],
    ]  # fmt: skip


def test_a_list_of_settings_may_change_different_keys(crash):
    settings = [{"pair.misses": 2}, {"fault.0.at": "5s", "run.duration": "70s"}, {}]
    frame = understudy.sweep(crash, settings, runs=2)
    assert frame["pair.misses"].tolist() == [2, 2, 3, 3, 3, 3]
    assert frame["run.duration"].tolist() == [60.0] * 2 + [70.0] * 2 + [60.0] * 2
    assert frame["faults"][2][0]["at_s"] == 5.0


def test_settings_that_say_the_same_are_one(crash):
    frame = understudy.sweep(crash, {"pair.ping_interval": ["100ms", 0.1, "0.1s"]}, runs=3)
    assert frame["run"].tolist() == [1, 2, 3]


def test_all_settings_meet_the_same_runs_unless_told_otherwise(crash):
    grid = {"pair.misses": [2, 3]}
    frame = understudy.sweep(crash, grid, runs=20)
    at = frame["faults"].map(lambda faults: faults[0]["at_s"])
    assert at[:20].tolist() == at[20:].tolist()

    apart = understudy.sweep(crash, grid, runs=20, independent=True)
    assert apart.columns[:3].tolist() == ["pair.misses", "seed", "run"]
    at = apart["faults"].map(lambda faults: faults[0]["at_s"])
    assert at.nunique() == 40
    alone = understudy.run(crash.replace({"pair.misses": 3}), 20, seed=int(apart["seed"][20]))
    pd.testing.assert_frame_equal(alone, apart[20:].set_index("run")[list(alone)])

    # Whatever else is in the grid.
    again = understudy.sweep(crash, {"pair.misses": [5, 3]}, runs=20, independent=True)
    pd.testing.assert_frame_equal(
        again[20:].reset_index(drop=True), apart[20:].reset_index(drop=True)
    )
    other = understudy.sweep(crash, grid, runs=1, seed=2, independent=True)
    assert not set(other["seed"]) & set(apart["seed"])


@pytest.mark.parametrize(
    ("grid", "line"),
    [
        (3, "the grid is 3 of type int; it must be a dict of lists of values, or a list of dicts"),
        ("pair.misses", "the grid is 'pair.misses' of type str"),
        ([], "the list of settings is empty"),
        ([{"pair.misses": 3}, 4], "setting 1 is 4 of type int; it must be a dict"),
        ({"pair.misses": 3}, "pair.misses: 3 of type int is one value; put it in a list"),
        ({"pair.takeover": "immediate"}, "pair.takeover: 'immediate' of type str is one value"),
        ({"pair.misses": []}, "pair.misses: the sweep has no values for it"),
        ({3: [1]}, "a key of the sweep is 3 of type int; it must be text"),
        ({("pair.misses", "pair.probes"): [(2, 3), 4]}, "pair.misses, pair.probes: 4 of type int"),
        ({"pair.misses": [2], ("pair.misses",): [(3,)]}, "pair.misses: it is twice among the keys"),
        ({"pair.mises": [2]}, "pair.mises: no such key; did you mean misses?"),
        ({"pair.misses": [2, 2.5]}, "pair.misses: 2.5 is no whole number"),
    ],
)
def test_a_grid_that_makes_no_sense_is_refused_before_anything_is_run(crash, tmp_path, grid, line):
    store = tmp_path / "runs.sqlite"
    with pytest.raises(BadInput) as error:
        understudy.sweep(crash, grid, store=store)
    assert str(error.value).startswith(line)
    assert "\n" not in str(error.value)
    assert not store.exists()


class TestLatinHypercube:
    RANGES = {
        "pair.ping_interval": ("60ms", 0.5),
        "pair.misses": (2, 6),
        "fault.0.at": (5.0, "15s"),
        "memory.size": ("1KiB", "1MiB"),
        "pair.takeover": ("immediate", "fence-first", "restart-first"),
    }

    def test_each_part_of_each_range_is_taken_once(self):
        points = latin_hypercube(self.RANGES, points=20)
        for name, least, greatest in (("pair.ping_interval", 0.06, 0.5), ("fault.0.at", 5, 15)):
            places = [(point[name] - least) / (greatest - least) * 20 for point in points]
            assert sorted(map(int, places)) == list(range(20))
        assert np.bincount([point["pair.misses"] for point in points]).tolist() == [0, 0] + [4] * 5
        words = [point["pair.takeover"] for point in points]
        assert sorted(map(words.count, set(words))) in ([6, 7, 7], [6, 6, 8])

    def test_on_a_logarithmic_scale_each_decade_has_its_share(self):
        sizes = {"memory.size": ("1KiB", "1MiB")}
        points = latin_hypercube(sizes, points=10, log=["memory.size"])
        assert sum(point["memory.size"] < 32 * 1024 for point in points) == 5
        assert all(1024 <= point["memory.size"] <= 1024**2 for point in points)

    def test_it_is_swept_like_any_list(self, crash):
        points = latin_hypercube(self.RANGES, points=6)
        frame = understudy.sweep(crash, points, runs=2)
        assert len(frame) == 12
        assert frame["fault.0.at"][::2].tolist() == pytest.approx(
            [point["fault.0.at"] for point in points], abs=1e-9
        )

    def test_the_same_seed_gives_the_same_points(self):
        assert latin_hypercube(self.RANGES, 5) == latin_hypercube(self.RANGES, 5)
        assert latin_hypercube(self.RANGES, 5) != latin_hypercube(self.RANGES, 5, seed=2)

    @pytest.mark.parametrize(
        ("ranges", "options", "line"),
        [
            ({}, {}, "the ranges must be a dict"),
            ({"pair.mises": (2, 3)}, {}, "pair.mises: no such key; did you mean misses?"),
            ({"pear.misses": (2, 3)}, {}, "pear.misses: no such table; did you mean pair?"),
            ({"pair.misses": 3}, {}, "pair.misses: 3 of type int is no range"),
            ({"pair.misses": (3, 2)}, {}, "pair.misses: from 3 to 2 is no range"),
            ({"pair.misses": (1, 2, 3)}, {}, "pair.misses: (1, 2, 3) of type tuple must be its"),
            ({"fault.0.at": (1, "x")}, {}, "fault.0.at: "),
            ({"fault.0.at": (1, {"uniform": [1, 2]})}, {}, "fault.0.at: {'uniform': [1, 2]} is dr"),
            ({"fault.0.at": (0, 2)}, {"log": ["fault.0.at"]}, "fault.0.at: from 0 to 2 is no"),
            ({"pair.misses": (2, 3)}, {"log": ["pair.probes"]}, "pair.probes: it is to be spread"),
            ({"pair.misses": (2, 3)}, {"points": 0}, "points is 0"),
            ({"pair.misses": (2, 3)}, {"points": 2.5}, "points is 2.5"),
        ],
    )
    def test_ranges_that_are_none_are_refused(self, ranges, options, line):
        with pytest.raises(BadInput) as error:
            latin_hypercube(ranges, **{"points": 3, **options})
        assert str(error.value).startswith(line)
