# SPDX-License-Identifier: MIT
"""The scenarios that come with the project; their figures are test_expectations.py's."""

import json
import math
import pathlib

import pytest

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "scenarios"
FILES = sorted(FOLDER.glob("*.toml"))


def output(program, *arguments):
    """What a program prints, whatever it warns of; test_expectations.py says what it may."""
    done = program(*arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def records(program, *arguments):
    return json.loads(output(program, "--format", "json", *arguments))["runs"]


def printed(program, *arguments):
    return output(program, "--print-scenario", *arguments)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_is_a_program_with_itself_inside(program, file):
    inside = program(file.stem)
    assert printed(inside) == printed(inside, "--scenario", file)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_is_printed_as_it_is_read(program, file):
    inside = program(file.stem)
    text = printed(inside)
    (inside.folder / file.name).write_text(text)
    assert printed(inside, "--scenario", file.name) == text


def test_a_crash_is_detected_within_the_bounds_of_its_timers(crash):
    runs = records(crash, "--runs", 500)
    for run in runs:
        assert 0.24995 < run["detection_s"] <= 0.34995
        assert run["takeover_s"] == 0.5
        assert 0.75 < run["outage_s"] < 0.87
        assert run["dual_primary_s"] == 0
        assert run["false_failovers"] == 0
        assert run["boots"] == 1
        assert run["final_roles"] == {"first": "monitor", "second": "primary"}


def test_a_cold_start_settles_without_a_fence(program):
    runs = records(program("cold-start"), "--runs", 500)
    for run in runs:
        assert run["boots"] == run["false_failovers"] == 0
        assert sorted(run["final_roles"].values()) == ["monitor", "primary"]
        assert run["dual_primary_s"] == 0
    # Whoever is up first becomes the monitor, and second does if both are up at once.
    first = sum(run["final_roles"]["first"] == "primary" for run in runs)
    assert 0.45 < first / len(runs) < 0.62


def test_lost_pings_bring_false_failovers_when_theory_says(program):
    # Two misses in a row of q = 1 - (1 - p)^2: E[N] = (1 - q^k) / (q^k (1 - q)) pings, a standard
    # deviation about as long; the first ping leaves half an interval after the start on average.
    miss, needed, interval, timeout = 1 - 0.95**2, 2, 0.1, 0.05
    pings = (1 - miss**needed) / (miss**needed * (1 - miss))
    mean = (pings - 1) * interval + timeout + interval / 2
    runs = records(program("lost-pings"), "--runs", 1000)
    found = [run["detection_s"] for run in runs if run["detection_s"] is not None]
    deviation = math.sqrt(sum((value - mean) ** 2 for value in found) / len(found))
    assert len(found) >= 999
    assert abs(sum(found) / len(found) - mean) < 3.3 * deviation / math.sqrt(len(found))
    assert all(run["dual_primary_s"] == 0 for run in runs)
    assert all(run["false_failovers"] <= 4 for run in runs)


def test_a_rare_false_failover_comes_when_theory_says(program):
    # Two exponential delays of mean m together exceed t with probability (1 + t/m) exp(-t/m).
    scenario = program("rare-false-failover")
    ratio, needed, interval = (0.050 - 2 * 50e-6) / 0.005, 6, 0.1
    late = (1 + ratio) * math.exp(-ratio)
    miss = 1 - 0.99**2 * (1 - late)
    mean = (1 - miss**needed) / (miss**needed * (1 - miss)) * interval
    assert 44.8 < mean / (365.2425 * 86400) < 45.0
    for method in ("splitting", "importance"):
        answer = scenario.output(
            "--rare", "false_failover", "--method", method, "--runs", 1000, "--format", "json"
        )
        rare = json.loads(answer)["rare"]
        assert rare["relative_error"] < 0.06
        assert rare["mean_time_low_s"] < mean < rare["mean_time_high_s"]
    assert all(run["false_failovers"] == 0 for run in records(scenario, "--runs", 100))
