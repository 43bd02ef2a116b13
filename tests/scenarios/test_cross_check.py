# SPDX-License-Identifier: MIT
"""Virtual time and ns-3 agree on every scenario, run by run, within its bounds.

The bounds are in analysis/cross_check.toml, the page that tells of them is docs/cross-check.md, and
both are described in analysis/cross_check.py. After a change of what runs give,

    ./dev python analysis/cross_check.py --rewrite

says which bounds do not hold any more and brings the page up to date: find the reason first.
"""

import cross_check
import pytest
from cross_check import Bound, Check, Difference

NAMES = sorted(path.stem for path in cross_check.SCENARIOS.glob("*.toml"))
BOUNDS = cross_check.read(cross_check.BOUNDS.read_text())


# ---- the scenarios -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_substrates_are_within_their_bounds_and_the_page_says_so(name):
    assert name in BOUNDS.checks, f"[{name}] has to be added to {cross_check.BOUNDS.name}"
    check = BOUNDS.checks[name]
    found = cross_check.differences(name, check)
    assert cross_check.complaints(found, check) == []
    lines = cross_check.PAGE.read_text().splitlines()
    told = [line for line in lines if line.startswith(f"| `{name}` |")]
    assert told == cross_check.rows(name, found, check)
    assert (f"- `{name}`" in lines) == (not told)


def test_every_table_is_that_of_a_scenario_and_every_reason_is_given():
    assert sorted(BOUNDS.checks) == NAMES
    given = {bound.why for check in BOUNDS.checks.values() for bound in check.bounds.values()}
    assert given == set(BOUNDS.reasons)


def test_the_page_gives_the_reasons_of_the_file():
    text = cross_check.PAGE.read_text()
    for line in cross_check.page({}, BOUNDS).splitlines():
        assert line in text


# ---- differences ---------------------------------------------------------------------------------


def run(detection_s=0.2, outage_s=1.0, boots=1, first="primary"):
    fault = dict.fromkeys(cross_check.OF_FAULTS) | {
        "detection_s": detection_s, "outage_s": outage_s,
    }  # fmt: skip
    totals = dict.fromkeys(cross_check.OF_RUNS, 0.0) | dict.fromkeys(cross_check.COUNTS, 0)
    return {"faults": [fault], **totals, "boots": boots, "final_roles": {"first": first}}


def test_the_largest_difference_of_all_runs_is_found_with_how_many_differ():
    ours = [run(), run(0.3), run(0.4)]
    theirs = [run(), run(0.300000001), run(0.4001)]
    assert cross_check.difference("detection_s", ours, theirs) == Difference(
        "detection_s", largest=100_000, differing=2
    )
    assert cross_check.difference("outage_s", ours, theirs) == Difference("outage_s")


def test_a_value_that_only_one_substrate_has_is_counted():
    found = cross_check.difference("detection_s", [run(None), run()], [run(), run()])
    assert found == Difference("detection_s", differing=1, alone=1)
    none = run() | {"faults": []}
    assert cross_check.difference("detection_s", [none], [run()]).alone == 1


def test_counts_and_roles_are_compared_as_they_are():
    assert cross_check.difference("boots", [run(boots=1)], [run(boots=3)]).largest == 2
    assert cross_check.difference("final_roles", [run()], [run(first="off")]).largest == 1
    assert cross_check.difference("final_roles", [run()], [run()]) == Difference("final_roles")


# ---- bounds --------------------------------------------------------------------------------------


def complaints(found, **bounds):
    return " ".join(cross_check.complaints([found], Check(20, {}, bounds)))


def test_what_leaves_its_bound_is_complained_of():
    far = Difference("outage_s", largest=101_000, differing=1)
    assert "the bound is 0" in complaints(far)
    assert "the bound is 100 µs" in complaints(far, outage_s=Bound(100_000))
    assert complaints(far, outage_s=Bound(102_000)) == ""
    alone = Difference("outage_s", differing=1, alone=1)
    assert "one substrate only, 0 may be" in complaints(alone)
    assert complaints(alone, outage_s=Bound(alone=1)) == ""


def test_a_bound_that_holds_nothing_is_complained_of():
    near = Difference("outage_s", largest=1_000, differing=1)
    assert "no bound" in complaints(near, outage_s=Bound(5_000))
    assert complaints(near, outage_s=Bound(4_000)) == ""
    one = Difference("boots", largest=1, differing=1)
    assert "no bound" in complaints(one, boots=Bound(3))
    assert complaints(one, boots=Bound(2)) == ""
    assert "no bound" in complaints(one, boots=Bound(1, alone=1))
    assert "needs no row" in complaints(Difference("boots"), boots=Bound())


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ('outrage_s = { bound = "1ms", why = "x" }', "no such metric"),
        ('outage_s = { bound = 1, why = "x" }', "a duration"),
        ('boots = { bound = "1ms", why = "x" }', "a count"),
        ("boots = { bound = 1 }", "why is one of"),
        ('boots = { most = 1, why = "x" }', "bound, alone and why"),
    ],
)
def test_bounds_that_cannot_be_read_are_refused(row, words):
    with pytest.raises(cross_check.Mistake, match=words) as refused:
        cross_check.read(f'runs = 1\n[reasons]\nx = "y"\n[crash]\n{row}\n')
    assert str(refused.value).startswith("[crash] ")


def test_a_scenario_without_a_table_is_refused(capsys):
    assert cross_check.main(["crush"]) == 2
    assert '"crush"' in capsys.readouterr().err
