# SPDX-License-Identifier: MIT
"""Bad input: one line that says what is wrong, exit status 2, and nothing written."""

import pytest


@pytest.fixture
def refused(crash):
    """Writes a scenario file, and returns what the program has to say against it."""

    def refuse(text):
        file = crash.folder / "mine.toml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return crash.complaint("--scenario", "mine.toml", "--output", "results.csv")

    return refuse


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[pair]\nping_interval = "-100ms"\n', ["mine.toml:2", "pair.ping_interval", '"-100ms"']),
        ('[pair]\nping_timeout = "50"\n', ["mine.toml:2", "pair.ping_timeout", '"50"', "unit"]),
        ('[pears]\nmisses = 3\n', ["mine.toml:1", "pears", "pair"]),
        ('[pair]\nmissess = 3\n', ["mine.toml:2", "pair.missess", "did you mean misses?"]),
        ('[[fault]]\nkind = "crush"\nat = "1s"\n', ["mine.toml:2", "fault", '"crush"', "crash"]),
        ("[pair]\nmisses = 3\nmisses = 2\n", ["mine.toml:3", "misses"]),
        (
            '[[fault]]\nkind = "crash"\nat = { uniform = ["31s", "30s"] }\n',
            ["mine.toml:3", "bounds swapped", 'uniform = ["30s", "31s"]'],
        ),
        ("[pair\n", ["mine.toml:1"]),
        (b"\x7fELF\x02\x01\x01\x00\xff\xfe\x00\n\x80\n", ["mine.toml:"]),
        ("\x1b[31mred\n\n", ["mine.toml:"]),
    ],
    ids=[
        "negative interval",
        "no unit",
        "unknown table",
        "unknown key",
        "unknown fault kind",
        "two keys alike",
        "bounds swapped",
        "no TOML",
        "binary rubbish",
        "escapes",
    ],
)
def test_a_mistake_in_a_scenario_file_is_named_with_its_place(refused, text, words):
    complaint = refused(text)
    for word in words:
        assert word in complaint


def test_a_scenario_that_is_no_file(crash):
    (crash.folder / "folder").mkdir()
    assert "is a directory" in crash.complaint("--scenario", "folder")
    assert "No such file" in crash.complaint("--scenario", "nowhere.toml")
    assert "larger" in crash.complaint("--scenario", "/dev/zero")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--runs", "0"], ["--runs", '"0"']),
        (["--runs", "-1"], ["--runs", '"-1"']),
        (["--runs", "many"], ["--runs", '"many"']),
        (["--jobs", "0"], ["--jobs", '"0"']),
        (["--first-run", "0"], ["--first-run", '"0"']),
        (["--seed", "-1"], ["--seed", '"-1"']),
        (["--timeline", "0"], ["--timeline", '"0"']),
        (["--format", "xml"], ["--format", '"xml"', "table, csv or json"]),
        (["--substrate", "lab"], ["--substrate", '"lab"', "virtual"]),
        (["--rare", "frobnicate"], ["--rare", '"frobnicate"', "false_failover or dual_primary"]),
        (["--rare", "false_failover"], ["--rare", 'fault.0.kind is "crash"', "leave"]),
        (["--rare", "false_failover", "--runs", "0"], ["--runs", '"0"']),
        (["--rare", "false_failover", "--runs", "9"], ["--runs", '"9"', "at least 10"]),
        (["--rare", "false_failover", "--substrate", "ns3"], ["--rare", '"ns3"']),
        (["--rare", "false_failover", "--timeline", "1"], ["--rare", "--timeline"]),
        (["--rare", "false_failover", "--method", "luck"], ["--method", '"luck"', "splitting"]),
        (["--rare", "false_failover", "--set", "run.start=cold"], ["--rare", "settled"]),
        (["--method", "plain"], ["--method", "--rare"]),
        (["--set", "nonsense"], ["--set", '"nonsense"', "TABLE.KEY=VALUE"]),
        (["--set", "nonsense=1"], ["--set", "nonsense"]),
        (["--set", "pair.misses=0"], ["--set", "pair.misses"]),
        (["--set", "fault.7.at=1s"], ["--set", "fault.7"]),
        (["--set", 'fault.0.at={ uniform = ["2s", "1s"] }'], ["--set", "bounds swapped"]),
        (["--set", "pair.ping_timeout=200ms"], ["pair.ping_timeout", "pair.ping_interval"]),
        (["--pcap", "captures"], ["--pcap", "--substrate ns3"]),
        (["--netanim", "a.xml"], ["--netanim", "--substrate ns3"]),
        (["--ns3::UdpSocket::RcvBufSize=1"], ["--ns3::UdpSocket::RcvBufSize", "--substrate ns3"]),
        (["--ns3::UdpSocket"], ["--ns3::TypeId::Attribute=VALUE"]),
        (["--substrate", "ns3", "--ns3::No::Such=1"], ["ns3::No::Such"]),
        (["--substrate", "ns3", "--ns3::UnderstudyAgent::Mises=1"], ["UnderstudyAgent::Mises"]),
        (["--substrate", "ns3", "--ns3::UnderstudyAgent::Misses=-1"], ["Agent::Misses", '"-1"']),
        (["--substrate", "ns3", "--ns3::UnderstudyAgent::Misses=0"], ["Agent::Misses", "1 or more"]),
        (["--substrate", "ns3", "--ns3::UnderstudyAgent::PingInterval=x"], ["PingInterval", '"x"']),
        (["--substrate", "ns3", "--ns3::UnderstudyAgent::Takeover=x"], ["Takeover", "immediate"]),
        (
            ["--substrate", "ns3", "--ns3::UnderstudyAgent::PingTimeout=200ms"],
            ["pair.ping_timeout (200ms)", "pair.ping_interval (100ms)"],
        ),
        (["--substrate", "ns3", "--ns3::ArpL3Protocol::RequestJitter=ns3::Foo"], ["RequestJitter"]),
        (["--substrate", "ns3", "--pcap", "captures", "--runs", "2"], ["--pcap", "--first-run"]),
        (["--substrate", "ns3", "--pcap", "/proc/captures"], ["--pcap", "/proc/captures"]),
        (["--substrate", "ns3", "--netanim", "a.xml", "--runs", "2"], ["--netanim", "single"]),
        (["--substrate", "ns3", "--netanim", "nowhere/a.xml"], ["--netanim", "nowhere/a.xml"]),
        (["--output"], ["--output"]),
        (["--output", ""], ["--output"]),
        (["--fromat", "json"], ["--format"]),
        (["stray"], ['"stray"']),
    ],
    ids=" ".join,
)
def test_a_mistake_on_the_command_line(crash, arguments, words):
    complaint = crash.complaint(*arguments)
    for word in words:
        assert word in complaint


@pytest.mark.parametrize("path", ["nowhere/x.csv", ".", "file/x.csv", "/proc/x.csv"])
def test_an_output_that_cannot_be_written_is_found_before_the_runs(crash, path):
    (crash.folder / "file").write_text("")
    # So many runs would take longer than the test may.
    assert "--output" in crash.complaint("--runs", 10**9, "--output", path)
