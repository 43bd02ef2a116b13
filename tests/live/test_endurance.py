# SPDX-License-Identifier: MIT
"""Failovers in a row. `endurance.py` does a thousand; here are as many as a test has time for."""

from __future__ import annotations

import endurance
from lab import Lab


def test_failovers_at_random_moments_lose_nothing_that_was_copied(lab: Lab) -> None:
    endured = endurance.fail_over(lab, failovers=20, seed=2)
    assert endured.failovers == 20
    assert endured.kills_in_copies > 0


def test_a_daemon_that_outlives_thirty_failovers_has_not_grown(lab: Lab) -> None:
    life = endurance.live_on(lab, failovers=30)
    assert not life.grew(), life


def test_growth_would_be_noticed() -> None:
    assert endurance.Life([9, 9, 9, 10], [5000] * 4).grew()
    assert endurance.Life([9] * 4, [5000, 5000, 5000, 7000]).grew()
    assert not endurance.Life([9] * 4, [5000, 5100, 5200, 5300]).grew()
