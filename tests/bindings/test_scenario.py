# SPDX-License-Identifier: MIT
"""Scenarios in Python: attributes, errors, round trips."""

import keyword
import math
import pickle
import warnings

import pytest

import understudy
from understudy import BadInput, Distribution, Scenario


def test_every_key_is_an_attribute_with_its_documentation():
    scenario = understudy.parse("[[fault]]")
    for key in understudy.keys():
        table = getattr(scenario, key.table)
        table = table[0] if key.table == "fault" else table
        name = f"{key.name}_" if keyword.iskeyword(key.name) else key.name
        value = getattr(table, name)
        assert name in dir(table)
        assert key.meaning in getattr(type(table), name).__doc__
        assert key.meaning in type(table).__doc__
        assert value is None or type(value).__name__ == key.python_type


@pytest.mark.parametrize(
    ("name", "assigned", "value", "written"),
    [
        ("pair.ping_interval", 0.25, 0.25, '"250ms"'),
        ("pair.ping_interval", "250ms", 0.25, '"250ms"'),
        ("pair.ping_interval", 1, 1.0, '"1s"'),
        ("pair.ping_interval", 1e-9 * 123456789, 0.123456789, '"123.456789ms"'),
        ("pair.restart_deadline", math.inf, math.inf, '"forever"'),
        ("pair.misses", 4, 4, "4"),
        ("pair.takeover", "immediate", "immediate", '"immediate"'),
        ("pair.witness", True, True, "true"),
        ("pair.clock_drift", 0.25, 0.25, "0.25"),
        ("memory.size", 3000, 3000, '"3000B"'),
        ("memory.size", "64KiB", 65536, '"64KiB"'),
        ("memory.write_rate", 12.5, 12.5, '"12.5/s"'),
        ("topology.bandwidth", 1e8, 1e8, '"100Mbps"'),
        ("server.boot_time", 20.0, Distribution.fixed(20), '"20s"'),
        (
            "server.boot_time",
            {"normal": ["20s", 2.0]},
            Distribution.normal("20s", "2s"),
            '{ normal = ["20s", "2s"] }',
        ),
        (
            "fault.0.at",
            Distribution.uniform(30, "31s"),
            Distribution("uniform", (30.0, 31.0)),
            '{ uniform = ["30s", "31s"] }',
        ),
        (
            "fault.0.for",
            '{ exponential = "1h" }',
            Distribution.exponential(3600),
            '{ exponential = "1h" }',
        ),
    ],
)
def test_a_value_is_read_back_as_it_was_meant(crash, name, assigned, value, written):
    changed = crash.replace({name: assigned})
    assert changed.setting(name) == value
    assert changed.core.written(name) == written
    assert crash.replace({name: value}) == changed


def test_hosts_are_a_list_of_names():
    scenario = understudy.parse('[[fault]]\nkind = "partition"\nfrom = "first"')
    assert scenario.fault[0].from_ == ["first"]
    assert scenario.fault[0].to is None
    scenario.fault[0].to = ["client", "second"]
    assert scenario.fault[0].to == ["second", "client"]  # in the order of the hosts
    scenario.fault[0].from_ = "witness"
    assert scenario.setting("fault.0.from") == ["witness"]
    with pytest.raises(BadInput, match="did you mean"):
        scenario.fault[0].to = ["secnod"]
    assert pickle.loads(pickle.dumps(scenario)) == scenario


def test_assigning_is_replacing_in_place(crash):
    changed = crash.replace({"pair.ping_interval": "70ms", "fault.0.at": "5s"})
    crash.pair.ping_interval = 0.07
    crash.fault[0].at = 5.0
    assert crash == changed


def test_what_is_not_said_follows_from_what_is(crash):
    assert crash.pair.watch_misses == 3 + 2 + 5
    crash.pair.misses = 5
    assert crash.pair.watch_misses == 5 + 2 + 5
    crash.pair.watch_misses = 20
    crash.pair.misses = None
    assert (crash.pair.misses, crash.pair.watch_misses) == (3, 20)


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("pair.pingg", 1, "pair.pingg: no such key"),
        ("pear.misses", 1, "pear.misses: no such table; did you mean pair?"),
        ("fault.1.at", 1, "fault.1.at: there is no such fault"),
        ("pair.ping_timeout", "50", 'pair.ping_timeout: "50" has no unit'),
        ("pair.ping_timeout", -0.05, 'pair.ping_timeout: "-50ms" is out of range'),
        ("pair.ping_timeout", math.nan, "pair.ping_timeout: "),
        ("pair.ping_timeout", 1e12, "pair.ping_timeout: "),
        ("pair.misses", 2.5, "pair.misses: 2.5 is no whole number"),
        ("pair.misses", "3", 'pair.misses: "3"'),
        ("pair.misses", "", 'pair.misses: ""'),
        ("pair.misses", [3], "pair.misses: "),
        ("pair.misses", object, "pair.misses: "),
        ("pair.takeover", "immediately", 'pair.takeover: "immediately" is not known'),
        ("fault.0.at", {"uniform": ["31s", "30s"]}, "fault.0.at: "),
        ("fault.0.at", {"triangular": ["31s", "30s"]}, "fault.0.at: "),
        ("fault.0.at", "2h", "fault.0.at"),  # after the end of the run
    ],
)
def test_a_mistake_is_one_line_and_changes_nothing(crash, name, value, line):
    before = crash.to_toml()
    with pytest.raises(BadInput) as error:
        crash.replace({name: value})
    assert str(error.value).startswith(line)
    assert "\n" not in str(error.value)
    assert crash.to_toml() == before
    assert isinstance(error.value, ValueError)


def test_an_assignment_and_a_file_are_refused_with_the_same_words(crash):
    with pytest.raises(BadInput) as in_file:
        understudy.parse('[pair]\nping_timeout = "50"', name="a.toml")
    with pytest.raises(BadInput) as assigned:
        crash.pair.ping_timeout = "50"
    assert str(in_file.value) == f"a.toml:2: {assigned.value}"


def test_values_that_contradict_each_other_must_change_together(crash):
    # The file says both: a timeout of 50 ms.
    with pytest.raises(BadInput, match="ping_timeout"):
        crash.pair.ping_interval = "20ms"
    assert crash.pair.ping_interval == 0.1
    changed = crash.replace({"pair.ping_interval": "20ms", "pair.ping_timeout": "10ms"})
    assert (changed.pair.ping_interval, changed.pair.ping_timeout) == (0.02, 0.01)


def test_a_name_that_does_not_exist_is_an_attribute_error_with_the_nearest_one(crash):
    with pytest.raises(AttributeError, match="did you mean ping_interval"):
        crash.pair.ping_intervall
    with pytest.raises(AttributeError, match="did you mean ping_interval"):
        crash.pair.ping_intervall = 1
    with pytest.raises(AttributeError, match="did you mean pair"):
        crash.pairs
    with pytest.raises(AttributeError):
        crash.pairs = 1
    with pytest.raises(IndexError, match="fault 1: the scenario has 1"):
        crash.fault[1]
    assert not hasattr(crash.pair, "__array__")


def test_a_file_that_is_not_there_is_bad_input(tmp_path):
    with pytest.raises(BadInput, match="nowhere.toml"):
        understudy.load(tmp_path / "nowhere.toml")
    with pytest.raises(BadInput):
        understudy.load(tmp_path)


def test_toml_leads_there_and_back(root):
    for path in sorted((root / "scenarios").glob("*.toml")):
        scenario = understudy.load(path)
        again = understudy.parse(scenario.to_toml(), name=scenario.name)
        assert again == scenario
        assert hash(again) == hash(scenario)
        assert again.to_toml() == scenario.to_toml()


def test_a_pickled_scenario_is_the_same(crash):
    crash.fault[0].at = {"normal": ["30s", "1s"]}
    copy = pickle.loads(pickle.dumps(crash))
    assert copy == crash
    assert copy.name == "crash"
    copy.pair.misses = 7
    assert copy != crash
    assert crash.pair.misses == 3


def test_keywords_say_what_a_file_says():
    made = Scenario(
        "two misses",
        pair={"misses": 2, "ping_interval": 0.2},
        topology={"kind": "wan"},
        fault=[{"kind": "crash", "at": "30s", "for_": 5}, {"kind": "partition", "from": ["first"]}],
    )
    assert made == understudy.parse(
        """
        pair = { misses = 2, ping_interval = "200ms" }
        topology.kind = "wan"
        fault = [
            { kind = "crash", at = "30s", for = "5s" },
            { kind = "partition", from = "first" },
        ]""",
        name="two misses",
    )
    assert made.name == "two misses"
    assert Scenario(fault=[]) == Scenario()


@pytest.mark.parametrize(
    ("tables", "line"),
    [
        ({"pear": {}}, "pear: no such table; did you mean pair?"),
        ({"pair": {"mises": 3}}, "pair.mises: no such key; did you mean misses?"),
        ({"pair": 3}, "pair: 3 of type int; it must be a dict of keys and values"),
        ({"pair": [{}]}, "pair: [{}] of type list; it must be a dict of keys and values"),
        ({"fault": {"kind": "crash"}}, "fault: {'kind': 'crash'} of type dict; it must be a list"),
        ({"fault": 3}, "fault: 3 of type int; it must be a list of dicts of keys and values"),
        ({"fault": [{"kind": "crsh"}]}, 'fault.0.kind: "crsh" is not known; did you mean "crash"?'),
        ({"pair": {"misses": object}}, "pair.misses: <class 'object'> of type type is no"),
        ({"name": 3}, "the name is 3 of type int, not text; a file is read by understudy.load"),
    ],
)
def test_a_mistake_among_keywords_is_one_line(tables, line):
    with pytest.raises(BadInput) as error:
        Scenario(**tables)
    assert str(error.value).startswith(line)
    assert "\n" not in str(error.value)


def test_printing_a_scenario_prints_its_file(crash, capsys):
    print(crash)
    printed = capsys.readouterr().out
    assert printed == crash.to_toml() + "\n"
    assert understudy.parse(printed, name=crash.name) == crash


def test_scenarios_are_equal_if_they_say_the_same():
    assert Scenario() == understudy.parse("")
    assert Scenario() != understudy.parse("", name="another")
    assert Scenario() != 3
    assert len({Scenario(), understudy.parse(""), understudy.parse('[run]\nduration="1s"')}) == 2


def test_the_digest_is_of_what_is_said_and_not_of_the_name(crash):
    other = pickle.loads(pickle.dumps(crash))
    other.name = "another"
    assert other.digest() == crash.digest()
    other.pair.misses = 7
    assert other.digest() != crash.digest()


def test_the_digest_covers_what_a_trace_holds(crash, tmp_path):
    trace = tmp_path / "boots.csv"
    digests = set()
    for spans in ("19\n20\n", "19\n21\n"):
        trace.write_text(spans)
        crash.server.boot_time = Distribution.trace(trace)
        assert crash.server.boot_time == Distribution("trace", (str(trace),))
        digests.add(crash.digest())
    assert len(digests) == 2
    assert crash.server.boot_time.greatest() == 21.0


def test_the_digest_covers_the_order_of_a_replay(crash, tmp_path):
    replay = tmp_path / "rtt.csv"
    digests = set()
    for spans in ("0.001\n0.002\n", "0.002\n0.001\n"):
        replay.write_text(spans)
        crash.topology.delay = Distribution.replay(replay)
        digests.add(crash.digest())
    assert len(digests) == 2
    assert crash.topology.delay.mean() == 0.0015


def test_a_repr_says_what_is_special(crash):
    crash.pair.misses = 5
    assert repr(crash).startswith("<Scenario crash: ")
    assert "pair.misses = 5" in repr(crash)
    assert "topology" not in repr(crash)
    assert repr(Scenario()) == "<Scenario scenario: a quiet pair>"
    assert "size=65536" in repr(crash.memory)
    assert repr(crash.fault).startswith("[<fault.0: at=Distribution(")


def test_what_is_hardly_wanted_is_a_warning(crash, tmp_path):
    # Half the time of a boot is no patience with a booting server.
    crash.pair.startup_grace = "1s"
    assert len(crash.warnings()) > 0
    path = tmp_path / "hasty.toml"
    path.write_text(crash.to_toml())
    with pytest.warns(UserWarning, match="startup_grace"):
        understudy.load(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        understudy.parse("")


class TestDistribution:
    def test_moments_and_quantiles_are_those_of_the_draws(self):
        assert Distribution.fixed("20ms").mean() == 0.02
        assert Distribution.uniform(1, 3).mean() == 2.0
        assert Distribution.uniform(1, 3).quantile(0.25) == pytest.approx(1.5, abs=1e-9)
        assert Distribution.normal(20, 2).least() == 12.0
        assert Distribution.normal(20, 2).greatest() == 28.0
        assert Distribution.exponential("1h").quantile(0.5) == pytest.approx(3600 * math.log(2))

    def test_it_is_checked_when_it_is_used(self):
        with pytest.raises(BadInput):
            Distribution.uniform(3, 1).mean()
        with pytest.raises(BadInput):
            Distribution.normal("20", 1)
        with pytest.raises(ValueError, match="between 0 and 1"):
            Distribution.fixed(1).quantile(1.0)

    def test_its_text_is_toml(self):
        assert str(Distribution.normal(20, 0.5)) == '{ normal = ["20s", "500ms"] }'
        assert str(Distribution.trace("a b.csv")) == '{ trace = "a b.csv" }'
