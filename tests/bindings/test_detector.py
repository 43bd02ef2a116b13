# SPDX-License-Identifier: MIT
"""The quality of a detector alone, as Python sees it. Its figures are held to theory in
tests/analysis/test_oracles.py."""

import pytest

import understudy


@pytest.fixture
def lossy():
    return understudy.parse('[[fault]]\nkind = "loss"\nprobability = 0.3\nat = "0s"')


def test_it_says_when_each_mistake_began_and_how_long_it_lasted(lossy):
    found = understudy.detector_quality(lossy, 10_000)
    assert found.begins_s.shape == found.lasts_s.shape
    assert (found.begins_s[:-1] + found.lasts_s[:-1] < found.begins_s[1:]).all()
    assert found.recurrence().value > found.duration().value > 0.0
    wrong = found.lasts_s[:-1].sum() / (found.begins_s[-1] - found.begins_s[0])
    assert found.accuracy().value == pytest.approx(1.0 - wrong)


def test_the_same_run_errs_alike(lossy):
    one, two = (understudy.detector_quality(lossy, 1000, seed=4, run=7) for _ in range(2))
    assert (one.begins_s == two.begins_s).all()


def test_more_misses_err_less_often(lossy):
    found = [
        understudy.detector_quality(lossy.replace({"pair.misses": k}), 100_000) for k in (1, 2, 3)
    ]
    assert found[0].recurrence().high < found[1].recurrence().low
    assert found[1].recurrence().high < found[2].recurrence().low


def test_bad_input_is_one_line(lossy, crash):
    with pytest.raises(understudy.BadInput, match="fault.0: a detector alone knows no crash"):
        understudy.detector_quality(crash)
    with pytest.raises(understudy.BadInput, match="pings is 0; it must be at least 1"):
        understudy.detector_quality(lossy, 0)
