# SPDX-License-Identifier: MIT
"""Every scenario's runs are the same to the bit, however they are made."""

import json
import math
import warnings

import pytest
from test_scenario_files import FILES, records

import understudy

RUNS = {"virtual": 6, "ns3": 2}
# In ns-3 a simulated minute of a pair with a client takes a third of a second, and a year days.
LONGEST_S = {"virtual": math.inf, "ns3": 400.0}


def duration_s(file):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its heading says of what it warns
        return understudy.load(file).run.duration


CASES = [
    (file, substrate)
    for file in FILES
    for substrate in RUNS
    if duration_s(file) <= LONGEST_S[substrate]
]


@pytest.fixture(params=CASES, ids=lambda case: f"{case[0].stem}-{case[1]}")
def case(request, program):
    file, substrate = request.param
    return file, substrate, program(file.stem)


def test_whatever_the_number_of_processes_and_the_order(case):
    _, substrate, inside = case
    runs, options = RUNS[substrate], ("--substrate", substrate)
    together = records(inside, *options, "--runs", runs, "--jobs", 2)
    assert [run["run"] for run in together] == list(range(1, runs + 1))
    assert records(inside, *options, "--runs", runs, "--jobs", 1) == together
    backwards = [records(inside, *options, "--first-run", n)[0] for n in range(runs, 0, -1)]
    assert backwards[::-1] == together


def test_in_the_process_of_somebody_else(case):
    file, substrate, inside = case
    together = records(inside, "--substrate", substrate, "--runs", RUNS[substrate])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scenario = understudy.load(file)
    frame = understudy.run(scenario, RUNS[substrate], substrate, jobs=1)
    for row, run in zip(frame.itertuples(), together, strict=True):
        for column, value in run.items():
            if column == "run":
                assert row.Index == value
                continue
            here = getattr(row, column)
            if value is None:
                assert here is None or math.isnan(here)
            elif column in ("faults", "final_roles"):
                assert json.loads(json.dumps(here)) == value
            else:
                assert here == value
