# SPDX-License-Identifier: MIT
"""`rare`: the same estimate as the command line's, as a result for Python."""

import dataclasses
import json
import math
import subprocess
from pathlib import Path

import pytest

import understudy
from understudy import BadInput

BUILD = Path(understudy.__file__).parents[2]


@pytest.fixture
def lossy(root):
    """Rare, and quick to estimate."""
    scenario = understudy.load(root / "scenarios" / "lost-pings.toml")
    return scenario.replace({"pair.misses": 5, "run.duration": "20s"})


@pytest.mark.parametrize("method", ["splitting", "importance", "plain"])
def test_the_estimate_is_that_of_the_command_line(root, lossy, method):
    printed = subprocess.run(
        [BUILD / "scenarios" / "lost-pings", "--rare", "false_failover", "--method", method,
         "--runs", "50", "--first-run", "3", "--seed", "7", "--set", "pair.misses=5",
         "--set", "run.duration=20s", "--format", "json"],
        check=True, capture_output=True, text=True, cwd=root,
    )  # fmt: skip
    said = json.loads(printed.stdout)["rare"]
    found = understudy.rare(lossy, "false_failover", 50, seed=7, method=method, first_run=3)
    assert (found.event, found.method, found.runs) == ("false_failover", method, 50)

    def cells(*names):
        return tuple(math.inf if said[name] is None else said[name] for name in names)

    if said["hits"] > 0:
        assert found.rate == cells("rate_per_s", "rate_low_per_s", "rate_high_per_s")
        assert found.relative_error == said["relative_error"]
    assert found.per_day[2] == said["per_day_high"]
    assert found.mean_time == cells("mean_time_s", "mean_time_low_s", "mean_time_high_s")
    assert found.probability == cells("probability", "probability_low", "probability_high")
    assert found.hits == said["hits"]
    assert found.paths == said["paths"]
    assert found.simulated_s == said["simulated_s"]
    assert [dataclasses.asdict(level) for level in found.levels] == said["levels"]


def test_jobs_change_nothing(lossy):
    one, three = (
        understudy.rare(lossy, "false_failover", 40, method="importance", jobs=jobs)
        for jobs in (1, 3)
    )
    assert one == three


def test_it_finds_the_closed_form_at_once_in_ten_thousand_years(lossy):
    # q = 1 - (1 - p)^2 a ping; E[N] = (1 - q^k) / (q^k (1 - q)) pings to the first k in a row.
    lossy.fault[0].probability = 0.01
    lossy.pair.misses = k = 7
    q = 1 - 0.99**2
    mean_time = (1 - q**k) / (q**k * (1 - q)) * lossy.pair.ping_interval
    for method in ("splitting", "importance"):
        found = understudy.rare(lossy, "false_failover", 600, method=method, confidence=0.999)
        assert found.relative_error < 0.1
        assert found.mean_time.low < mean_time < found.mean_time.high
        assert found.rate.value == pytest.approx(1 / found.mean_time.value)


def test_a_greater_confidence_asks_for_a_wider_interval(lossy):
    narrow, wide = (
        understudy.rare(lossy, "false_failover", 20, confidence=confidence)
        for confidence in (0.5, 0.99)
    )
    assert wide.rate.low < narrow.rate.low < narrow.rate.value == wide.rate.value
    assert narrow.rate.high < wide.rate.high


def test_what_never_happens_takes_for_ever(lossy):
    found = understudy.rare(lossy, "dual_primary", 20)
    assert found.rate.value == 0
    assert found.mean_time.value == found.mean_time.high == math.inf
    assert 0 < found.mean_time.low < math.inf
    assert math.isnan(found.relative_error)


def test_what_is_frequent_has_no_rate(lossy):
    found = understudy.rare(lossy.replace({"topology.delay": "30ms"}), "false_failover", 20)
    assert found.probability.value == 1
    assert all(map(math.isnan, (*found.rate, *found.mean_time, found.relative_error)))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"event": "frobnicate"}, "take false_failover or dual_primary"),
        ({"method": "luck"}, "take splitting, importance or plain"),
        ({"runs": 9}, "take 10 or more"),
        ({"runs": 0}, "runs is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"jobs": 0}, "jobs is 0"),
        ({"confidence": 1.0}, "between 0 and 1"),
    ],
)
def test_an_argument_that_makes_no_sense_is_named(lossy, arguments, words):
    with pytest.raises(BadInput, match=words):
        understudy.rare(lossy, **{"event": "false_failover", **arguments})


def test_a_pair_that_loses_a_server_has_no_rate(crash):
    with pytest.raises(BadInput, match='fault.0.kind is "crash"'):
        understudy.rare(crash, "false_failover")
