# SPDX-License-Identifier: MIT
"""What the headings of scenarios/*.toml promise is what comes of a run.

Every table under "What to expect" names its command; here that is run, and what it gives must be
the figures that stand there, to the digit. The form of a table is described, and its reader kept,
in analysis/expectations.py. After a change of what runs give,

    ./dev python analysis/expectations.py --rewrite

brings all files up to date: look at what it has changed, and at the words beside it.
"""

import re
from pathlib import Path

import expectations
import pytest

import understudy

FILES = sorted(expectations.SCENARIOS.glob("*.toml"))

# Of a run in ns-3, which takes a third of a second for a minute of a pair with a client. A longer
# one is cut to this; no scenario's first fault is later.
LONGEST_S = 400


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def file(request) -> Path:
    return request.param


# ---- the files -----------------------------------------------------------------------------------


def test_the_heading_is_a_sentence_a_picture_what_happens_and_what_to_expect(file):
    lines = expectations.heading_of(file.read_text())
    assert re.fullmatch(r"# [A-Z].*\.", lines[0]) and lines[1] == "#"
    picture = lines[2 : lines.index("#", 2)]
    assert any("-----+" in line for line in picture)
    assert {"client", "witness", "first", "second"} <= set(re.findall(r"\w+", " ".join(picture)))
    parts = [line for line in lines if re.match(r"# What (happens|to expect)", line)]
    assert [part.split(" ")[2].rstrip(":") for part in parts] == ["happens", "to"]
    assert all(len(line) <= expectations.WIDTH for line in file.read_text().splitlines())


def test_every_table_is_under_a_command_of_this_scenario(file):
    tables = expectations.tables_of(file.read_text())
    assert tables
    for table in tables:
        command = re.compile(rf"build/scenarios/{file.stem} --runs \d+( --set \S+)*")
        assert command.fullmatch(table.command)
    # No command that the reader has overlooked, so that nobody holds its figures to it.
    said = " ".join(line.removeprefix("# ") for line in expectations.heading_of(file.read_text()))
    assert len(re.findall(r" --runs \d+(?! --rare)\b", said)) == len(tables)


def test_what_the_headings_promise_is_what_comes_of_a_run(file):
    text = file.read_text()
    assert expectations.refreshed(text).splitlines() == text.splitlines()


@pytest.mark.parametrize("substrate", ["virtual", "ns3"])
def test_it_runs_and_warns_only_if_its_heading_says_so(file, program, substrate):
    shorter = ()
    if substrate == "ns3" and understudy.load(file).run.duration > LONGEST_S:
        shorter = ("--set", f"run.duration={LONGEST_S}s")
    done = program(file.stem)(
        "--substrate", substrate, "--runs", 1, "--format", "csv", *shorter
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 2
    heading = " ".join(expectations.heading_of(file.read_text()))
    assert bool(done.stderr) == ("of which the program warns" in heading)
    assert all(line.startswith(f"{file.stem}: warning: ") for line in done.stderr.splitlines())


# ---- their reader --------------------------------------------------------------------------------

RUNS = [
    {"outage_s": 0.1 * i, "boots": i % 2, "takeover_s": 0.5 if i else None,
     "final_roles": {"first": "primary" if i < 3 else "off"}}
    for i in range(11)
]  # fmt: skip

FILE = """\
# A title.
#
# What to expect (build/scenarios/any --runs 11 --set pair.misses=2, seed 1,
# virtual):
#
#   outage_s  9.99  9.9 .. 9.99  some words
#           that go on
#   boots  9  mean
#   takeover_s  9.99  always
#   takeover_s = null  9.9  % of runs
#   outage_s > 0.75  9  % of runs
#   final_roles.first = primary  9.9  % of runs
#
# No table (build/scenarios/any --runs 11):
#
#   boots  9  mean

[run]
"""


def test_figures_are_replaced_to_their_digits_and_tables_laid_out(monkeypatch):
    monkeypatch.setattr(expectations, "runs_of", lambda command: RUNS)
    assert expectations.refreshed(FILE) == """\
# A title.
#
# What to expect (build/scenarios/any --runs 11 --set pair.misses=2, seed 1,
# virtual):
#
#                                 median   5 % .. 95 %
#   outage_s                        0.50   0.1 .. 0.95   some words
#                                                        that go on
#   boots                              0   mean
#   takeover_s                      0.50   always
#   takeover_s = null                9.1   % of runs
#   outage_s > 0.75                   27   % of runs
#   final_roles.first = primary     27.3   % of runs
#
# No table (build/scenarios/any --runs 11):
#
#   boots  9  mean

[run]
"""


def test_a_table_that_is_as_it_should_be_stays_so(monkeypatch):
    monkeypatch.setattr(expectations, "runs_of", lambda command: RUNS)
    once = expectations.refreshed(FILE)
    assert expectations.refreshed(once) == once


def test_what_is_not_always_so_is_given_its_range():
    row = expectations.Row("boots", "1", "always")
    assert row.measured(RUNS) == expectations.Row("boots", "0", "", "0", "1")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("#   outage_s  0.50", "a row is"),
        ("#   outage_s  0.50  0.1 - 0.9", "a row is"),
        ("#   outage_s  0.50  usually", "a row is"),
        ("#   outrage_s  0.50  always", "outrage_s"),
        ("#   final_roles  0.50  always", "has no numbers"),
        ("#   final_roles.third = off  0.5  % of runs", "final_roles.third"),
    ],
)
def test_a_row_that_nobody_can_check_is_refused(monkeypatch, row, words):
    monkeypatch.setattr(expectations, "runs_of", lambda command: RUNS)
    text = f"# What to expect (build/scenarios/any --runs 11, seed 1, virtual):\n#\n{row}\n"
    with pytest.raises(expectations.Mistake, match=words):
        expectations.refreshed(text)


def test_a_command_that_fails_is_refused():
    with pytest.raises(expectations.Mistake, match="pair.misses"):
        expectations.runs_of("build/scenarios/crash --set pair.misses=0")
    with pytest.raises(expectations.Mistake, match="no such program"):
        expectations.runs_of("build/scenarios/crush")


def test_a_new_table_is_one_that_the_reader_reads():
    text = expectations.proposal("crash", 20, ["pair.misses=2"])
    assert expectations.refreshed(text).splitlines() == text.splitlines()
