# SPDX-License-Identifier: MIT
"""Rows of misses: closed forms against the chain itself, and fits against what made the series."""

import numpy as np
import pytest

from understudy.channel import Channel, Rows, fit, no_better_than, rows_of


def series(channel, pings, seed=1):
    """Pings of a channel, drawn one after the other; True for a miss."""
    draws = np.random.default_rng(seed).random((pings, 2))
    missed, bad = np.zeros(pings, dtype=bool), False
    for ping, (turn, alone) in enumerate(draws):
        bad = turn >= channel.ends if bad else turn < channel.begins
        missed[ping] = bad or alone < channel.alone
    return missed


@pytest.mark.parametrize(
    ("lost_each_way", "pings_to"),
    [(0.01, (50.25, 2575, 1.295e5)), (0.05, (10.26, 115.5, 1194)), (0.1, (5.263, 32.96, 178.8))],
)
def test_independent_misses_have_the_closed_form_of_runs_of_failures(lost_each_way, pings_to):
    channel = Channel(1.0, 1.0 - (1.0 - lost_each_way) ** 2)
    found = [channel.pings_to(misses) for misses in (1, 2, 3)]
    assert found == pytest.approx(pings_to, rel=1e-3)


@pytest.mark.parametrize(
    "channel",
    [Channel(1.0, 0.1), Channel(1.0, 0.05, 0.02, 0.3), Channel(1.0, 0.0, 0.05, 0.4)],
)
def test_the_pings_to_a_row_are_those_of_the_absorbing_chain(channel):
    # States: so many misses in a row, and good or bad; the mean time to leave them is linear.
    misses = 4
    turn = np.array(
        [[1.0 - channel.begins, channel.begins], [channel.ends, 1.0 - channel.ends]]
    )
    lost = np.array([channel.alone, 1.0])
    step = np.zeros((2 * misses, 2 * misses))
    for row in range(misses):
        for state in (0, 1):
            answered = turn[state, 0] * (1.0 - channel.alone)
            step[2 * row + state, 0] += answered
            if row + 1 < misses:
                step[2 * row + state, 2 * row + 2 : 2 * row + 4] += turn[state] * lost
    pings = np.linalg.solve(np.eye(2 * misses) - step, np.ones(2 * misses))[0]
    assert channel.pings_to(misses) == pytest.approx(pings, rel=1e-9)


def test_at_least_and_exactly_are_of_one_law():
    channel = Channel(1.0, 0.05, 0.02, 0.3)
    lengths = np.arange(200)
    assert channel.exactly(lengths).sum() == pytest.approx(1.0)
    assert np.cumsum(channel.exactly(lengths)[::-1])[::-1][:20] == pytest.approx(
        channel.at_least(lengths)[:20], abs=1e-9
    )


def test_another_interval_sees_the_same_good_and_bad_times():
    fine = Channel(0.1, 0.0, 0.01, 0.05)
    seen = rows_of(series(fine, 400_000)[::5])
    coarse = fine.every(0.5)
    assert coarse.interval == 0.5
    lengths = np.arange(5)
    rows = sum(seen.ended.values())
    shares = np.array([seen.ended.get(length, 0) for length in lengths]) / rows
    expected = coarse.exactly(lengths)
    assert (np.abs(shares - expected) < 4.0 * np.sqrt(expected / rows)).all()  # 4 standard errors


def test_rows_end_with_answers():
    rows = rows_of([1, 1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 1])  # what is in front tells nothing
    assert rows == Rows({0: 1, 1: 1, 2: 1}, 3)
    assert (rows.tries, rows.begun, rows.longest) == (4, 3, 3)
    with pytest.raises(ValueError, match="no ping was answered"):
        rows_of([True, True])


@pytest.mark.parametrize(
    "made_of",
    [
        Channel(1.0, 0.02),
        Channel(1.0, 0.0, 0.005, 0.3),
        Channel(1.0, 0.01, 0.001, 0.1),
        Channel(1.0, 0.05, 0.01, 0.5),
    ],
)
def test_the_fit_finds_what_the_series_was_made_of(made_of):
    found = fit(rows_of(series(made_of, 200_000)), 1.0)
    assert found.alone == pytest.approx(made_of.alone, rel=0.1, abs=5e-4)
    assert found.begins == pytest.approx(made_of.begins, rel=0.25)
    assert found.ends == pytest.approx(made_of.ends, rel=0.15)


def test_neighbours_by_chance_are_no_burst():
    for seed in range(20):
        found = fit(rows_of(series(Channel(1.0, 0.02), 5000, seed)), 1.0)
        assert found.begins == 0.0


def test_no_better_than_covers_what_the_series_was_made_of():
    # In 95 % of all series each of the two; 40 series, so at least 33 of them (1e-2 otherwise).
    made_of = Channel(1.0, 0.0, 0.005, 0.3)
    worst = []
    for seed in range(40):
        rows = rows_of(series(made_of, 10_000, seed))
        worst.append(no_better_than(rows, fit(rows, 1.0)))
    begun = made_of.at_least([1])[0]
    assert sum(channel.at_least([1])[0] >= begun for channel in worst) >= 33
    assert sum(channel.ends <= made_of.ends for channel in worst) >= 33


def test_without_a_miss_the_rule_of_three_remains():
    rows = rows_of(np.zeros(3001, dtype=bool))
    fitted = fit(rows, 1.0)
    assert fitted == Channel(1.0, 0.0)
    assert fitted.pings_to(1) == np.inf
    assert no_better_than(rows, fitted).alone == pytest.approx(3.0 / 3000, rel=2e-3)


def test_a_series_of_one_answer_has_no_fit():
    with pytest.raises(ValueError, match="too short"):
        fit(rows_of([False]), 1.0)
