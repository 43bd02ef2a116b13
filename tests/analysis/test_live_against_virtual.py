# SPDX-License-Identifier: MIT
"""The comparison of the lab with virtual time: short scenarios, paired numbers, bounds, the figure.

The labs themselves are in tests/live; here are runs that were made up.
"""

import lab_runs
import live_against_virtual as comparison
import numpy as np
import pandas as pd
import pytest
from lab_runs import Failed, Pairs, Refused
from live_against_virtual import Known

import understudy
from understudy import Distribution


def record(run=1, **values):
    """A run as the command line prints it, as far as it is compared."""
    usual = {
        "run": run, "detection_s": 0.3, "takeover_s": 0.5, "outage_s": 0.81, "redundancy_s": 4.0,
        "no_primary_s": 0.8, "boots": 1, "false_failovers": 0,
        "final_roles": {"first": "monitor", "second": "primary"},
    }  # fmt: skip
    return usual | values


@pytest.fixture
def found():
    """Two scenarios: a crash in three runs, and one without a failure."""
    virtual = [record(1), record(2), record(3)]
    live = [record(1, detection_s=0.2999), record(2, outage_s=0.82),
            record(3, detection_s=0.3004, takeover_s=0.5005)]
    quiet = dict.fromkeys(comparison.MEASURES)
    return {
        "crash": Pairs(0.01, virtual, live),
        "quiet": Pairs(0.01, [record(**quiet, boots=0)], [record(**quiet, boots=0)]),
    }


# ---- short scenarios -----------------------------------------------------------------------------


def test_a_short_scenario_has_the_same_troubles_soon(root):
    short = lab_runs.short_one("profile-patroni")
    assert (short.fault[0].kind, short.pair.ping_interval) == ("crash", 10.0)
    assert lab_runs.bounds(short.fault[0].at) == (4.0, 14.0)
    assert short.setting("fault.0.for").parameters == (10.0,)
    assert short.run.duration < 150.0


@pytest.mark.parametrize("name", ["cold-start", "profile-mha", "two-sites"])
def test_a_short_boot_is_drawn_and_outlasts_a_failover(name):
    short = lab_runs.short_one(name)
    least, greatest = lab_runs.bounds(short.server.boot_time)
    assert short.server.boot_time.shape == "normal"
    assert least < greatest < short.run.duration
    pair = short.pair
    assert least > (pair.misses + 1) * pair.ping_interval + short.power.latency.parameters[0]


def test_what_takes_a_year_is_refused():
    with pytest.raises(Refused, match="would take"):
        lab_runs.short_one("quiet-year")


def test_a_boot_without_bounds_becomes_a_fixed_one():
    assert lab_runs.quicker(Distribution.exponential("20s"), 5.0) == Distribution.fixed(5.0)


# ---- runs ----------------------------------------------------------------------------------------


@pytest.fixture
def made_up_runs(monkeypatch):
    """The lab refuses a routed network, and fails in the second run of the others."""

    def records(path, substrate, first_run, runs):
        if substrate == "virtual":
            return [record(run) for run in range(first_run, first_run + runs)]
        if understudy.load(path).topology.kind == "routed":
            raise Refused("cannot be built")
        if first_run == 2:
            raise Failed("a daemon ended")
        return [record(first_run, outage_s=0.9)]

    monkeypatch.setattr(lab_runs, "records", records)


def test_runs_are_paired_and_what_is_missing_is_said(made_up_runs, capsys):
    scenarios = {name: lab_runs.short_one(name) for name in ("crash", "routed-crash")}
    found = lab_runs.both_ways(scenarios, runs=3, labs=2)
    assert list(found) == ["crash"]
    assert [each["run"] for each in found["crash"].live] == [1, 3]
    assert [each["run"] for each in found["crash"].virtual] == [1, 3]
    assert found["crash"].failed == ["a daemon ended"]
    assert "routed-crash: left out: cannot be built" in capsys.readouterr().err


@pytest.mark.parametrize(("substrate", "error"), [("live", Refused), ("nowhere", Refused)])
def test_what_a_substrate_cannot_do_is_told_from_a_failure(root, substrate, error):
    path = root / "scenarios" / "routed-crash.toml"
    with pytest.raises(error, match=r"topology\.kind|--substrate"):
        lab_runs.records(path, substrate, 1, 1)


# ---- numbers -------------------------------------------------------------------------------------


def test_the_table_has_medians_of_paired_differences(found):
    numbers = comparison.table(found).set_index("scenario")
    crash = numbers.loc["crash"]
    assert crash["detection [ms]"] == pytest.approx(0.0)
    assert crash["detection at most"] == pytest.approx(0.4)
    assert crash["takeover at most"] == pytest.approx(0.5)
    assert crash["outage at most"] == pytest.approx(10.0)
    assert (crash["runs"], crash["differ"], crash["failed"]) == (3, 0, 0)
    assert np.isnan(numbers.loc["quiet", "detection [ms]"])
    assert comparison.complaints(found, 1.0) == []


@pytest.mark.parametrize(
    "other",
    [{"boots": 2}, {"final_roles": {"first": "primary", "second": "monitor"}},
     {"detection_s": None}, {"false_failovers": 1}],
)  # fmt: skip
def test_a_run_that_ends_otherwise_is_counted_and_complained_of(found, other):
    found["crash"].live[1] = record(2, **other)
    assert comparison.table(found).differ.tolist() == [1, 0]
    assert comparison.complaints(found, 1.0) == ["crash: 1 of 3 runs end otherwise"]


def test_medians_beyond_the_bound_and_failed_runs_are_complained_of(found):
    for each in found["crash"].live:
        each["takeover_s"] = 0.4985
    found["quiet"].failed.append("a daemon ended")
    assert comparison.complaints(found, 1.0) == [
        "crash: takeover: -1.50 ms, beyond 1 ms", "quiet: 1 runs could not be made",
    ]  # fmt: skip
    assert len(comparison.complaints(found, 2.0)) == 1


def test_what_is_known_has_bounds_of_its_own(found, monkeypatch):
    monkeypatch.setattr(comparison, "FARTHER", {("crash", "takeover_s"): Known(2.0, "so it is")})
    monkeypatch.setattr(comparison, "OTHERWISE", {"crash": Known(0.4, "so it is")})
    for each in found["crash"].live:
        each["takeover_s"] = 0.5015
    found["crash"].live[0]["boots"] = 2
    assert comparison.complaints(found, 1.0) == []
    found["crash"].live[1]["boots"] = 2
    assert len(comparison.complaints(found, 1.0)) == 1
    for each in found["crash"].live:
        each["takeover_s"] = 0.5025
    assert len(comparison.complaints(found, 1.0)) == 2


@pytest.mark.parametrize(
    ("later", "beyond"),
    [([0.3, -0.2, 0.1], 0.1), ([10.2, 0.2, 10.3], 0.2), ([20.1, -9.8, 0.0], 0.1),
     ([30.2, 30.3, 30.4], 10.3), ([-6.0, -6.0, 0.0], 4.0), ([4.0, 4.0, 4.0], 4.0)],
)  # fmt: skip
def test_an_outage_is_held_but_for_two_whole_requests(later, beyond):
    apart = comparison.beyond_requests(pd.Series(later), 10.0)
    assert apart.median() == pytest.approx(beyond)


def test_what_is_known_is_of_scenarios_that_there_are():
    assert {known.why for table in (comparison.FARTHER, comparison.OTHERWISE)
            for known in table.values()} == set(comparison.REASONS)  # fmt: skip
    names = {path.stem for path in lab_runs.SCENARIOS.glob("*.toml")}
    assert {name for name, _ in comparison.FARTHER} | set(comparison.OTHERWISE) <= names
    assert {measure for _, measure in comparison.FARTHER} <= set(comparison.HELD)


# ---- the figure ----------------------------------------------------------------------------------


def test_the_figure_has_a_row_a_scenario_and_a_panel_a_measure(found):
    figure = comparison.draw(comparison.differences(found))
    panels = figure.axes
    assert [axes.get_xlabel() for axes in panels] == [
        "detection [ms]", "takeover [ms]", "outage [ms]",
    ]  # fmt: skip
    assert [tick.get_text() for tick in panels[0].get_yticklabels()] == ["crash"]
    outage = panels[2].lines[0]
    assert sorted(outage.get_xdata()) == pytest.approx([0.0, 0.0, 10.0])
    assert panels[2].get_xlim()[0] == -panels[2].get_xlim()[1]
    assert panels[2].get_xlim()[1] > 10.0
    assert panels[0].get_xscale() == "symlog"


@pytest.mark.parametrize("ending", ["svg", "png"])
def test_the_same_numbers_make_the_same_picture_and_are_beside_it(found, tmp_path, ending):
    apart = comparison.differences(found)
    paths = [tmp_path / f"{name}.{ending}" for name in ("one", "two")]
    for path in paths:
        comparison.write_figure(apart, path)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert len(paths[0].read_bytes()) > 5000
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "one.csv"), apart)


def test_the_command_prints_draws_and_complains(made_up_runs, tmp_path, capsys):
    picture = tmp_path / "apart.svg"
    arguments = ["crash", "--runs", "1", "--figure", str(picture)]
    assert comparison.main(arguments) == 0
    assert picture.read_text().startswith("<?xml")
    assert "90.000" in capsys.readouterr().out
    assert comparison.main([*arguments, "--hold", "1ms"]) == 1
    assert "crash: outage: +70.00 ms, beyond 1 ms" in capsys.readouterr().out
    assert comparison.main([*arguments, "--hold", "0.1s"]) == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(["nowhere"], "no scenario 'nowhere'"), (["--hold", "soon"], "--hold"),
     (["--figure", "x.jpeg"], "ends in .svg")],
)  # fmt: skip
def test_a_mistake_is_said(arguments, words, capsys):
    with pytest.raises(SystemExit) as ended:
        comparison.main(arguments)
    assert ended.value.code == 2
    assert words in capsys.readouterr().err
