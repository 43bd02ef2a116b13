# SPDX-License-Identifier: MIT
"""The fence agent for Wake-on-LAN by itself: its packets on the wire, and what it refuses."""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as xml
from collections.abc import Iterator
from pathlib import Path

import pytest
from instruments import Capture, hardware
from lab import ROOT, Lab, run

AGENT = ROOT / "build" / "bin" / "fence_wake"
MAC = "02:00:5e:10:00:01"


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A LAN on which no daemon runs."""
    made = Lab(tmp_path_factory.mktemp("hosts"))
    try:
        yield made
    finally:
        made.remove()


def fence(lab: Lab, *options: str) -> subprocess.CompletedProcess:
    """Runs the agent on the first server, with these lines to read."""
    return run("ip", "netns", "exec", lab.first.namespace, AGENT, check=False,
               input="".join(option + "\n" for option in options))


# ---- the packet ---------------------------------------------------------------------------------


def test_the_magic_packet_goes_out_as_frames_and_by_udp(hosts: Lab, tmp_path: Path) -> None:
    capture = Capture(hosts, tmp_path / "wire.pcapng")
    done = fence(hosts, "# for the second server", "", "action=on", "mac=02-00-5E-10-00-01",
                 "interface=eth0", f"broadcast={hosts.net}255", "nodename=second")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    capture.stop()

    all_of_it = "eth.type == 0x0842 or udp.port == 9"
    rows = capture.rows(all_of_it, "eth.type", "eth.src", "eth.dst", "ip.dst", "udp.dstport",
                        "wol.sync", "wol.mac", "_ws.malformed")
    everybody = "ff:ff:ff:ff:ff:ff"
    ends = [hardware(hosts.first), everybody]
    magic = ["ffffffffffff", ",".join(16 * [MAC]), ""]
    by_frame = ["0x0842", *ends, "", "", *magic]
    by_udp = ["0x0800", *ends, f"{hosts.net}255", "9", *magic]
    assert rows == 3 * [by_frame, by_udp]


def test_each_way_out_is_used_alone(hosts: Lab, tmp_path: Path) -> None:
    capture = Capture(hosts, tmp_path / "wire.pcapng")
    assert fence(hosts, "action=on", f"mac={MAC}", "interface=eth0").returncode == 0
    assert fence(hosts, "action=on", f"mac={MAC}", f"broadcast={hosts.net}255").returncode == 0
    capture.stop()
    assert capture.rows("wol", "eth.type") == 3 * [["0x0842"]] + 3 * [["0x0800"]]


# ---- what it says -------------------------------------------------------------------------------

WAYS = ("interface=eth0", "broadcast=10.111.0.255")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((f"mac={MAC}", *WAYS), "action="),
        ((f"mac={MAC}", *WAYS, "action=of"), "action=of is none of"),
        ((f"mac={MAC}", *WAYS, "action=off"), "switches nothing off"),
        ((f"mac={MAC}", *WAYS, "action=status"), "whether the server is on is not known"),
        ((f"mac={MAC}", "action=on"), "write interface=, or broadcast="),
        ((*WAYS, "action=on"), "mac= is no hardware address"),
        (("mac=02:00:5e:10:00:0g", *WAYS, "action=on"), "mac=02:00:5e:10:00:0g is no"),
        (("mac=02:00:5e:10:00:01:02", *WAYS, "action=on"), "is no hardware address"),
        (("mac=ff:ff:ff:ff:ff:ff", *WAYS, "action=on"), "is no hardware address"),
        ((f"mac={MAC}", "interface=eth7", "action=on"), "interface=eth7: No such device"),
        ((f"mac={MAC}", "interface=eth7", "action=monitor"), "interface=eth7: No such device"),
        ((f"mac={MAC}", "interface=lo", "action=monitor"), "interface=lo is no Ethernet"),
        ((f"mac={MAC}", "broadcast=everybody", "action=on"), "is no IPv4 address"),
        ((f"mac={MAC}", "broadcast=192.0.2.255", "action=monitor"), "Network is unreachable"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(
    hosts: Lab, options: tuple[str, ...], words: str
) -> None:
    done = fence(hosts, *options)
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("fence_wake: ") and words in line


def test_a_check_tells_whether_a_packet_could_go_out(hosts: Lab) -> None:
    check = ("action=monitor", f"mac={MAC}", *WAYS)
    cable = ("ip", "-n", hosts.namespace("lan"), "link", "set", "dev", "first")
    assert fence(hosts, *check).returncode == 0
    run(*cable, "down")
    try:
        done = fence(hosts, *check)
    finally:
        run(*cable, "up")
    assert done.returncode == 1
    assert "interface=eth0 is down, or has no carrier" in done.stderr


def test_it_describes_itself_as_fence_agents_do() -> None:
    for done in (run(AGENT, "-o", "metadata"), run(AGENT, input="action=metadata\n")):
        agent = xml.fromstring(done.stdout)
        assert (agent.tag, agent.get("name")) == ("resource-agent", "fence_wake")
        assert {option.get("name") for option in agent.iter("parameter")} == {
            "action", "mac", "interface", "broadcast", "power_agent"}
        assert {action.get("name") for action in agent.iter("action")} == {
            "on", "off", "reboot", "status", "monitor", "metadata"}


def test_with_a_power_agent_the_answers_are_that_agents(hosts: Lab, tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    agent = tmp_path / "agent"
    agent.write_text(f"#!/bin/sh\ncat >{heard}\nexit $(cat {tmp_path}/code)\n")
    agent.chmod(0o755)
    options = (f"power_agent={agent}", f"mac={MAC}", *WAYS, "ip=192.0.2.9", "plug=the = second")
    capture = Capture(hosts, tmp_path / "wire.pcapng")
    for code in (0, 1, 2):
        (tmp_path / "code").write_text(str(code))
        for action in ("off", "status", "monitor", "on", "reboot"):
            assert fence(hosts, *options, f"action={action}").returncode == code
            assert heard.read_text() == f"ip=192.0.2.9\nplug=the = second\naction={action}\n"
    capture.stop()
    # After `on` and `reboot`, whatever came of them; three packets each way.
    assert len(capture.rows("wol", "wol.mac")) == 3 * 2 * 2 * 3

    done = fence(hosts, f"power_agent={tmp_path}/none", f"mac={MAC}", *WAYS, "action=off")
    assert done.returncode == 1
    assert done.stderr == f"fence_wake: power_agent={tmp_path}/none: No such file or directory\n"
