# SPDX-License-Identifier: MIT
"""What the figure of the original method and today's says, and that it says what is true."""

import subprocess
import sys

import matplotlib.image
import original_versus_today as figure
import pandas as pd
import pytest
from original_versus_today import LADDER, MEASURES, ORIGINAL, TODAY, TROUBLES

import understudy
from understudy import statistics

RUNS = 200


@pytest.fixture(scope="module")
def store():
    with understudy.Store(":memory:") as opened:
        yield opened


@pytest.fixture(scope="module")
def numbers(store):
    return figure.numbers_of(RUNS, store)


@pytest.fixture(scope="module")
def rows(numbers):
    return figure.by_name(numbers)


def surely_less(one, other):
    """Both intervals apart."""
    return one["high"] < other["low"]


# ---- what today buys -----------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", [trouble.name for trouble in TROUBLES])
def test_today_never_has_two_primaries(rows, trouble):
    assert rows[trouble, TODAY, "dual_primary_s"]["above_0"] == 0


@pytest.mark.parametrize(
    ("trouble", "share"),
    [
        ("loss", 1.0),
        ("partition", 1.0),
        ("long partition", 1.0),
        ("pause", 0.1),  # for as long as its power is not off when it wakes
        ("double power cut", 0.005),  # if one is up while the only ping of the other is out
    ],
)
def test_the_original_has_two_primaries(rows, trouble, share):
    assert rows[trouble, ORIGINAL, "dual_primary_s"]["above_0"] >= share * RUNS


@pytest.mark.parametrize("trouble", ["loss", "long partition"])
def test_today_has_fewer_false_failovers(rows, trouble):
    ends = [rows[trouble, end, "false_failovers"] for end in (TODAY, ORIGINAL)]
    assert surely_less(*ends)


def test_today_loses_fewer_writes_over_a_network_that_loses_packets(rows):
    ends = [rows["loss", end, "lost_writes"] for end in (TODAY, ORIGINAL)]
    assert 10.0 * ends[0]["high"] < ends[1]["low"]


def test_after_a_double_power_cut_today_loses_no_writes_and_cuts_no_power(rows):
    for measure in ("lost_writes", "boots", "false_failovers"):
        assert rows["double power cut", TODAY, measure]["above_0"] == 0
        assert rows["double power cut", ORIGINAL, measure]["above_0"] > 0
    assert rows["double power cut", ORIGINAL, "lost_writes"]["low"] > 20.0
    assert rows["double power cut", ORIGINAL, "boots"]["low"] > 0.9


# ---- what it costs, and what it cannot buy -------------------------------------------------------


@pytest.mark.parametrize("trouble", ["crash", "pause", "double power cut"])
def test_an_outage_is_longer_today(rows, trouble):
    ends = [rows[trouble, end, "outage_s"] for end in (ORIGINAL, TODAY)]
    assert surely_less(*ends)


def test_a_crash_costs_two_more_intervals_and_the_latency_of_the_power_channel(rows):
    price = rows["crash", TODAY, "outage_s"]["mean"] - rows["crash", ORIGINAL, "outage_s"]["mean"]
    assert price == pytest.approx(2 * 0.1 + 0.5, abs=0.01)


def test_a_partition_of_seconds_is_one_false_failover_for_both(rows):
    for end in (ORIGINAL, TODAY):
        row = rows["partition", end, "false_failovers"]
        assert row["low"] == row["mean"] == row["high"] == 1.0


@pytest.mark.parametrize(("trouble", "times"), [("partition", 1.05), ("long partition", 1.5)])
def test_a_partition_loses_more_writes_today(rows, trouble, times):
    ends = [rows[trouble, end, "lost_writes"] for end in (ORIGINAL, TODAY)]
    assert times * ends[0]["high"] < ends[1]["low"]


# ---- which addition does it ----------------------------------------------------------------------


def rung(name):
    return next(i for i, rung in enumerate(LADDER) if rung.name == name)


@pytest.mark.parametrize("trouble", ["loss", "partition", "long partition", "pause"])
def test_it_is_fence_first_that_ends_two_primaries(rows, trouble):
    first = rung("+ fence first")
    for place, step in enumerate(LADDER):
        ended = rows[trouble, step.name, "dual_primary_s"]["above_0"] == 0
        assert ended == (place >= first)


def test_it_is_announcing_that_leaves_only_the_outage_of_the_loss_itself(rows):
    # A request and its answer must both come through.
    itself = figure.LOSS_S * (1.0 - (1.0 - figure.LOSS) ** 2)
    first = rung("+ keep announcing")
    for step in LADDER[first:]:
        assert rows["loss", step.name, "outage_s"]["mean"] == pytest.approx(itself, abs=0.05)
    # Without, a few runs have an outage of many seconds: the one announcement of a takeover was
    # lost, and the client goes on asking a server that has left.
    ladder = figure.climb(TROUBLES[0].scenario())
    for step in LADDER[: first + 1]:
        runs = understudy.run(ladder[step.name], RUNS, seed=figure.SEED)
        long = (runs.lost_requests * 0.01 > itself + 5.0).mean()
        assert long == 0.0 if step == LADDER[first] else long > 0.01


@pytest.mark.parametrize(
    ("measure", "addition"),
    [("boots", "+ let the other boot"), ("lost_writes", "+ newer memory wins")],
)
def test_what_spares_the_booting_server_and_the_writes_of_a_power_cut(rows, measure, addition):
    for place, step in enumerate(LADDER):
        ended = rows["double power cut", step.name, measure]["above_0"] == 0
        assert ended == (place >= rung(addition))


def test_the_ladder_leads_from_the_original_to_today():
    for trouble in TROUBLES:
        scenario = trouble.scenario()
        ladder = figure.climb(scenario)
        assert ladder[ORIGINAL] == scenario.replace({"pair.method": "original"})
        for key in understudy.keys():
            if key.table == "pair" and key.name != "method":
                name = f"pair.{key.name}"
                assert ladder[TODAY].setting(name) == scenario.setting(name), name


def test_the_last_rung_behaves_as_what_says_nothing():
    for trouble in TROUBLES:
        scenario = trouble.scenario()
        here, there = (understudy.run(x, 20) for x in (scenario, figure.climb(scenario)[TODAY]))
        pd.testing.assert_frame_equal(here, there)


# ---- the numbers, the table and the picture ------------------------------------------------------


def test_the_numbers_are_means_of_the_runs(rows):
    scenario = figure.climb(TROUBLES[0].scenario())[ORIGINAL]
    runs = understudy.run(scenario, RUNS, seed=figure.SEED)
    for measure, sample in (
        ("lost_writes", runs.lost_writes),
        ("outage_s", runs.lost_requests * 0.01),
    ):
        row, mean = rows["loss", ORIGINAL, measure], statistics.mean(sample)
        assert (row["mean"], row["low"], row["high"]) == (mean.value, mean.low, mean.high)
        assert (row["runs"], row["above_0"]) == (RUNS, (sample > 0).sum())


def test_an_outage_is_that_of_the_outcome_where_there_is_but_one(rows):
    runs = understudy.run(TROUBLES[-1].scenario(), RUNS, seed=figure.SEED)
    assert rows["crash", TODAY, "outage_s"]["mean"] == pytest.approx(
        runs.outage_s.mean(), abs=0.02
    )


def test_the_table_has_a_line_for_each_method_under_each_trouble(numbers):
    lines = figure.table(numbers).splitlines()
    assert max(map(len, lines)) <= 100
    assert sum(line.startswith("today ") for line in lines) == len(TROUBLES)
    assert lines[lines.index(next(x for x in lines if x.startswith("crash:"))) + 1].split() == [
        "original", "0", "0", *lines[-len(LADDER)].split()[3:],
    ]  # fmt: skip
    assert len(lines) == 2 + len(TROUBLES) * (2 + len(LADDER))


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (1e-5, "<0.001"), (0.0094, "0.009"), (0.45, "0.45"), (24.11, "24.1"),
     (4133.2, "4,133")],
)  # fmt: skip
def test_values_have_three_figures(value, text):
    assert figure.text_of(value) == text


def test_every_number_is_in_the_picture(numbers):
    drawn = figure.draw(numbers)
    assert len(drawn.axes) == len(TROUBLES) * len(MEASURES)
    rows = figure.by_name(numbers)
    for place, ax in enumerate(drawn.axes):
        trouble, measure = TROUBLES[place // len(MEASURES)], MEASURES[place % len(MEASURES)]
        means = [rows[trouble.name, step.name, measure.name]["mean"] for step in LADDER]
        assert [bar.get_width() for bar in ax.patches] == means
        assert [figure.text_of(mean) for mean in means] == [
            text.get_text() for text in ax.texts[: len(LADDER)]
        ]


def run_script(root, *arguments):
    return subprocess.run(
        [sys.executable, root / "analysis" / "original_versus_today.py", *map(str, arguments)],
        capture_output=True, text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip


def test_the_script_prints_the_table_and_writes_the_same_files_again(root, tmp_path):
    pictures = [tmp_path / "a" / "figure.png", tmp_path / "b" / "figure.png"]
    store = tmp_path / "runs.sqlite"
    for picture in pictures:
        done = run_script(root, "--runs", 3, "--output", picture, "--store", store)
        assert (done.returncode, done.stderr) == (0, "")
        assert "double power cut: both servers" in done.stdout
        assert done.stdout.count("wrote ") == 2
    with understudy.Store(store) as opened:
        assert len(opened) == 3 * len(TROUBLES) * len(LADDER)
    for ending in (".png", ".csv"):
        one, other = (picture.with_suffix(ending).read_bytes() for picture in pictures)
        assert one == other
    picture = matplotlib.image.imread(pictures[0])
    assert picture[..., :3].std() > 0.05  # not blank
    behind = pd.read_csv(pictures[0].with_suffix(".csv"))
    assert len(behind) == len(TROUBLES) * len(LADDER) * len(MEASURES)


@pytest.mark.parametrize("wrong", [("--runs", 0), ("--output", "figure.gif")])
def test_a_mistake_is_one_line(root, wrong):
    done = run_script(root, *wrong)
    assert done.returncode == 2
    assert done.stderr.startswith("original_versus_today.py: ")
    assert done.stderr.count("\n") == 1


# ---- what is in the tree -------------------------------------------------------------------------


def test_the_readme_shows_the_numbers_of_the_figure(root):
    shown = pd.read_csv(root / "docs" / "original_versus_today.csv")
    assert figure.markdown(shown) in (root / "README.md").read_text()
    assert "docs/original_versus_today.png" in (root / "README.md").read_text()


def test_the_numbers_of_the_figure_are_those_of_this_tree(root, rows):
    """The runs here are the first of those there: make the figure again if this fails."""
    shown = figure.by_name(pd.read_csv(root / "docs" / "original_versus_today.csv"))
    assert shown.keys() == rows.keys()
    for key, row in rows.items():
        reach = 1.5 * (row["high"] - row["low"]) + 0.02 + 1e-4 * row["mean"]
        assert shown[key]["mean"] == pytest.approx(row["mean"], abs=reach), key
