# SPDX-License-Identifier: MIT
"""The figure of an advice."""

import json

import matplotlib.image
import numpy as np
import pytest
import trade_off
from matplotlib.figure import Figure


def estimate(value, low=None, high=None):
    return {"value": value, "low": low or 0.9 * value, "high": high or 1.1 * value}


def candidate(interval, misses, outage, rate):
    return {
        "ping_interval_s": interval, "ping_timeout_s": interval / 2, "misses": misses,
        "outage_s": outage, "false_failovers_per_s": rate,
    }  # fmt: skip


@pytest.fixture
def answer():
    """An advice as the command line prints it, as far as it is drawn."""
    screened = [
        candidate(interval, misses, 0.5 + misses * interval, 10.0 ** (-3 * misses) / interval)
        for interval in (0.1, 0.3)
        for misses in range(1, 6)
    ]
    simulated = [
        {**s, "outage_s": estimate(s["outage_s"]),
         "false_failovers_per_s": estimate(s["false_failovers_per_s"])}
        for s in screened[::2]
    ]  # fmt: skip
    return {
        "wish": {"outage_s": 1.5, "quantile": 0.99, "false_failovers_per_s": 3e-8},
        "choice": simulated[3], "rarest": simulated[1], "assessed": simulated,
        "screened": screened,
    }  # fmt: skip


def test_the_best_are_those_that_nothing_is_better_than():
    points = np.array([(2.0, 5.0), (1.0, 9.0), (3.0, 5.0), (4.0, 1.0), (1.0, 8.0)])
    assert trade_off.best_of(points).tolist() == [[1.0, 8.0], [2.0, 5.0], [4.0, 1.0]]


def test_the_picture_shows_wishes_choice_and_units(answer):
    axes = trade_off.trade_off(Figure().add_subplot(), answer)
    assert axes.get_xlabel() == "outage after a crash, 99 % quantile [s]"
    words = [text.get_text() for text in axes.texts]
    assert "every 300 ms\nwithin 150 ms\n2 misses" in words
    assert "wished: 1.5 s at most" in words
    assert axes.get_xlim()[1] > 1.5
    assert axes.get_ylim()[0] < 3e-8 < axes.get_ylim()[1]
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == [
        "a ping every 100 ms", "a ping every 300 ms", "simulated, with interval", "the choice",
    ]  # fmt: skip
    years = axes.yaxis.get_major_formatter()
    assert years(1.0 / (365.25 * 86400.0), 0) == "a year"


def test_without_a_choice_none_is_marked(answer):
    answer.update(choice=None)
    answer["assessed"][0]["outage_s"] = {"value": None, "low": None, "high": None}
    axes = trade_off.trade_off(Figure().add_subplot(), answer)
    assert "the choice" not in [text.get_text() for text in axes.get_legend().get_texts()]


def test_the_script_draws_what_the_command_line_printed(answer, tmp_path, capsys):
    (tmp_path / "advice.json").write_text(json.dumps(answer))
    picture = tmp_path / "picture.png"
    assert trade_off.main([str(tmp_path / "advice.json"), "--output", str(picture)]) == 0
    assert capsys.readouterr().out == f"{picture}\n"
    height, width, _ = matplotlib.image.imread(picture).shape
    assert width > height > 500


@pytest.mark.parametrize("text", ["", "{}", "[pair]"])
def test_what_is_no_advice_is_refused_in_one_line(text, tmp_path, capsys):
    (tmp_path / "advice.json").write_text(text)
    assert trade_off.main([str(tmp_path / "advice.json")]) == 2
    printed = capsys.readouterr().err
    assert "advice.json: is no advice" in printed
    assert printed.count("\n") == 1
