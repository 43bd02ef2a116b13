# SPDX-License-Identifier: MIT
"""One run, told."""

import pytest

import understudy


@pytest.fixture(scope="module")
def crash(root):
    return understudy.load(root / "scenarios" / "crash.toml").replace({"run.duration": "33s"})


def test_a_timeline_agrees_with_the_outcome_of_its_run(crash):
    outcome = understudy.run(crash, first_run=7).iloc[0]
    told = understudy.timeline(crash, run=7)
    spans = told.spans
    (fault,) = spans[spans.lane == "fault"].itertuples()
    fencing = spans[(spans.what == "fencing")].iloc[0]
    assert (fault.who, fault.what) == ("first", "crash")
    assert fencing.begin_s - fault.begin_s == pytest.approx(outcome.detection_s)
    assert fencing.end_s - fencing.begin_s == pytest.approx(outcome.takeover_s)
    holders = spans[(spans.lane == "holds") & (spans.what == "primary")]
    assert list(holders.who) == ["first", "second"]
    assert told.end_s == 33.0


def test_the_lines_are_those_of_the_story(crash):
    lines = understudy.timeline(crash, run=7).lines
    assert lines.time_s.is_monotonic_increasing
    declared = lines[lines.what == "declares the primary failed after 3 misses"]
    assert list(declared.who) == ["second"]
    assert lines.who.iloc[-1] == "" and lines.what.iloc[-1].startswith("the run ends: ")


def test_both_substrates_tell_the_same_run(crash):
    virtual, ns3 = (understudy.timeline(crash, run=2, substrate=s) for s in ("virtual", "ns3"))
    states = lambda told: told.spans[told.spans.lane == "state"][["who", "what"]].values.tolist()
    assert states(virtual) == states(ns3)


def test_bad_arguments_are_said(crash):
    with pytest.raises(understudy.BadInput, match="the last run is 0|first_run is 0"):
        understudy.timeline(crash, run=0)
    with pytest.raises(understudy.BadInput, match='there is no substrate "paper"'):
        understudy.timeline(crash, substrate="paper")
