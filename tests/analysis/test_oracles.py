# SPDX-License-Identifier: MIT
"""Every closed form lies in the interval of what was measured, and the README says the same."""

import oracles
import pytest
from oracles import ORACLES

from understudy.statistics import Estimate


@pytest.fixture(scope="module")
def numbers():
    return oracles.table(ORACLES)


def name(number):
    oracle = ORACLES[number]
    return f"{oracle.formula}, {oracle.setting}, {oracle.substrate}"


@pytest.mark.parametrize("number", range(len(ORACLES)), ids=name)
def test_theory_is_in_the_interval(numbers, number):
    row = numbers.iloc[number]
    assert row["low"] - 1e-9 <= row["theory"] <= row["high"] + 1e-9


@pytest.mark.parametrize("number", range(len(ORACLES)), ids=name)
def test_the_interval_is_narrow_enough_to_say_something(numbers, number):
    row = numbers.iloc[number]
    assert row["high"] - row["low"] < 0.5 * row["theory"] or row["theory"] == 0.0


def test_the_readme_has_this_table(numbers, root):
    assert oracles.markdown(numbers) in (root / "README.md").read_text()


def test_a_theory_outside_the_interval_is_no_success(monkeypatch, capsys):
    first = ORACLES[0]
    wrong = oracles.Oracle(
        first.section, first.formula, first.setting, first.theory * 1.01, first.unit, 10, "runs",
        lambda: Estimate(first.theory, 0.999 * first.theory, 1.001 * first.theory),
    )  # fmt: skip
    monkeypatch.setattr(oracles, "ORACLES", (wrong,))
    assert oracles.main([]) == 1
    assert first.formula in capsys.readouterr().err


def test_an_unknown_section_is_bad_input(capsys):
    with pytest.raises(SystemExit) as ended:
        oracles.main(["9"])
    assert ended.value.code == 2
    assert "there are 1, 2, 3, 4, 5" in capsys.readouterr().err
