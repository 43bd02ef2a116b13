# SPDX-License-Identifier: MIT
"""--rare: what the programs print of it, and that it does not depend on how it is made."""

import csv
import io
import json

import pytest

# Short, and with a few copies on the way.
QUICK = ("--rare", "false_failover", "--runs", 40, "--set", "run.duration=20s", "--set",
         "pair.misses=5", "--seed", 7)  # fmt: skip


@pytest.fixture
def lost_pings(program):
    return program("lost-pings")


def test_json_is_one_object_with_the_estimate_in_it(lost_pings):
    result = json.loads(lost_pings.output(*QUICK, "--format", "json"))
    assert list(result) == ["scenario", "substrate", "seed", "version", "rare"]
    assert (result["scenario"], result["substrate"], result["seed"]) == ("lost-pings", "virtual", 7)
    rare = result["rare"]
    assert list(rare) == [
        "event",
        "method",
        "runs",
        "hits",
        "rate_per_s",
        "rate_low_per_s",
        "rate_high_per_s",
        "per_day",
        "per_day_low",
        "per_day_high",
        "mean_time_s",
        "mean_time_low_s",
        "mean_time_high_s",
        "relative_error",
        "probability",
        "probability_low",
        "probability_high",
        "confidence",
        "paths",
        "simulated_s",
        "levels",
    ]
    assert rare["rate_low_per_s"] < rare["rate_per_s"] < rare["rate_high_per_s"]
    assert rare["per_day"] == pytest.approx(86400 * rare["rate_per_s"])
    assert rare["mean_time_s"] == pytest.approx(1 / rare["rate_per_s"])
    assert rare["mean_time_low_s"] == pytest.approx(1 / rare["rate_high_per_s"])
    assert [list(level) for level in rare["levels"]] == [["factor", "entries", "per_run"]] * 4
    assert rare["paths"] > rare["runs"] == 40


def test_csv_has_the_same_in_a_line(lost_pings):
    rare = json.loads(lost_pings.output(*QUICK, "--format", "json"))["rare"]
    (row,) = csv.DictReader(io.StringIO(lost_pings.output(*QUICK, "--format", "csv")))
    levels = json.loads(row.pop("levels"))
    assert levels == rare.pop("levels")
    assert row == {name: str(cell) for name, cell in rare.items()}


@pytest.mark.parametrize("method", ["splitting", "importance", "plain"])
def test_jobs_change_nothing(lost_pings, method):
    outputs = {
        lost_pings.output(*QUICK, "--method", method, "--format", "json", "--jobs", jobs)
        for jobs in (1, 2, 7)
    }
    assert len(outputs) == 1


def test_a_table_tells_the_rate_its_interval_and_the_levels(lost_pings):
    table = lost_pings.output(*QUICK)
    for words in ("per day", "95 % from", "mean time to the first", "Relative error", "level"):
        assert words in table
    assert max(map(len, table.splitlines())) <= 100


def test_what_cannot_happen_is_said_to_be_none_in_so_many_runs(lost_pings):
    # fence-first, and a power channel that tells the truth.
    asked = ("--rare", "dual_primary", "--runs", 50, "--set", "run.duration=20s")
    assert "None in 50 runs and their copies." in lost_pings.output(*asked)
    assert "None in 50 runs." in lost_pings.output(*asked, "--method", "plain")
    rare = json.loads(lost_pings.output(*asked, "--format", "json"))["rare"]
    assert rare["rate_per_s"] == rare["probability"] == rare["hits"] == 0
    assert rare["mean_time_s"] is rare["mean_time_high_s"] is rare["relative_error"] is None
    assert rare["rate_high_per_s"] == pytest.approx(2.9957 / (50 * 18), rel=1e-4)


def test_a_pair_that_nothing_disturbs_has_a_rate_of_exactly_zero(lost_pings):
    quiet = lost_pings.folder / "quiet.toml"
    quiet.write_text("")
    table = lost_pings.output("--rare", "false_failover", "--scenario", quiet)
    assert "Exactly 0" in table
    answer = lost_pings.output(
        "--rare", "false_failover", "--scenario", quiet, "--format", "json"
    )
    assert json.loads(answer)["rare"]["rate_high_per_s"] == 0


def test_what_happens_in_every_run_at_once_is_said_not_to_be_rare(lost_pings):
    asked = ("--rare", "false_failover", "--runs", 20, "--set", "fault.0.probability=0.99")
    assert "It is not rare" in lost_pings.output(*asked)
    rare = json.loads(lost_pings.output(*asked, "--format", "json"))["rare"]
    assert rare["probability"] == 1
    assert rare["rate_per_s"] is rare["mean_time_s"] is None


def test_a_file_gets_what_would_be_printed(lost_pings):
    printed = lost_pings.output(*QUICK)
    assert lost_pings.output(*QUICK, "--output", "rare.txt") == ""
    assert (lost_pings.folder / "rare.txt").read_text() == printed
