# SPDX-License-Identifier: MIT
"""What the comparison with other daemons makes of what its observer wrote."""

import importlib.util
import pathlib
import sys

import pytest

PATH = pathlib.Path(__file__).with_name("timeline.py")


@pytest.fixture(scope="module")
def timeline():
    spec = importlib.util.spec_from_file_location("bench_timeline", PATH)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


def answers(timeline, *received, by="first"):
    return [timeline.Answer(at - 0.0001, at, by) for at in received]


def test_a_record_counts_from_its_first_request_and_is_in_order(timeline):
    record = timeline.read_record(
        "ask 2000000000 50\nask 2001000000 100\n"
        "answer 2001000000 2001200000 second\nanswer 2000000000 2000100000 first\n"
        "address second + 2000500000\naddress first + 1999000000\n"
        "ping second 2000400000\n"
    )
    assert record.asked == pytest.approx([0, 0.001])
    assert record.lateness == pytest.approx([50e-9, 100e-9])
    assert [answer.by for answer in record.answers] == ["first", "second"]
    assert record.answers[0].received == pytest.approx(0.0001)
    assert [(server, there) for _, server, there in record.changes] == [
        ("first", True),
        ("second", True),
    ]
    assert record.pings == {"second": pytest.approx([0.0004])}
    assert record.at(3_000_000_000) == 1


def test_an_address_is_held_from_its_coming_to_its_going_or_to_the_end(timeline):
    changes = [(0, "first", True), (2, "second", True), (3, "first", False), (4, "second", True)]
    assert timeline.holdings(changes, 9) == {"first": [(0, 3)], "second": [(2, 9)]}


def test_an_address_that_goes_twice_goes_once(timeline):
    changes = [(1, "first", False), (2, "first", True), (3, "first", False), (4, "first", False)]
    assert timeline.holdings(changes, 9) == {"first": [(2, 3)]}


def test_two_holders_are_counted_where_they_overlap_and_are_asked_for(timeline):
    first, second = [(0, 3), (5, 8)], [(2, 6)]
    assert timeline.overlap(first, second) == 2
    assert timeline.overlap(first, second, begin=2.5) == 1.5
    assert timeline.overlap(first, second, end=2.25) == 0.25
    assert timeline.overlap(first, []) == 0


def test_a_switch_ends_with_the_first_answer_of_another_server(timeline):
    seen = answers(timeline, 0.9, 1.001) + answers(timeline, 1.03, 1.04, by="second")
    assert timeline.switch(seen, 1, "first") == pytest.approx(0.03)
    assert timeline.switch(seen[:2], 1, "first") is None


def test_silence_is_the_sum_of_the_gaps_that_are_not_tolerated(timeline):
    seen = answers(timeline, 0, 0.002, 0.004, 0.024, 0.026, 0.036)
    assert timeline.silence(seen, 0, 0.036) == pytest.approx(0.030)


def test_silence_counts_inside_the_window_alone(timeline):
    seen = answers(timeline, 0, 1, 2)
    assert timeline.silence(seen, 0.5, 1.25) == pytest.approx(0.75)
    assert timeline.silence([], 0, 3) == 3


def test_a_gap_across_the_edge_of_the_window_is_judged_as_a_whole(timeline):
    seen = answers(timeline, 0, 0.010, 0.011)
    assert timeline.silence(seen, 0.009, 0.011) == pytest.approx(0.001)


def test_an_address_moves_when_another_server_gets_it(timeline):
    changes = [(0, "first", True), (1, "first", True), (2, "second", True), (3, "first", False)]
    assert timeline.moves(changes) == 1
    assert timeline.moves([*changes, (4, "second", False), (5, "first", True)]) == 2
    assert timeline.moves([]) == 0


def test_a_pair_that_switched_before_the_fault_is_told_from_one_that_did_not(timeline):
    changes = [(0, "first", True), (2, "first", False), (3, "second", True)]
    assert not timeline.moved_before(changes, 1)
    assert timeline.moved_before(changes, 2.5)


def test_what_lies_beyond_the_timers_counts_from_the_pings_after_the_fault(timeline):
    pings = [0.995, 1.005, 1.015, 1.025]
    late = timeline.beyond_the_timers(
        pings, fault=1.0, misses=2, timeout=0.001, fence=0.002, switched=0.0185
    )
    assert late == pytest.approx(0.0005)


def test_nothing_is_said_of_a_switch_without_enough_pings(timeline):
    assert timeline.beyond_the_timers([1.1], 1.0, 2, 0.001, 0.0, 0.5) is None
