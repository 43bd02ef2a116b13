# SPDX-License-Identifier: MIT
"""What the report makes of the benchmarks' results."""

import importlib.util
import pathlib

import pytest

PATH = pathlib.Path(__file__).with_name("report.py")


@pytest.fixture
def report():
    spec = importlib.util.spec_from_file_location("bench_report", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def row(name, rate, run_type="aggregate", aggregate="median"):
    row = {"run_name": name, "run_type": run_type, "items_per_second": rate}
    return {**row, "aggregate_name": aggregate} if run_type == "aggregate" else row


def test_a_rate_is_the_median_of_its_repetitions(report):
    rows = [row("X", 1.0, "iteration"), row("X", 5.0, aggregate="mean"), row("X", 3.0)]
    assert report.items_per_second(rows) == {"X": 3.0}
    assert report.items_per_second(rows[:1]) == {"X": 1.0}


def test_ratios_are_those_of_what_was_measured(report):
    rates = {"Ns3_Agent": 90.0, "Yardstick_V4Ping": 100.0, "SimPy": 1.0}
    assert list(report.ratios(rates)) == [
        {"of": "Ns3_Agent", "to": "Yardstick_V4Ping", "ratio": 0.9, "least": 0.8}
    ]


def test_programs_without_a_result_are_passed_over(report, tmp_path):
    (tmp_path / "none.json").write_text("")
    (tmp_path / "one.json").write_text('{"context": {"num_cpus": 2}, "benchmarks": [{"name": "X"}]}')
    assert report.merge(tmp_path) == {
        "context": {"num_cpus": 2},
        "benchmarks": [{"program": "one", "name": "X"}],
    }
